import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Session } from './session.ts';
import type { PassedRequest, SessionHandler } from './session-handler.ts';
import type { Role } from './session-rules.ts';
import { makeProbe, requests } from './test-session.ts';

/*
 * Two sessions, joined by wires that carry as many octets at a time as chance wants, live through
 * any order of events. Whatever happens, a request ends once and with its own response.
 */

/** One end: its session, what it asked, what it was told, what it owes. */
class End {
  readonly session: Session<string>;
  readonly ended = new Map<string, string[]>();
  readonly owed: PassedRequest[] = [];
  closedCount = 0;
  private readonly wire: Buffer[] = [];
  private asked = 0;

  constructor(role: Role) {
    const handler: SessionHandler<string> = {
      handleRequest: (request) => this.owed.push(request),
      handleResponse: (response, token) => {
        const isMessage = 'message_id' in response && response.command_status === 0;
        if (isMessage) assert.equal(response.message_id, token);
        this.note(token, response.command);
      },
      handleUnknown: (token, why) => this.note(token, why),
      handleUnbind: () => undefined,
      handleClosed: () => {
        this.closedCount += 1;
      },
    };
    const send = (bytes: Buffer) => this.wire.push(bytes);
    const limits = { windowMax: 4, unansweredMax: 3, responseMs: 1000, bindMs: 1000 };
    this.session = new Session<string>({ role, handler, send, limits }, 0);
  }

  note(token: string, how: string): void {
    this.ended.set(token, [...(this.ended.get(token) ?? []), how]);
  }

  ask(now: number): void {
    const { session } = this;
    if (session.room() === 0) return;
    // The token travels in the message, so that the answer can prove that it belongs to it.
    const token = `${this.asked}`;
    this.asked += 1;
    session.request({ ...requests.data_sm, destination_addr: token }, token, now);
    this.ended.set(token, []);
  }

  answer(at: number): void {
    const [request] = this.owed.splice(at % Math.max(1, this.owed.length), 1);
    if (request?.command === 'bind_transceiver') {
      const command = 'bind_transceiver_resp';
      this.session.respond(request, { command, command_status: 0, system_id: '' });
    } else if (request?.command === 'data_sm') {
      const message_id = request.destination_addr;
      this.session.respond(request, { command: 'data_sm_resp', command_status: 0, message_id });
    }
  }

  /** Takes up to `size` octets off the wire to the other end. */
  carry(size: number): Buffer {
    this.session.flush();
    const all = Buffer.concat(this.wire.splice(0));
    if (size < all.length) this.wire.push(all.subarray(size));
    return all.subarray(0, size);
  }
}

type Step =
  | { kind: 'ask' | 'unbind' | 'close'; end: 0 | 1 }
  | { kind: 'answer'; end: 0 | 1; at: number }
  | { kind: 'carry'; end: 0 | 1; size: number }
  | { kind: 'wait'; ms: number };

const end = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: fc.record({ kind: fc.constant('ask' as const), end }) },
  {
    weight: 60,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), end, at: fc.nat(9) }),
  },
  {
    weight: 80,
    arbitrary: fc.record({
      kind: fc.constant('carry' as const),
      end,
      size: fc.oneof(fc.nat(70), fc.constant(100_000)),
    }),
  },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(900) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('unbind' as const, 'close' as const), end }),
  },
);

function live(steps: Step[]): [End, End] {
  const ends: [End, End] = [new End('esme'), new End('smsc')];
  const [esme, smsc] = ends;
  esme.session.request(requests.bind_transceiver, 'bind', 0);
  esme.ended.set('bind', []);
  smsc.session.receive(esme.carry(100_000), 0);
  smsc.answer(0);
  esme.session.receive(smsc.carry(100_000), 0);
  let now = 0;
  for (const event of steps) {
    if (event.kind === 'wait') {
      now += event.ms;
      for (const { session } of ends) session.tick(now);
      continue;
    }
    const here = ends[event.end];
    const there = ends[1 - event.end] ?? here;
    if (event.kind === 'ask') here.ask(now);
    else if (event.kind === 'answer') here.answer(event.at);
    else if (event.kind === 'unbind') here.session.unbind(now);
    else if (event.kind === 'close') here.session.close('shutdown');
    else if (event.kind === 'carry') there.session.receive(here.carry(event.size), now);
  }
  return ends;
}

describe('two sessions through any events', () => {
  test('every request ends exactly once, with its own response or unknown', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200, size: 'max' }), (steps) => {
        for (const { session, ended, closedCount } of live(steps)) {
          const open = [...ended.values()].filter((ends) => ends.length === 0);
          assert.equal(session.outstandingCount, open.length);
          assert.equal(closedCount, session.state === 'closed' ? 1 : 0);
          session.close('connection_lost');
          for (const [token, ends] of ended)
            assert.equal(ends.length, 1, `${token}: ${ends.join()}`);
          assert.equal(session.counters.faults, 0);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('what each owes is what was asked and not answered', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200, size: 'max' }), (steps) => {
        for (const { session, owed } of live(steps)) {
          if (session.state !== 'closed') assert.equal(session.unansweredCount, owed.length);
        }
      }),
    );
  });

  test('with enough time every session ends', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const silence = Array.from({ length: 40 }, (): Step => ({ kind: 'wait', ms: 100_000 }));
        for (const { session } of live([...steps, ...silence])) {
          assert.equal(session.state, 'closed');
        }
      }),
    );
  });
});

test('handing over a hundred thousand requests takes no timers and little time', () => {
  const probe = makeProbe('esme', 'bound_trx', { limits: { windowMax: 100_000 } });
  for (let count = 0; count < 100_000; count += 1) {
    probe.session.request(requests.submit_sm, `${count}`, count);
  }
  // Every tick looks at the first deadline only; a scan of all would take minutes.
  for (let now = 0; now < 20_000; now += 1) probe.session.tick(now);
  assert.equal(probe.session.outstandingCount, 100_000);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type {
  Connection,
  ConnectionHealth,
  ConnectionPorts,
  PartOutcome,
} from '../channels/contract.ts';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { defaultBreaker } from '../routing/breaker.ts';
import { ConnectionWatch } from './connection-watch.ts';

const { failuresInRow, downMs, openMs, trialsGood } = defaultBreaker;

function createRig() {
  const clock = createVirtualClock({ startAt: 0 });
  const told: string[] = [];
  const watch = new ConnectionWatch({
    settings: defaultBreaker,
    clock,
    onChange: (connection, state, cause) => told.push(`${connection} ${state} ${cause}`),
  });
  const passed: PartOutcome[] = [];
  const ports: ConnectionPorts = {
    take: () => [],
    giveBack() {},
    outcomes: (batch) => void passed.push(...batch),
    receipts: () => Promise.resolve([]),
    inbound: () => Promise.resolve(),
  };
  const heard = watch.listen('kpn', ports);
  let state: ConnectionHealth['state'] = 'up';
  const connection: Connection = {
    name: 'kpn',
    channel: 'SMS',
    start() {},
    wake() {},
    stop: () => Promise.resolve(),
    health: () => ({ state, reason: '', bindsUp: 1, bindsWanted: 1, outstanding: 0 }),
  };
  return {
    clock,
    watch,
    gate: watch.gate('kpn'),
    told,
    passed,
    answer(outcome: PartOutcome['outcome'], times: number) {
      heard.outcomes(Array.from({ length: times }, () => ({ id: '', step: 0, part: 0, outcome })));
    },
    link(now: ConnectionHealth['state']) {
      state = now;
      watch.look([connection]);
    },
  };
}

describe('what counts against a connection', () => {
  const cases: [outcome: PartOutcome['outcome'], isCounted: boolean][] = [
    [{ kind: 'accepted', providerId: '1' }, false],
    [{ kind: 'unknown' }, true],
    [{ kind: 'unknown', resend: true }, true],
    [{ kind: 'later', error: 25, attemptsMax: null }, true],
    [{ kind: 'later', error: 28, attemptsMax: null }, true],
    [{ kind: 'refused', error: 5 }, true],
    [{ kind: 'refused', error: 25 }, true],
    // These are about the message or the handset.
    [{ kind: 'refused', error: 20 }, false],
    [{ kind: 'refused', error: 23 }, false],
    [{ kind: 'refused', error: 29 }, false],
    [{ kind: 'later', error: 24, attemptsMax: null }, false],
    [{ kind: 'later', error: 26, attemptsMax: null }, false],
  ];
  for (const [outcome, isCounted] of cases) {
    test(`${JSON.stringify(outcome)}: ${isCounted ? 'yes' : 'no'}`, () => {
      const { answer, gate, watch, passed } = createRig();
      answer(outcome, failuresInRow);
      assert.equal(gate.admits(), !isCounted);
      assert.equal(watch.state('kpn'), isCounted ? 'open' : 'closed');
      assert.equal(passed.length, failuresInRow, 'the dispatcher hears it as well');
    });
  }
});

describe('the links', () => {
  const cases: [state: ConnectionHealth['state'], isPassedOver: boolean][] = [
    ['up', false],
    ['connecting', true],
    ['down', true],
    ['stopped', true],
  ];
  for (const [state, isPassedOver] of cases) {
    test(`one that is ${state} for long is ${isPassedOver ? '' : 'not '}passed over`, async () => {
      const { link, clock, gate } = createRig();
      link(state);
      assert.equal(gate.admits(), true);
      await clock.advance(downMs);
      assert.equal(gate.admits(), !isPassedOver);
      assert.equal(gate.reason(), isPassedOver ? 'its link is down' : '');
    });
  }

  test('are looked at again and again until it is stopped', async () => {
    const { clock, watch } = createRig();
    let looks = 0;
    watch.start(() => {
      looks++;
      return [];
    });
    await clock.advance(1_000);
    assert.equal(looks, 4);
    watch.stop();
    await clock.advance(1_000);
    assert.equal(looks, 4);
  });
});

describe('a connection that fails and recovers', () => {
  test('is told of once each time it is judged anew', async () => {
    const { answer, link, clock, told, gate } = createRig();
    link('up');
    answer({ kind: 'unknown' }, failuresInRow);
    link('up');
    link('up');
    assert.equal(gate.reason(), 'too many of its answers were failures');
    await clock.advance(openMs);
    link('up');
    for (let one = 0; one < defaultBreaker.trialsPerSecond; one++) gate.admitted();
    assert.match(gate.reason(), /^it is on trial/);
    answer({ kind: 'accepted', providerId: '1' }, trialsGood);
    link('up');
    assert.deepEqual(told, ['kpn open failures', 'kpn trial failures', 'kpn closed failures']);
  });
});

import assert from 'node:assert/strict';
import { sampleAccess, sampleAccount } from '../../src/core/test-account.ts';
import { createIntake } from '../../src/intake/intake.ts';
import { createMessageIds } from '../../src/lib/message-id.ts';
import type { Wire } from '../../src/lib/net.ts';
import { createSeededRandom, type Random } from '../../src/lib/random.ts';
import { createRouter } from '../../src/routing/router.ts';
import { decodePdu, encodePdu } from '../../src/smpp/codec.ts';
import { boundFrameBytesMax, Framer } from '../../src/smpp/framer.ts';
import type { Pdu } from '../../src/smpp/pdus.ts';
import { plainMessage } from '../../src/smpp/pdus.ts';
import { joinHex, pduVectors } from '../../src/smpp/test-vectors.ts';
import type { Deliveries, ReceiverBind } from '../../src/smpp-server/receiver-bind.ts';
import { createSmppServer, type SmppServer } from '../../src/smpp-server/smpp-server.ts';
import type { Store } from '../../src/store/contract.ts';
import { createMemoryStore } from '../../src/store/memory/memory-store.ts';
import { HandClock } from './hand-clock.ts';
import { mutate, pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const account = sampleAccount({ smpp: sampleAccess({ sessionsMax: 3 }) });

/** A server that has served so many sequences is replaced, or what it counts would be all that grows. */
const sequencesPerServer = 5_000;
const framesPerSequenceMax = 9;

const counts = { sequences: 0, pdus: 0, bound: 0, accepted: 0, refused: 0, delivered: 0 };

/** Everything a server stands on, but for a socket and a disk. */
interface Stage {
  readonly clock: HandClock;
  readonly server: SmppServer;
  readonly accepted: Set<string>;
  readonly receivers: Set<ReceiverBind>;
  readonly failures: unknown[];
}

function raise(): Stage {
  const clock = new HandClock();
  const ids = createMessageIds(clock, createSeededRandom(1), 0);
  const accepted = new Set<string>();
  const receivers = new Set<ReceiverBind>();
  const failures: unknown[] = [];
  const memory = createMemoryStore();
  const store: Store['intake'] = {
    ...memory.intake,
    accept: (request) =>
      Promise.resolve({ kind: 'accepted', queued: request.messages, reports: [] }),
  };
  const deliveries: Deliveries = {
    attach: (bind) => void receivers.add(bind),
    detach: (bind) => void receivers.delete(bind),
    wake: () => {},
  };
  const server = createSmppServer({
    logins: [{ account, passwordHash: 'right' }],
    intake: createIntake({
      store,
      clock,
      ids,
      router: createRouter(
        [{ channel: 'SMS', connection: 'op', priority: 1 }],
        [{ name: 'op', channel: 'SMS' }],
      ),
      admit: () => 'ok',
      onAccepted({ queued }) {
        for (const { id, reference } of queued) {
          accepted.add(id);
          if (reference !== null) accepted.add(reference);
        }
      },
      onStoreFailure: (_what, error) => failures.push(error),
    }),
    history: memory.history,
    ids,
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    deliveries,
    cancel: (messages) => Promise.resolve(messages.map(() => true)),
    onFailure: (error) => failures.push(error),
    verify: (password, hash) => Promise.resolve(password === hash),
  });
  server.start();
  return { clock, server, accepted, receivers, failures };
}

let stage = raise();

async function letTimePass(random: Random): Promise<void> {
  const { clock, receivers } = stage;
  const chance = random.uint32() % 16;
  if (chance < 6) await clock.settle();
  if (chance === 6) clock.advance(250);
  if (chance === 7) clock.advance(random.uint32() % 40_000);
  if (chance > 12) {
    for (const bind of receivers) {
      if (bind.room === 0) continue;
      counts.delivered++;
      void bind.deliver({ command: 'deliver_sm', body: deliverBody });
    }
  }
}

const addresses = {
  ...plainMessage,
  source_addr_ton: 5,
  source_addr: 'Bakery',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '31612345678',
};

const deliverBody = { ...addresses, short_message: Buffer.from('id:1 stat:DELIVRD') };

/** A customer on a wire that is no socket. */
function connect(random: Random) {
  const { server, accepted } = stage;
  const sent: Buffer[] = [];
  let isOpen = true;
  const wire: Wire = {
    peer: `192.0.2.${random.uint32() % 250}:4000`,
    get bufferedBytes() {
      return random.uint32() % 10_000 === 0 ? 2_000_000 : 0;
    },
    write: (bytes) => void sent.push(Buffer.from(bytes)),
    end: () => {
      isOpen = false;
    },
    destroy: () => {
      isOpen = false;
    },
  };
  const handler = server.accept(wire);
  const framer = new Framer(boundFrameBytesMax);
  let answers = 0;

  function read(): void {
    for (const bytes of sent.splice(0)) {
      framer.push(bytes);
      for (let frame = framer.next(); frame !== null; frame = framer.next()) {
        answers++;
        inspect(decodePdu(frame));
      }
    }
    assert.ok(!framer.hasPartial, 'half a PDU was sent');
  }

  function inspect(pdu: Pdu): void {
    if (pdu.command_status !== 0) counts.refused++;
    if (pdu.command.startsWith('bind_') && pdu.command_status === 0) counts.bound++;
    const isSubmit = ['submit_sm_resp', 'data_sm_resp', 'submit_multi_resp'].includes(pdu.command);
    if (!isSubmit || pdu.command_status !== 0) return;
    counts.accepted++;
    assert.ok('message_id' in pdu && accepted.has(pdu.message_id), 'accepted and not committed');
  }

  if (random.uint32() % 8 !== 0) handler.data(Buffer.from(pick(binds, random)));
  return {
    send(bytes: Buffer): void {
      if (random.uint32() % 3 !== 0) return handler.data(bytes);
      const cut = random.uint32() % (bytes.length + 1);
      handler.data(bytes.subarray(0, cut));
      handler.data(bytes.subarray(cut));
    },
    read,
    answers: () => answers,
    isOpen: () => isOpen,
    leave(): void {
      handler.close(null);
      read();
    },
  };
}

function countRequests(): number {
  return stage.server.counters.requests().reduce((sum, { count }) => sum + count, 0);
}

function makeFrame(random: Random, isMutated: boolean): Buffer {
  return isMutated ? mutate(seeds, random) : Buffer.from(pick(seeds, random));
}

function repairLength(bytes: Buffer): void {
  if (bytes.length >= 16) bytes.writeUInt32BE(bytes.length, 0);
}

const binds = (
  ['bind_transceiver', 'bind_transceiver', 'bind_transmitter', 'bind_receiver'] as const
).map((command) =>
  encodePdu({
    command,
    command_status: 0,
    sequence_number: 1,
    system_id: 'bakery',
    password: 'right',
    system_type: '',
    interface_version: 0x34,
    addr_ton: 0,
    addr_npi: 0,
    address_range: '',
  }),
);

const seeds: readonly Buffer[] = makeSeeds();

function makeSeeds(): Buffer[] {
  const vectors = pduVectors.map(joinHex);
  const header = { command_status: 0, sequence_number: 7 };
  const texts: Partial<Extract<Pdu, { command: 'submit_sm' }>>[] = [
    { short_message: Buffer.from('Your bread is ready') },
    { short_message: Buffer.from('0048', 'hex'), data_coding: 8 },
    { short_message: Buffer.from('00ff10', 'hex'), data_coding: 4 },
    { short_message: Buffer.from('050003010201' + '41'.repeat(20), 'hex'), esm_class: 0x40 },
    { short_message: Buffer.from('050003010202' + '42'.repeat(20), 'hex'), esm_class: 0x40 },
    { short_message: Buffer.from('0608040001020141', 'hex'), esm_class: 0x40, data_coding: 8 },
    { short_message: Buffer.alloc(0), tlvs: { message_payload: Buffer.alloc(400, 0x41) } },
    {
      short_message: Buffer.from('SAR one'),
      tlvs: { sar_msg_ref_num: 9, sar_total_segments: 2, sar_segment_seqnum: 1 },
    },
    {
      short_message: Buffer.from('SAR two'),
      tlvs: { sar_msg_ref_num: 9, sar_total_segments: 2, sar_segment_seqnum: 2 },
    },
    {
      short_message: Buffer.from('operator'),
      validity_period: '000000010000000R',
      registered_delivery: 0x11,
      tlvs: { mcc_mnc: '20408', tariff: '25', user_message_reference: 77 },
    },
  ];
  const submits = texts.map(({ short_message = Buffer.alloc(0), ...fields }) =>
    encodePdu({ command: 'submit_sm', ...header, ...addresses, ...fields, short_message }),
  );
  const answer = encodePdu({
    command: 'deliver_sm_resp',
    command_status: 0,
    sequence_number: 1,
    message_id: '',
  });
  return [...vectors, ...submits, ...submits, answer];
}

/** The session of customers' binds: sequences of PDUs, whole and broken, over one or two connections. */
export const smppServerTarget: FuzzTarget = {
  about: "customers' SMPP sessions: sequences of PDUs, good and bad, at random splits and times",
  seeds,
  async attempt(input, random) {
    counts.sequences++;
    if (counts.sequences % sequencesPerServer === 0) stage = raise();
    const { clock, server, failures } = stage;
    const before = countRequests();
    const customers = [connect(random)];
    if (random.uint32() % 4 === 0) customers.push(connect(random));
    const frames = 1 + (random.uint32() % framesPerSequenceMax);
    for (let at = 0; at < frames; at++) {
      const customer = pick(customers, random);
      const isMutated = at === 0 || random.uint32() % 2 === 0;
      const bytes = at === 0 ? input : makeFrame(random, isMutated);
      if (isMutated && random.uint32() % 8 !== 0) repairLength(bytes);
      counts.pdus++;
      customer.send(bytes);
      await letTimePass(random);
    }
    await clock.settle();
    clock.advance(4_000);
    await clock.settle();
    for (const customer of customers) customer.read();
    // An open session has answered everything by now that was passed on to us.
    if (customers.every(({ isOpen }) => isOpen())) {
      const answers = customers.reduce((sum, customer) => sum + customer.answers(), 0);
      assert.ok(answers >= countRequests() - before, 'a request without an answer');
    }
    for (const customer of customers) customer.leave();
    await clock.settle();
    assert.equal(server.connections, 0, 'no connection is left');
    assert.deepEqual(failures, []);
    stage.accepted.clear();
    clock.advance(60_000);
  },
  summarise() {
    const { sequences, pdus, bound, accepted, refused, delivered } = counts;
    return `${pdus} PDUs in ${sequences} sequences, ${bound} bound, ${accepted} accepted, ${refused} refused, ${delivered} deliveries`;
  },
};

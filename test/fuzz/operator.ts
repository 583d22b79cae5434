import assert from 'node:assert/strict';
import type { Connection, InboundPart } from '../../src/channels/contract.ts';
import { createSmsConnection } from '../../src/channels/sms/connection.ts';
import { settingsFor } from '../../src/channels/sms/test-stage.ts';
import { sketchStep } from '../../src/channels/sms/test-steps.ts';
import { TestPorts } from '../../src/channels/test-ports.ts';
import type { ReadyStep } from '../../src/core/ready-step.ts';
import type { ReceiptFact } from '../../src/core/receipt.ts';
import type { Wire, WireHandler } from '../../src/lib/net.ts';
import { createSeededRandom, type Random } from '../../src/lib/random.ts';
import { decodePdu, encodePdu } from '../../src/smpp/codec.ts';
import { boundFrameBytesMax, Framer } from '../../src/smpp/framer.ts';
import { type DeliverSm, type Pdu, plainMessage } from '../../src/smpp/pdus.ts';
import { joinHex, pduVectors } from '../../src/smpp/test-vectors.ts';
import { HandClock } from './hand-clock.ts';
import { mutate, pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const framesMax = 8;
const stepsMax = 6;
const stopMs = 20_000;

const settings = [
  settingsFor(2775, { window: 3 }),
  settingsFor(2775, { bindMode: 'tx+rx', window: 2 }),
] as const;

const counts = { sequences: 0, bound: 0, submits: 0, outcomes: 0, receipts: 0, inbound: 0 };

/** One connection of ours, as the operator sees it. */
interface Link {
  readonly handler: WireHandler;
  readonly framer: Framer;
  /** Numbers of requests of ours that have no answer yet. */
  readonly owed: number[];
  isOpen: boolean;
}

/** Counts what is taken: steps of one part each. */
class CountingPorts extends TestPorts {
  taken = 0;

  override take(slot: number, slots: number, room: number): readonly ReadyStep[] {
    const steps = super.take(slot, slots, room);
    this.taken += steps.length;
    return steps;
  }
}

/** An operator on wires that are no sockets, and the connection that calls it. */
class Stage {
  readonly clock: HandClock = new HandClock();
  readonly ports: CountingPorts = new CountingPorts();
  readonly connection: Connection;
  readonly links: Link[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    const net = {
      connect: (_target: unknown, handler: WireHandler) => this.#connect(handler),
      listen: () => Promise.reject(new Error('nobody listens here')),
    };
    this.connection = createSmsConnection('operator', pick(settings, random), this.ports, {
      clock: this.clock,
      net,
      random: createSeededRandom(random.uint32()),
    });
  }

  up(): Link[] {
    return this.links.filter(({ isOpen }) => isOpen);
  }

  /** A message for the operator. */
  offer(): void {
    this.ports.push(sketchStep({ acceptedAt: this.clock.now(), validMs: 60_000 }));
    this.connection.wake();
  }

  #connect(handler: WireHandler): Wire {
    const link: Link = { handler, framer: new Framer(boundFrameBytesMax), owed: [], isOpen: true };
    this.links.push(link);
    const end = () => this.clock.soon(() => this.close(link, null));
    const hasRoom = this.#random.uint32() % 50 !== 0;
    this.clock.soon(() => {
      if (!hasRoom) this.close(link, new Error('refused'));
      else if (link.isOpen) handler.open?.();
    });
    return {
      peer: '192.0.2.1:2775',
      bufferedBytes: 0,
      write: (bytes) => this.#read(link, bytes),
      end,
      destroy: end,
    };
  }

  close(link: Link, error: Error | null): void {
    if (!link.isOpen) return;
    link.isOpen = false;
    link.handler.close(error);
  }

  /** Whatever came in, what goes out is SMPP. */
  #read(link: Link, bytes: Uint8Array): void {
    link.framer.push(Buffer.from(bytes));
    for (let frame = link.framer.next(); frame !== null; frame = link.framer.next()) {
      const pdu = decodePdu(frame);
      if (pdu.command === 'submit_sm') counts.submits++;
      if (pdu.command.endsWith('_resp') || pdu.command === 'generic_nack') continue;
      link.owed.push(pdu.sequence_number);
      if (pdu.command.startsWith('bind_')) this.#answerBind(link, pdu);
    }
    assert.ok(!link.framer.hasPartial, 'half a PDU was sent');
  }

  /** Most binds are taken, or few sequences would come further. */
  #answerBind(link: Link, { command, sequence_number }: Pdu): void {
    const random = this.#random.uint32() % 16;
    if (random === 0) return;
    const bind = pduVectors.find(({ pdu }) => pdu.command === `${command}_resp`);
    assert.ok(bind !== undefined);
    const command_status = random === 1 ? this.#random.uint32() % 0x100 : 0;
    const answer = encodePdu({ ...bind.pdu, command_status, sequence_number });
    counts.bound++;
    this.clock.soon(() => this.send(link, answer));
  }

  /** Sends bytes as they are, at a random split. */
  send(link: Link, bytes: Buffer): void {
    const cut = this.#random.uint32() % 3 === 0 ? this.#random.uint32() % (bytes.length + 1) : 0;
    for (const chunk of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      if (link.isOpen && chunk.length > 0) link.handler.data(chunk);
    }
  }
}

const addresses = {
  ...plainMessage,
  source_addr_ton: 1,
  source_addr_npi: 1,
  source_addr: '31612345678',
  dest_addr_ton: 5,
  dest_addr_npi: 0,
  destination_addr: 'Chappe',
};

const seeds: readonly Buffer[] = makeSeeds();

function makeSeeds(): Buffer[] {
  const header = { command_status: 0, sequence_number: 7 };
  const receipt =
    'id:1 sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:Hoi';
  const texts: Partial<DeliverSm>[] = [
    { short_message: Buffer.from(receipt), esm_class: 4 },
    { short_message: Buffer.from(receipt.replace('DELIVRD', 'UNDELIV')), esm_class: 4 },
    { short_message: Buffer.from(receipt.replaceAll('26', '99')), esm_class: 8 },
    { short_message: Buffer.alloc(0), esm_class: 4, tlvs: { receipted_message_id: '1' } },
    { tlvs: { receipted_message_id: 'FF', message_state: 5 }, short_message: Buffer.alloc(0) },
    { short_message: Buffer.from('Hoi') },
    { short_message: Buffer.from('0048d83d', 'hex'), data_coding: 8 },
    { short_message: Buffer.from('0500030102014142', 'hex'), esm_class: 0x40 },
    { short_message: Buffer.from('0500030102024344', 'hex'), esm_class: 0x40, data_coding: 4 },
    { short_message: Buffer.alloc(0), tlvs: { message_payload: Buffer.alloc(300, 0x41) } },
  ];
  const plain = { ...addresses, command: 'deliver_sm', short_message: Buffer.alloc(0) } as const;
  const deliveries = texts.map((fields) => encodePdu({ ...plain, ...header, ...fields }));
  const answers = [0, 0, 0, 0x14, 0x58, 0x0b, 0x45, 0xff].map((command_status) =>
    encodePdu({
      command: 'submit_sm_resp',
      ...header,
      command_status,
      message_id: command_status === 0 ? '1' : '',
    }),
  );
  return [...pduVectors.map(joinHex), ...deliveries, ...deliveries, ...answers, ...answers];
}

/** Bytes that an operator sends to our ESME, whole and broken, while it has messages for it. */
export const operatorTarget: FuzzTarget = {
  about: "operators' answers, receipts and messages to our binds: PDUs, good and bad",
  seeds,
  async attempt(input, random) {
    counts.sequences++;
    const stage = new Stage(random);
    const { clock, ports, connection } = stage;
    connection.start();
    await clock.settle();
    for (let left = random.uint32() % stepsMax; left > 0; left--) stage.offer();
    await clock.settle();
    const frames = 1 + (random.uint32() % framesMax);
    for (let at = 0; at < frames; at++) {
      const bytes = at === 0 ? input : makeFrame(random);
      const up = stage.up();
      if (up.length > 0) reply(stage, pick(up, random), bytes, random);
      await letTimePass(stage, random);
    }
    await stop(stage);
    counts.outcomes += ports.outcomesSeen.length;
    counts.receipts += ports.receiptsSeen.length;
    counts.inbound += ports.inboundSeen.length;
    for (const fact of ports.receiptsSeen) checkReceipt(fact);
    for (const part of ports.inboundSeen) checkInbound(part);
  },
  summarise() {
    const { bound, submits, outcomes, receipts, inbound } = counts;
    return `${bound} bound, ${submits} submits, ${outcomes} outcomes, ${receipts} receipts, ${inbound} messages`;
  },
};

function makeFrame(random: Random): Buffer {
  return random.uint32() % 2 === 0 ? mutate(seeds, random) : Buffer.from(pick(seeds, random));
}

/** Most frames get their right length, and answers often the number of something that was asked. */
function reply(stage: Stage, link: Link, bytes: Buffer, random: Random): void {
  if (bytes.length >= 16) {
    if (random.uint32() % 8 !== 0) bytes.writeUInt32BE(bytes.length, 0);
    if (random.uint32() % 4 !== 0 && link.owed.length > 0) {
      bytes.writeUInt32BE(pick(link.owed, random), 12);
    }
  }
  stage.send(link, bytes);
}

async function letTimePass(stage: Stage, random: Random): Promise<void> {
  const chance = random.uint32() % 16;
  if (chance === 0) stage.clock.advance(random.uint32() % 120_000);
  if (chance === 1) stage.clock.advance(250);
  if (chance === 2) for (const link of stage.up()) stage.close(link, new Error('reset'));
  if (chance === 3) stage.offer();
  if (chance === 4) stage.connection.wake();
  if (chance > 1) await stage.clock.settle();
}

/** However it was treated, it stops in time, and what it took has one end or is given back. */
async function stop({ clock, ports, connection }: Stage): Promise<void> {
  let isStopped = false;
  void connection.stop(0).then(() => {
    isStopped = true;
  });
  for (let left = stopMs; left > 0 && !isStopped; left -= 250) {
    await clock.settle();
    clock.advance(250);
  }
  await clock.settle();
  assert.ok(isStopped, 'it does not stop');
  const { state, outstanding } = connection.health();
  assert.deepEqual({ state, outstanding }, { state: 'stopped', outstanding: 0 });
  assert.equal(
    ports.taken,
    ports.outcomesSeen.length + ports.givenBack.length,
    'every part that was taken has one outcome, or none and is given back',
  );
}

function checkReceipt({ connection, providerIds, exact, at }: ReceiptFact): void {
  assert.equal(connection, 'operator');
  assert.ok(providerIds.length > 0 && exact <= providerIds.length);
  assert.ok(providerIds.every((id) => id !== ''));
  assert.ok(!Number.isNaN(new Date(at).getTime()), `at ${at}`);
}

function checkInbound({ connection, from, text, concat, receivedAt }: InboundPart): void {
  assert.equal(connection, 'operator');
  assert.equal(typeof from, 'string');
  assert.equal(typeof text, 'string');
  assert.ok(concat === null || (concat.sequence > 0 && concat.sequence <= concat.total));
  assert.ok(!Number.isNaN(new Date(receivedAt).getTime()));
}

import { createHash } from 'node:crypto';
import { type App, createApp } from '../../src/app.ts';
import { disturbances } from '../../src/channels/sms/simulator/disturbances.ts';
import {
  createSmscSimulator,
  type SmscSimulator,
} from '../../src/channels/sms/simulator/simulator.ts';
import { sampleAccount, sampleWebhook } from '../../src/core/test-account.ts';
import { clockJumpMs } from '../../src/dispatch/clock-jump.ts';
import type { ProviderHttp } from '../../src/lib/provider-http.ts';
import { createSeededRandom, type Random } from '../../src/lib/random.ts';
import { createHandsets } from '../../src/rehearsal/handsets.ts';
import { createVirtualClock } from '../../src/rehearsal/virtual-clock.ts';
import { createVirtualNet } from '../../src/rehearsal/virtual-net.ts';
import { createEndpoint } from './endpoint.ts';
import { createFaultyDisk } from './faulty-disk.ts';
import { type Incarnation, incarnate } from './incarnation.ts';
import { IncomingLedger, inboundAccount } from './incoming.ts';
import { Ledger } from './ledger.ts';

/** What came of one seed. */
export interface SimulationResult {
  readonly seed: number;
  /** A hash over everything that happened on the network and at the endpoint. */
  readonly trace: string;
  readonly messages: number;
  readonly acknowledged: number;
  /** Messages that handsets wrote, and of these those whose every PDU the operator knows to be taken. */
  readonly written: number;
  readonly answered: number;
  readonly crashes: number;
  readonly broken: readonly string[];
  /** The events themselves, when asked for. */
  readonly events: readonly string[];
}

export interface SimulationOptions {
  readonly seed: number;
  /** Keep the events, to look at a seed that failed. */
  readonly keepEvents?: boolean;
}

const startAt = Date.UTC(2026, 2, 1, 12);
const systemId = 'chappe';
const smscPort = 2776;
const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';
/** Rounds of traffic, each with its own weather. */
const rounds = 6;
const validityMs = 30 * 60_000;
const graceMs = 60 * 60_000;

/**
 * Runs the whole program once, from a seed: the real gateway on the memory store, the real SMPP client against
 * the real SMSC simulator, over a virtual network and a virtual clock, with faults in all of them
 * and the process killed now and then (reliability §5.4).
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed } = options;
  const random = createSeededRandom(seed);
  const hash = createHash('sha256');
  const events: string[] = [];
  const clock = createVirtualClock({ startAt });
  const observe = (event: string) => {
    const line = `${clock.monotonic()} ${event}`;
    hash.update(line);
    if (options.keepEvents === true) events.push(line);
  };
  const ledger = new Ledger();
  const incoming = new IncomingLedger();
  const net = createVirtualNet({ clock, random, observe });
  const handsets = createHandsets({ clock });
  handsets.onMessage((number, message) => {
    observe(`handset ${number} ${message.text.slice(0, 12)}`);
    const record = ledger.records.get(message.text.split(' ')[0] ?? '');
    if (record !== undefined) record.arrivals++;
  });
  const smsc = createSmscSimulator({
    net,
    clock,
    random,
    handsets,
    settings: { accounts: { [systemId]: drawOperator(random) } },
  });
  await smsc.listen({ host: '127.0.0.1', port: smscPort });
  const disk = createFaultyDisk(clock, random);
  const store = incoming.watch(disk.store);
  const http = createEndpoint(clock, random, ledger, incoming, observe);
  const approvals = createApprovals();
  const connection = drawConnection(random);

  let life: Incarnation = incarnate({ clock, net, http });
  let app: App = bear();
  let crashes = 0;

  function bear(): App {
    life = incarnate({ clock, net, http });
    const born = createApp(
      { ...life, random, provider: nobody, store, approvals, log: silent },
      {
        cell: 1,
        holder: 'embedded',
        accounts: [
          {
            token,
            account: sampleAccount({
              id: 'a',
              statusWebhook: sampleWebhook({ url: 'https://customer.example/status' }),
            }),
          },
        ],
        wallets: [],
        connections: [{ name: 'operator', channel: 'SMS', settings: connection }],
        routes: [{ channel: 'SMS', connection: 'operator', priority: 1 }],
        extraRoutes: [],
        inbound: { accounts: [inboundAccount], connectionAccounts: new Map() },
        backlog: () => 0,
        backlogMax: 1,
      },
    );
    const { isAlive } = life;
    // A gateway that cannot start exits, and its supervisor starts it again.
    born.start().catch(() => {
      if (isAlive()) clock.after(1_000, () => isAlive() && crash());
    });
    return born;
  }

  function crash(): void {
    observe('crash');
    crashes++;
    life.kill();
    disk.crash();
    app = bear();
  }

  for (let round = 0; round < rounds; round++) {
    changeWeather(random, { net, disk, http, smsc });
    for (let batch = 0; batch < 3; batch++) {
      send(app, ledger, random, observe);
      if (random.fraction() < 0.7) incoming.write(smsc, systemId, random);
      await clock.advance(Math.floor(random.fraction() * 2_000));
      if (random.fraction() < 0.15) crash();
      if (random.fraction() < 0.1) smsc.disturb(draw(random, disturbances));
      if (random.fraction() < 0.03) {
        void smsc.restart({ loseMessages: random.fraction() < 0.3, downMs: 3_000 });
      }
    }
    await clock.advance(Math.floor(random.fraction() * 20_000));
  }

  // The sky clears: everything that can come to its end does so by itself,
  // and what the operator lost or kept silent about ends with its validity.
  clearWeather({ net, disk, http, smsc });
  await clock.advance(90_000);
  // In steps that nobody takes for a clock that has been set wrong.
  for (let left = validityMs + graceMs; left > 0; left -= clockJumpMs) {
    clock.shiftWall(clockJumpMs);
    await clock.advance(300);
  }
  await clock.advance(400_000);
  const counts = await settle(clock, disk.store.history.counts());
  const queues = await settle(clock, disk.store.inbound.queue.queues());
  const stopped = app.stop(1_000);
  await clock.advance(60_000);
  await stopped;
  const records = [...ledger.records.values()];
  const broken = [...ledger.check(), ...incoming.check()];
  const written = [...incoming.records.values()];
  if (counts.ready > 0) broken.push(`${counts.ready} steps still wait to be sent`);
  if (counts.outbox > 0) broken.push(`${counts.outbox} reports still wait to be told`);
  if (queues.length > 0) broken.push('incoming messages still wait to be told');
  return {
    seed,
    trace: hash.digest('hex').slice(0, 16),
    messages: records.length,
    acknowledged: records.filter((record) => record.isAcknowledged).length,
    written: written.length,
    answered: written.filter((record) => record.isAnswered).length,
    crashes,
    broken,
    events,
  };
}

interface Weather {
  net: ReturnType<typeof createVirtualNet>;
  disk: ReturnType<typeof createFaultyDisk>;
  http: ReturnType<typeof createEndpoint>;
  smsc: SmscSimulator;
}

function changeWeather(random: Random, { net, disk, http, smsc }: Weather): void {
  const isFoul = random.fraction() < 0.6;
  const chance = (most: number) => (isFoul ? random.fraction() * most : 0);
  net.set({
    latencyMs: { min: 1, max: 1 + Math.floor(chance(300)) },
    splitChance: random.fraction() * 0.3,
    mergeChance: random.fraction(),
    resetChance: chance(0.004),
    connecting:
      isFoul && random.fraction() < 0.1 ? draw(random, ['refused', 'unanswered']) : 'open',
  });
  disk.weather = { commitMsMax: 1 + chance(200), failChance: chance(0.1) };
  http.weather = {
    latencyMsMax: 1 + chance(2_000),
    errorChance: chance(0.4),
    lossChance: chance(0.1),
  };
  smsc.set({
    accounts: {
      [systemId]: {
        swallowChance: chance(0.05),
        nackChance: chance(0.03),
        submitErrorChance: chance(0.1),
        disconnectChance: chance(0.01),
        responseMeanMs: Math.floor(chance(500)),
        responsesOutOfOrder: random.fraction() < 0.5,
        receiptTiming: random.fraction() < 0.3 ? 'before-response' : 'after',
        receiptCopies: random.fraction() < 0.3 ? 2 : 1,
        receipts: random.fraction() < 0.1 ? 'never' : 'asked',
      },
    },
  });
}

function clearWeather({ net, disk, http, smsc }: Weather): void {
  net.set({
    latencyMs: { min: 1, max: 5 },
    splitChance: 0,
    mergeChance: 0,
    resetChance: 0,
    connecting: 'open',
  });
  disk.weather = { commitMsMax: 2, failChance: 0 };
  http.weather = { latencyMsMax: 5, errorChance: 0, lossChance: 0 };
  smsc.set({
    accounts: {
      [systemId]: {
        swallowChance: 0,
        nackChance: 0,
        submitErrorChance: 0,
        disconnectChance: 0,
        responseMeanMs: 5,
      },
    },
  });
}

/** What kind of operator this seed has; fixed for the run, as its id form must be learnt. */
function drawOperator(random: Random) {
  const idForm = draw(random, ['decimal', 'hex', 'uuid'] as const);
  return {
    idForm,
    receiptIdForm: idForm === 'hex' ? draw(random, ['same', 'upper', 'zeros'] as const) : 'same',
    receiptForm: draw(random, ['both', 'text', 'tlv'] as const),
    receiptPdu: draw(random, ['deliver_sm', 'data_sm'] as const),
    receiptDates: draw(random, ['YYMMDDhhmm', 'YYMMDDhhmmss', 'YYYYMMDDhhmmss'] as const),
    deliverMinMs: 10,
    deliverMaxMs: 10 + Math.floor(random.fraction() * 5_000),
  } as const;
}

function drawConnection(random: Random) {
  return {
    hosts: [`127.0.0.1:${smscPort}`],
    tls: false,
    systemId,
    password: 'x',
    bindMode: draw(random, ['trx', 'tx+rx']),
    binds: 1 + Math.floor(random.fraction() * 3),
    window: 1 + Math.floor(random.fraction() * 20),
    concat: draw(random, ['udh8', 'udh16', 'sar', 'payload']),
  };
}

/** One request of the customer; what is not answered stays unacknowledged. */
function send(app: App, ledger: Ledger, random: Random, observe: (event: string) => void): void {
  const count = 1 + Math.floor(random.fraction() * 4);
  const sent = Array.from({ length: count }, () => {
    const reference = `r${ledger.records.size}`;
    const isLong = random.fraction() < 0.2;
    const record = ledger.open(reference, isLong ? 2 : 1);
    const ending = random.fraction() < 0.1 ? '00024' : '11111';
    return {
      record,
      msg: {
        from: 'Chappe',
        to: [{ number: `00316${100 + Math.floor(random.fraction() * 20)}${ending}` }],
        body: { type: 'auto', content: `${reference} ${isLong ? 'long '.repeat(40) : 'short'}` },
        reference,
        validity: '30m',
      },
    };
  });
  const body = Buffer.from(JSON.stringify({ messages: { msg: sent.map(({ msg }) => msg) } }));
  void app
    .handle({
      method: 'POST',
      path: '/v1.0/message',
      query: '',
      headers: { 'x-cm-producttoken': token },
      body,
      peer: 'customer',
    })
    .then((answer) => {
      observe(`answer ${answer.status}`);
      if (answer.status !== 200) return;
      const { messages } = JSON.parse(answer.body) as {
        messages: { status: string; reference: string }[];
      };
      for (const { status, reference } of messages) {
        const record = ledger.records.get(reference);
        if (record !== undefined && status === 'Accepted') record.isAcknowledged = true;
      }
    });
}

/** No provider that speaks HTTP is in the simulation. */
const nobody: ProviderHttp = {
  send: () => Promise.resolve({ kind: 'unsent', reason: 'there is none' }),
  close: () => Promise.resolve(),
};

function createApprovals() {
  const approved = new Set<string>();
  return {
    has: (accountId: string, url: string) => Promise.resolve(approved.has(`${accountId} ${url}`)),
    add(accountId: string, url: string) {
      approved.add(`${accountId} ${url}`);
      return Promise.resolve();
    },
  };
}

const silent = { error() {}, warn() {}, info() {}, debug() {} };

function draw<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[Math.floor(random.fraction() * choices.length)];
  if (choice === undefined) throw new Error('nothing to choose from');
  return choice;
}

async function settle<T>(
  clock: { advance(ms: number): Promise<void> },
  promise: Promise<T>,
): Promise<T> {
  await clock.advance(1_000);
  return promise;
}

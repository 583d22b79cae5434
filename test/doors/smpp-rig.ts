import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import type { Account } from '../../src/core/account.ts';
import type { Message, MessageId } from '../../src/core/message.ts';
import { sampleAccess, sampleAccount } from '../../src/core/test-account.ts';
import { createIntake, type IntakeParts } from '../../src/intake/intake.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { Log } from '../../src/lib/log.ts';
import { createMessageIds } from '../../src/lib/message-id.ts';
import type { NetListener } from '../../src/lib/net.ts';
import { nodeNet } from '../../src/lib/node-net.ts';
import { hashPassword } from '../../src/lib/password.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { createRouter } from '../../src/routing/router.ts';
import { decodePdu, encodePdu } from '../../src/smpp/codec.ts';
import { commandStatus } from '../../src/smpp/command-status.ts';
import { boundFrameBytesMax, Framer } from '../../src/smpp/framer.ts';
import type { BodyOf, Pdu, RequestPdu, SubmitSm } from '../../src/smpp/pdus.ts';
import { interfaceVersion34, plainMessage } from '../../src/smpp/pdus.ts';
import type { Tlvs } from '../../src/smpp/tlvs.ts';
import type { Deliveries } from '../../src/smpp-server/receiver-bind.ts';
import {
  createSmppServer,
  type SmppServer,
  type SmppServerParts,
} from '../../src/smpp-server/smpp-server.ts';
import type { Store } from '../../src/store/contract.ts';
import { createMemoryStore, type MemoryStoreOptions } from '../../src/store/memory/memory-store.ts';

export const password = 'bread123';

export const access = sampleAccess({ ratePerSecond: 1_000 });

export interface SmppRigOptions
  extends Partial<Pick<IntakeParts, 'admit' | 'screen'>>,
    Partial<Pick<SmppServerParts, 'limits' | 'verify' | 'deliveries'>> {
  account?: Partial<Account>;
  access?: Partial<typeof access>;
  commit?: MemoryStoreOptions['commit'];
  clock?: Clock;
  /** Whether a route serves the messages; true by default. */
  isRouted?: boolean;
}

/** The SMPP server on a real port, a real intake and a store. */
export interface SmppRig {
  readonly port: number;
  readonly server: SmppServer;
  readonly store: Store;
  /** All that was accepted, in order. */
  readonly accepted: Message[];
  /** How many messages each call of the store's T1 brought. */
  readonly batches: number[];
  readonly failures: unknown[];
  readonly cancelled: MessageId[];
  connect(): Promise<RawEsme>;
  /** A bound session; transceiver unless told otherwise. */
  bind(fields?: Partial<BindFields>): Promise<RawEsme>;
  close(): Promise<void>;
}

export interface BindFields {
  command: 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver';
  system_id: string;
  password: string;
  interface_version: number;
}

const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
const noDeliveries: Deliveries = { attach() {}, detach() {}, wake() {} };

const raised: SmppRig[] = [];

/** The same, until `closeRigs`. */
export async function raiseSmppRig(options: SmppRigOptions = {}): Promise<SmppRig> {
  const rig = await createSmppRig(options);
  raised.push(rig);
  return rig;
}

/** Closes all that `raiseSmppRig` raised. For `after`. */
export async function closeRigs(): Promise<void> {
  await Promise.all(raised.splice(0).map((rig) => rig.close()));
}

export async function createSmppRig(options: SmppRigOptions = {}): Promise<SmppRig> {
  const clock = options.clock ?? systemClock;
  const store = createMemoryStore(options.commit === undefined ? {} : { commit: options.commit });
  const account = sampleAccount({
    references: 'ignored',
    smpp: { ...access, ...options.access },
    ...options.account,
  });
  const ids = createMessageIds(clock, createSeededRandom(1), 0);
  const accepted: Message[] = [];
  const batches: number[] = [];
  const failures: unknown[] = [];
  const cancelled: MessageId[] = [];
  const intake = createIntake({
    store: store.intake,
    clock,
    ids,
    router: createRouter(
      options.isRouted === false ? [] : [{ channel: 'SMS', connection: 'op', priority: 1 }],
      [{ name: 'op', channel: 'SMS' }],
    ),
    admit: options.admit ?? (() => 'ok'),
    ...(options.screen === undefined ? {} : { screen: options.screen }),
    onAccepted(batch) {
      accepted.push(...batch.queued);
      batches.push(batch.queued.length);
    },
    onStoreFailure: (_what, error) => failures.push(error),
  });
  const server = createSmppServer({
    logins: [{ account, passwordHash: hashPassword(password, 2) }],
    intake,
    history: store.history,
    ids,
    clock,
    log: silentLog,
    deliveries: options.deliveries ?? noDeliveries,
    async cancel(messages) {
      cancelled.push(...messages.map(({ id }) => id));
      return messages.map(() => true);
    },
    onFailure: (error) => failures.push(error),
    limits: { refusedBindDelayMs: 1, ...options.limits },
    ...(options.verify === undefined ? {} : { verify: options.verify }),
  });
  server.start();
  const listener: NetListener = await nodeNet.listen({ host: '127.0.0.1', port: 0 }, server.accept);
  const esmes: RawEsme[] = [];
  async function open(): Promise<RawEsme> {
    const esme = await connectEsme(listener.port);
    esmes.push(esme);
    return esme;
  }
  return {
    port: listener.port,
    server,
    store,
    accepted,
    batches,
    failures,
    cancelled,
    connect: open,
    async bind(fields = {}) {
      const esme = await open();
      const answer = await esme.bind(fields);
      if (answer.command_status !== commandStatus.ESME_ROK) {
        throw new Error(`the bind was answered ${answer.command_status}`);
      }
      return esme;
    },
    async close() {
      for (const esme of esmes) esme.socket.destroy();
      await server.stop(0);
      await listener.close();
    },
  };
}

type Send = { [P in RequestPdu as P['command']]: BodyOf<P> };

/** A customer that can do anything: it sends what it is told and hands out what comes, in order. */
export interface RawEsme {
  readonly socket: Socket;
  /** Sends octets as they are. */
  write(bytes: Buffer): void;
  /** Sends one request and gives its sequence_number. */
  send<Name extends keyof Send>(command: Name, body: Send[Name], tlvs?: Tlvs): number;
  /** Several requests in one piece. */
  sendAll(pdus: readonly Pdu[]): void;
  /** The next PDU; rejects when the connection ends first. */
  next(): Promise<Pdu>;
  /** The same for several. */
  take(count: number): Promise<Pdu[]>;
  bind(fields?: Partial<BindFields>): Promise<Pdu>;
  /** Sends a submit_sm with some fields other than `submit` and gives the answer. */
  submit(fields?: Partial<BodyOf<SubmitSm>>, tlvs?: Tlvs): Promise<Pdu>;
  /** Resolves when the other side has ended the connection. */
  readonly ended: Promise<void>;
}

/** A good submit_sm. */
export function submit(fields: Partial<BodyOf<SubmitSm>> = {}): BodyOf<SubmitSm> {
  return {
    ...plainMessage,
    source_addr_ton: 5,
    source_addr: 'Bakery',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '31612345678',
    registered_delivery: 1,
    short_message: Buffer.from('Your bread is ready', 'latin1'),
    ...fields,
  };
}

/** Opens a connection to a port of this machine. */
export async function connectEsme(port: number): Promise<RawEsme> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const framer = new Framer(boundFrameBytesMax);
  const arrived: Pdu[] = [];
  const waiting: { resolve: (pdu: Pdu) => void; reject: (error: Error) => void }[] = [];
  let isOver = false;
  let sequence_number = 0;
  socket.on('data', (chunk: Buffer) => {
    framer.push(chunk);
    for (let frame = framer.next(); frame !== null; frame = framer.next()) {
      const pdu = decodePdu(frame);
      const first = waiting.shift();
      if (first === undefined) arrived.push(pdu);
      else first.resolve(pdu);
    }
  });
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isOver = true;
      for (const { reject } of waiting.splice(0)) reject(new Error('the connection has ended'));
      resolve();
    });
  });
  const esme: RawEsme = {
    socket,
    ended,
    write: (bytes) => void socket.write(bytes),
    send(command, body, tlvs) {
      sequence_number++;
      esme.sendAll([makePdu(command, sequence_number, body, tlvs)]);
      return sequence_number;
    },
    sendAll: (pdus) => void socket.write(Buffer.concat(pdus.map((pdu) => encodePdu(pdu)))),
    next() {
      const first = arrived.shift();
      if (first !== undefined) return Promise.resolve(first);
      if (isOver) return Promise.reject(new Error('the connection has ended'));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    async take(count) {
      const pdus: Pdu[] = [];
      while (pdus.length < count) pdus.push(await esme.next());
      return pdus;
    },
    bind({ command = 'bind_transceiver', ...fields } = {}) {
      esme.send(command, { ...bindBody, ...fields });
      return esme.next();
    },
    submit(fields, tlvs) {
      esme.send('submit_sm', submit(fields), tlvs);
      return esme.next();
    },
  };
  return esme;
}

export const bindBody = {
  system_id: 'bakery',
  password,
  system_type: '',
  interface_version: interfaceVersion34,
  addr_ton: 0,
  addr_npi: 0,
  address_range: '',
};

/** A request as it goes over the wire. */
export function makePdu<Name extends keyof Send>(
  command: Name,
  sequence_number: number,
  body: Send[Name],
  tlvs?: Tlvs,
): Pdu {
  const header = { command, command_status: 0, sequence_number };
  const pdu: object = { ...header, ...body, ...(tlvs === undefined ? {} : { tlvs }) };
  if (!isPdu(pdu)) throw new Error('no PDU');
  return pdu;
}

function isPdu(pdu: object): pdu is Pdu {
  return 'command' in pdu && 'sequence_number' in pdu;
}

/** The npm package `smpp`, which others wrote from the same specification. */
export interface PeerPdu {
  readonly command: string;
  readonly command_status: number;
  readonly message_id?: string;
  readonly [field: string]: unknown;
}

type Ask = (options: object, answered: (pdu: PeerPdu) => void) => void;

export interface PeerSession {
  on(event: string, listener: (pdu: PeerPdu) => void): void;
  bind_transmitter: Ask;
  bind_receiver: Ask;
  bind_transceiver: Ask;
  submit_sm: Ask;
  submit_multi: Ask;
  data_sm: Ask;
  query_sm: Ask;
  cancel_sm: Ask;
  replace_sm: Ask;
  enquire_link: Ask;
  unbind: Ask;
  close(): void;
  destroy(): void;
}

export const peer: {
  connect(options: object): PeerSession;
  addTLV(name: string, definition: { id: number; type: unknown }): void;
  readonly types: { readonly tlv: { readonly cstring: unknown } };
} = createRequire(import.meta.url)('smpp');

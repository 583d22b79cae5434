import { createRequire } from 'node:module';
import { systemClock } from '../../../lib/clock.ts';

/** What a test waits for must happen within this time. */
const patienceMs = 10_000;

/** A PDU as the package `smpp` shows it; texts are strings or buffers, TLVs are fields. */
export interface PeerPdu {
  readonly command: string;
  readonly command_status: number;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
  response(fields?: Record<string, unknown>): PeerPdu;
}

interface PeerSession {
  on(event: 'pdu', listener: (pdu: PeerPdu) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'connect' | 'secureConnect' | 'close', listener: () => void): void;
  send(pdu: PeerPdu, answered?: (response: PeerPdu) => void): boolean;
  destroy(): void;
}

interface PeerLibrary {
  connect(options: Record<string, unknown>): PeerSession;
  PDU: new (command: string, fields: Record<string, unknown>) => PeerPdu;
}

/** The package has no types of its own; these are the parts that are used. */
const library: PeerLibrary = createRequire(import.meta.url)('smpp');

/**
 * An ESME on the npm package `smpp`, for tests: what it reads and writes was not written by us.
 */
export interface TestEsme {
  /** The status of the answer. */
  bind(mode: 'tx' | 'rx' | 'trx', fields?: Record<string, unknown>): Promise<number>;
  /** Sends a request and waits for its answer. */
  ask(command: string, fields?: Record<string, unknown>): Promise<PeerPdu>;
  /** Sends a request and does not wait. */
  tell(command: string, fields?: Record<string, unknown>): void;
  /** submit_sm to the handset 31612345678, with what is given changed. */
  submit(fields?: Record<string, unknown>): Promise<PeerPdu>;
  /** The next request the SMSC sent, each once, in order. */
  next(): Promise<PeerPdu>;
  /** The next PDU of any kind, each once, in order; apart from `next`. */
  nextPdu(): Promise<PeerPdu>;
  /** How requests are answered: a status, or null for not at all. */
  answerWith(decide: (pdu: PeerPdu) => number | null): void;
  /** Resolves when the connection is closed. */
  closed(): Promise<void>;
  /** What the library could not read. */
  readonly errors: readonly Error[];
  destroy(): void;
}

/** Connects; resolves when the connection is open. */
export async function connectTestEsme(
  port: number,
  options: Record<string, unknown> = {},
): Promise<TestEsme> {
  const session = library.connect({ host: '127.0.0.1', port, ...options });
  const errors: Error[] = [];
  const requests = createMailbox<PeerPdu>();
  const pdus = createMailbox<PeerPdu>();
  let decide: (pdu: PeerPdu) => number | null = () => 0;
  session.on('error', (error) => errors.push(error));
  session.on('pdu', (pdu) => {
    pdus.put(pdu);
    if (pdu.command.endsWith('_resp') || pdu.command === 'generic_nack') return;
    const command_status = decide(pdu);
    if (command_status !== null) session.send(pdu.response({ command_status }));
    requests.put(pdu);
  });
  const closed = new Promise<void>((resolve) => session.on('close', resolve));
  await within(
    new Promise<void>((resolve) => session.on(options.tls ? 'secureConnect' : 'connect', resolve)),
    'the connection to open',
  );

  function ask(command: string, fields: Record<string, unknown> = {}): Promise<PeerPdu> {
    const answered = new Promise<PeerPdu>((resolve) => {
      session.send(new library.PDU(command, fields), resolve);
    });
    return within(answered, `the answer to ${command}`);
  }

  return {
    async bind(mode, fields = {}) {
      const commands = { tx: 'bind_transmitter', rx: 'bind_receiver', trx: 'bind_transceiver' };
      const account = { system_id: 'esme', password: 'secret', ...fields };
      return (await ask(commands[mode], account)).command_status;
    },
    ask,
    tell(command, fields = {}) {
      session.send(new library.PDU(command, fields));
    },
    submit: (fields = {}) => ask('submit_sm', createSubmit(fields)),
    next: () => within(requests.take(), 'a request of the SMSC'),
    nextPdu: () => within(pdus.take(), 'a PDU'),
    answerWith(how) {
      decide = how;
    },
    closed: () => within(closed, 'the end of the connection'),
    errors,
    destroy: () => session.destroy(),
  };
}

/** The fields of a plain submit_sm that asks for a final receipt. */
export function createSubmit(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    source_addr_ton: 5,
    source_addr_npi: 0,
    source_addr: 'Chappe',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '31612345678',
    registered_delivery: 1,
    data_coding: 0,
    short_message: Buffer.from('Hello'),
    ...fields,
  };
}

interface Mailbox<T> {
  put(item: T): void;
  take(): Promise<T>;
}

/** Things in the order they came, for whoever waits in the order they asked. */
export function createMailbox<T>(): Mailbox<T> {
  const items: T[] = [];
  const takers: ((item: T) => void)[] = [];
  return {
    put(item) {
      const taker = takers.shift();
      if (taker === undefined) items.push(item);
      else taker(item);
    },
    take() {
      const item = items.shift();
      if (item !== undefined) return Promise.resolve(item);
      return new Promise((resolve) => {
        takers.push(resolve);
      });
    },
  };
}

/** The promise, or a failure when it takes too long: a test that waits for nothing must end. */
export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_resolve, reject) => {
      systemClock.after(patienceMs, () => reject(new Error(`waited in vain for ${what}`)));
    }),
  ]);
}

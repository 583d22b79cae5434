import { createConnection, type Socket } from 'node:net';
import { Histogram } from './histogram.ts';
import { IndexSet, indexDigits, readIndex, writeIndex } from './message-index.ts';
import { command, commandStatus, headerBytes, PduWriter } from './smpp-wire.ts';
import { Waiters } from './waiters.ts';

export interface SmppLoadOptions {
  readonly port: number;
  readonly systemId: string;
  readonly password: string;
  /** Sessions, all transceivers. */
  readonly binds: number;
  /** Submits without an answer on each. */
  readonly window: number;
}

/** Messages to send. */
export interface SmppRun {
  readonly messages: number;
  readonly firstIndex: number;
  /** The open loop, whose latency counts from the intended time; null sends as fast as the windows allow. */
  readonly ratePerSecond: number | null;
}

/** A customer over SMPP that costs less than the gateway it drives: one PDU to copy for each message. */
export class SmppLoad {
  readonly counts = { accepted: 0, refused: 0 };
  readonly latency = new Histogram();
  /** Messages whose receipt has come; a receipt that comes again is a repeated one. */
  readonly receipts = new IndexSet();
  /** Times of `performance.now`, for rates. */
  firstSubmitAt = 0;
  lastAnswerAt = 0;
  lastReceiptAt = 0;

  readonly #options: SmppLoadOptions;
  readonly #waiters = new Waiters();
  readonly #lines: Line[] = [];
  #run: SmppRun = { messages: 0, firstIndex: 0, ratePerSecond: null };
  #sent = 0;
  #startedAt = 0;

  constructor(options: SmppLoadOptions) {
    this.#options = options;
  }

  /** Resolves when all sessions are bound. */
  async bind(): Promise<void> {
    for (let i = 0; i < this.#options.binds; i += 1) {
      this.#lines.push(new Line(this.#options, this));
    }
    await this.when(() => this.#lines.every((line) => line.isBound));
  }

  /** Sends everything; resolves when every message has been answered. Counts begin anew. */
  async run(run: SmppRun): Promise<void> {
    this.counts.accepted = 0;
    this.counts.refused = 0;
    this.latency.clear();
    this.receipts.clear();
    this.#run = run;
    this.#sent = 0;
    this.#startedAt = performance.now();
    this.firstSubmitAt = this.#startedAt;
    const timer = setInterval(() => this.#pump(), TICK_MS);
    this.#pump();
    await this.when(() => this.counts.accepted + this.counts.refused >= run.messages);
    clearInterval(timer);
  }

  /** Resolves as soon as `holds` is true; it is asked after everything that comes. */
  when(holds: () => boolean): Promise<void> {
    return this.#waiters.when(holds);
  }

  close(): void {
    for (const line of this.#lines) line.close();
  }

  /** How many messages a line may send at `now`. */
  due(now: number): number {
    const { messages, ratePerSecond } = this.#run;
    const scheduled =
      ratePerSecond === null
        ? messages
        : Math.min(messages, Math.floor(((now - this.#startedAt) * ratePerSecond) / 1000) + 1);
    return scheduled - this.#sent;
  }

  /** The number of the next message, and the time its latency counts from. */
  take(now: number): { index: number; from: number } {
    const { firstIndex, ratePerSecond } = this.#run;
    const at = this.#sent;
    this.#sent += 1;
    const from = ratePerSecond === null ? now : this.#startedAt + (at * 1000) / ratePerSecond;
    return { index: firstIndex + at, from };
  }

  answered(status: number, from: number, now: number): void {
    if (status === commandStatus.ok) this.counts.accepted += 1;
    else this.counts.refused += 1;
    this.latency.record(now - from);
    this.lastAnswerAt = now;
  }

  receiptCame(index: number, now: number): void {
    this.receipts.add(index);
    this.lastReceiptAt = now;
  }

  check(): void {
    this.#waiters.check();
  }

  #pump(): void {
    for (const line of this.#lines) line.send();
  }
}

/** One session. */
class Line {
  isBound = false;

  readonly #load: SmppLoad;
  readonly #window: number;
  readonly #socket: Socket;
  readonly #writer = new PduWriter();
  /** The time that the latency of each open submit counts from, by its sequence_number. */
  readonly #open = new Map<number, number>();
  #sequence = 1;
  #isClosing = false;
  #carry: Buffer | null = null;

  constructor({ port, systemId, password, window }: SmppLoadOptions, load: SmppLoad) {
    this.#load = load;
    this.#window = window;
    this.#socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    // A customer that is cut off measures nothing, so that ends the program.
    this.#socket.on('error', (error) => {
      throw error;
    });
    this.#socket.once('close', () => {
      if (!this.#isClosing) throw new Error('a session was cut off');
    });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.write(writeBind(systemId, password));
  }

  close(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  /** One write for all that the window and the rate allow. */
  send(): void {
    if (!this.isBound) return;
    const now = performance.now();
    const count = Math.min(this.#window - this.#open.size, this.#load.due(now));
    if (count <= 0) return;
    const bytes = Buffer.allocUnsafe(count * submitTemplate.length);
    for (let at = 0; at < bytes.length; at += submitTemplate.length) {
      const { index, from } = this.#load.take(now);
      this.#sequence += 1;
      this.#open.set(this.#sequence, from);
      submitTemplate.copy(bytes, at);
      bytes.writeUInt32BE(this.#sequence, at + 12);
      writeIndex(bytes, at + destinationHole, index);
      writeIndex(bytes, at + textHole, index);
    }
    this.#socket.write(bytes);
  }

  #read(chunk: Buffer): void {
    const bytes = this.#carry === null ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = null;
    const now = performance.now();
    let at = 0;
    while (bytes.length - at >= headerBytes) {
      const length = bytes.readUInt32BE(at);
      if (bytes.length - at < length) break;
      this.#take(bytes, at, now);
      at += length;
    }
    if (at < bytes.length) this.#carry = bytes.subarray(at);
    const answers = this.#writer.take();
    if (answers !== null) this.#socket.write(answers);
    this.send();
    this.#load.check();
  }

  #take(bytes: Buffer, start: number, now: number): void {
    const status = bytes.readUInt32BE(start + 8);
    const sequence = bytes.readUInt32BE(start + 12);
    switch (bytes.readUInt32BE(start + 4)) {
      case SUBMIT_SM_RESP: {
        const from = this.#open.get(sequence);
        if (from === undefined) return;
        this.#open.delete(sequence);
        this.#load.answered(status, from, now);
        return;
      }
      case command.deliverSm: {
        const sourceStart = bytes.indexOf(0, start + headerBytes) + 3;
        this.#load.receiptCame(readIndex(bytes, bytes.indexOf(0, sourceStart)), now);
        this.#writer.withString(DELIVER_SM_RESP, commandStatus.ok, sequence, '');
        return;
      }
      case command.enquireLink:
        this.#writer.header(ENQUIRE_LINK_RESP, commandStatus.ok, sequence);
        return;
      case BIND_TRANSCEIVER_RESP:
        if (status !== commandStatus.ok) throw new Error(`the bind was refused: ${status}`);
        this.isBound = true;
    }
  }
}

const SUBMIT_SM_RESP = (command.submitSm | command.response) >>> 0;
const DELIVER_SM_RESP = (command.deliverSm | command.response) >>> 0;
const ENQUIRE_LINK_RESP = (command.enquireLink | command.response) >>> 0;
const BIND_TRANSCEIVER_RESP = (command.bindTransceiver | command.response) >>> 0;
const TICK_MS = 2;

/** A bind_transceiver (SMPP 3.4 §4.1.5) with the sequence_number 1. */
export function writeBind(systemId: string, password: string): Buffer {
  return writePdu(command.bindTransceiver, `${systemId}\0${password}\0\0\x34\0\0\0`);
}

/** Replaced by the eight digits of a message number. */
const HOLE = 'X'.repeat(indexDigits);
/** As long as the texts of the JSON load. */
const TEXT = `Your bread is ready, we keep it until six. Order ${HOLE}`;

/** A submit_sm (SMPP 3.4 §4.4.1) that asks for a receipt of its end. */
const submitTemplate = writePdu(
  command.submitSm,
  [
    '\0\x05\0Chappe\0',
    `\x01\x01316${HOLE}\0`,
    '\0\0\0\0\0\x01\0\0\0',
    String.fromCharCode(TEXT.length),
    TEXT,
  ].join(''),
);
const destinationHole = submitTemplate.indexOf(HOLE);
const textHole = submitTemplate.lastIndexOf(HOLE);

function writePdu(commandId: number, body: string): Buffer {
  const bytes = Buffer.alloc(headerBytes + body.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(commandId, 4);
  bytes.writeUInt32BE(1, 12);
  bytes.write(body, headerBytes, 'latin1');
  return bytes;
}

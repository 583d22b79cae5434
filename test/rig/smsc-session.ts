import type { Socket } from 'node:net';
import type { Deque } from '../../src/lib/deque.ts';
import type { Random } from '../../src/lib/random.ts';
import { readIndex } from './message-index.ts';
import {
  command,
  commandStatus,
  headerBytes,
  PduWriter,
  pduBytesMax,
  readCString,
  readPart,
  readSubmit,
  readText,
  type Submit,
} from './smpp-wire.ts';
import type { ReceiptRecord, SmscLedger } from './smsc-ledger.ts';
import type { SmscSettings } from './smsc-settings.ts';

/** A receipt on its way: due, waiting for room in a window, or sent and not answered. */
export interface Receipt {
  readonly messageId: string;
  readonly handset: string;
  readonly sender: string;
  readonly submitDate: string;
  readonly delivered: boolean;
  readonly account: SmscAccount;
  sentAt: number;
}

/** What a system_id has coming, whether or not it is bound. */
export interface SmscAccount {
  readonly systemId: string;
  readonly sessions: Set<SmscSession>;
  /** Receipts that are due and wait for room in the window of one of the sessions. */
  readonly waiting: Deque<Receipt>;
}

/** The operator, as its sessions see it. */
export interface SmscHost {
  readonly settings: SmscSettings;
  readonly ledger: SmscLedger;
  /** "YYMMDDhhmm" of now, as receipts want it. */
  readonly dateText: string;
  /** The account of a system_id, made at its first bind. */
  bind(systemId: string, session: SmscSession): SmscAccount;
  /** Counts a message that was taken, by its number, and gives it its id. */
  take(index: number): string;
  noteThrottled(): void;
  noteLostResponse(): void;
  respond(session: SmscSession, sequence: number, messageId: string): void;
  respondLate(session: SmscSession, sequence: number, messageId: string): void;
  scheduleReceipt(receipt: Receipt, atOnce: boolean): void;
  retryReceipt(receipt: Receipt): void;
  noteReceipt(receipt: Receipt, event: ReceiptRecord['event'], status: number): void;
  /** A session has read all there was: its window is filled and what it has to say written. */
  settle(session: SmscSession, account: SmscAccount | null): void;
  forget(session: SmscSession): void;
}

/** One ESME's connection. */
export class SmscSession {
  readonly #smsc: SmscHost;
  readonly #socket: Socket;
  readonly #random: Random;
  readonly #writer = new PduWriter();
  readonly #unanswered = new Map<number, Receipt>();
  #carry: Buffer | null = null;
  #sequence = 0;
  #account: SmscAccount | null = null;
  #receives = false;
  #cutting = false;

  constructor(smsc: SmscHost, socket: Socket, random: Random) {
    this.#smsc = smsc;
    this.#socket = socket;
    this.#random = random;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    socket.once('close', () => this.#closed());
  }

  /** How many more receipts the ESME may be sent now. */
  get room(): number {
    if (!this.#receives || this.#socket.destroyed) return 0;
    return this.#smsc.settings.receiptWindow - this.#unanswered.size;
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  respond(sequence: number, status: number, messageId: string): void {
    const { submitSm, response } = command;
    const commandId = (submitSm | response) >>> 0;
    if (status === 0) this.#writer.withString(commandId, status, sequence, messageId);
    else this.#writer.header(commandId, status, sequence);
  }

  sendReceipt(receipt: Receipt, now: number, doneDate: string): void {
    this.#sequence = (this.#sequence % 0x7fff_ffff) + 1;
    const { messageId, handset, sender, delivered, submitDate } = receipt;
    const outcome = delivered
      ? `dlvrd:001 submit date:${submitDate} done date:${doneDate} stat:DELIVRD err:000 text:`
      : `dlvrd:000 submit date:${submitDate} done date:${doneDate} stat:UNDELIV err:001 text:`;
    this.#writer.receipt(this.#sequence, {
      messageId,
      handset,
      sender,
      text: `id:${messageId} sub:001 ${outcome}`,
      state: delivered ? STATE_DELIVERED : STATE_UNDELIVERABLE,
    });
    receipt.sentAt = now;
    this.#unanswered.set(this.#sequence, receipt);
    this.#smsc.noteReceipt(receipt, 'sent', 0);
  }

  /** Gives back the receipts that were not answered in time, so that they are sent again. */
  expireReceipts(now: number): void {
    for (const [sequence, receipt] of this.#unanswered) {
      if (receipt.sentAt + this.#smsc.settings.receiptTimeoutMs > now) return;
      this.#unanswered.delete(sequence);
      this.#smsc.noteReceipt(receipt, 'timed out', 0);
      receipt.account.waiting.pushBack(receipt);
    }
  }

  /** One write for everything since the last call. */
  flush(): void {
    const bytes = this.#writer.take();
    if (this.#cutting) this.#socket.destroy();
    else if (bytes !== null) this.#socket.write(bytes);
  }

  cut(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#carry === null ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = null;
    let at = 0;
    while (bytes.length - at >= headerBytes && !this.#cutting) {
      const length = bytes.readUInt32BE(at);
      if (length < headerBytes || length > pduBytesMax) {
        this.#socket.destroy();
        return;
      }
      if (bytes.length - at < length) break;
      this.#take(bytes, at, at + length);
      at += length;
    }
    if (at < bytes.length) this.#carry = bytes.subarray(at);
    this.#smsc.settle(this, this.#account);
  }

  #take(bytes: Buffer, start: number, end: number): void {
    const commandId = bytes.readUInt32BE(start + 4);
    const sequence = bytes.readUInt32BE(start + 12);
    switch (commandId) {
      case command.submitSm:
        this.#submit(bytes, start, end, sequence);
        return;
      case (command.deliverSm | command.response) >>> 0:
        this.#receiptAnswered(sequence, bytes.readUInt32BE(start + 8));
        return;
      case command.bindTransmitter:
      case command.bindReceiver:
      case command.bindTransceiver:
        this.#bind(commandId, sequence, readCString(bytes, start + headerBytes, end));
        return;
      case command.enquireLink:
        this.#writer.header((commandId | command.response) >>> 0, commandStatus.ok, sequence);
        return;
      case command.unbind:
        this.#writer.header((commandId | command.response) >>> 0, commandStatus.ok, sequence);
        this.flush();
        this.#socket.end();
        return;
      default:
        if (commandId < command.response) {
          this.#writer.header(command.genericNack, commandStatus.invalidCommand, sequence);
        }
    }
  }

  #bind(commandId: number, sequence: number, systemId: string): void {
    this.#account = this.#smsc.bind(systemId, this);
    this.#receives = commandId !== command.bindTransmitter;
    this.#writer.withString((commandId | command.response) >>> 0, 0, sequence, 'sink');
  }

  #submit(bytes: Buffer, start: number, end: number, sequence: number): void {
    const submit = readSubmit(bytes, start, end);
    const account = this.#account;
    if (submit === null || account === null) {
      this.respond(sequence, commandStatus.systemError, '');
      return;
    }
    const { faults, doomed } = this.#smsc.settings;
    const index = readIndex(bytes, submit.destinationEnd);
    if (doomed.refused.includes(index % doomed.modulo)) {
      this.#note(bytes, submit, '', commandStatus.invalidDestination, true);
      this.respond(sequence, commandStatus.invalidDestination, '');
      return;
    }
    if (this.#strikes(faults.throttle)) {
      this.#smsc.noteThrottled();
      this.#note(bytes, submit, '', commandStatus.throttled, true);
      this.respond(sequence, commandStatus.throttled, '');
      return;
    }
    const messageId = this.#smsc.take(index);
    const receiptFirst = this.#strikes(faults.receiptFirst);
    const lost = this.#strikes(faults.loseResponse);
    this.#cutting = this.#strikes(faults.cut);
    this.#note(bytes, submit, messageId, commandStatus.ok, !lost && !this.#cutting);
    if (lost) this.#smsc.noteLostResponse();
    else if (receiptFirst) this.#smsc.respondLate(this, sequence, messageId);
    else this.#smsc.respond(this, sequence, messageId);
    if ((submit.registeredDelivery & WANTS_RECEIPT) === 0) return;
    const copies = this.#strikes(faults.duplicateReceipt) ? 2 : 1;
    const isDoomed = doomed.undeliverable.includes(index % doomed.modulo);
    const delivered = !isDoomed && !this.#strikes(faults.undeliverable);
    for (let copy = 0; copy < copies; copy += 1) {
      this.#smsc.scheduleReceipt(
        {
          messageId,
          handset: submit.destination,
          sender: submit.source,
          submitDate: this.#smsc.dateText,
          delivered,
          account,
          sentAt: 0,
        },
        receiptFirst,
      );
    }
  }

  #receiptAnswered(sequence: number, status: number): void {
    const receipt = this.#unanswered.get(sequence);
    if (receipt === undefined) return;
    this.#unanswered.delete(sequence);
    this.#smsc.noteReceipt(receipt, 'answered', status);
    if (status !== commandStatus.ok) this.#smsc.retryReceipt(receipt);
  }

  #note(bytes: Buffer, submit: Submit, messageId: string, status: number, answered: boolean): void {
    if (!this.#smsc.settings.ledger) return;
    this.#smsc.ledger.submits.push({
      at: Date.now(),
      systemId: this.#account?.systemId ?? '',
      destination: submit.destination,
      text: readText(bytes, submit),
      ...readPart(bytes, submit),
      messageId,
      status,
      answered,
    });
  }

  #strikes(chance: number): boolean {
    return chance > 0 && this.#random.fraction() < chance;
  }

  #closed(): void {
    const account = this.#account;
    this.#smsc.forget(this);
    if (account === null) return;
    account.sessions.delete(this);
    for (const receipt of this.#unanswered.values()) {
      this.#smsc.noteReceipt(receipt, 'cut', 0);
      account.waiting.pushBack(receipt);
    }
    this.#unanswered.clear();
  }
}

/** registered_delivery bits 0 and 1: any kind of receipt (SMPP 3.4 §5.2.17). */
const WANTS_RECEIPT = 0x03;
const STATE_DELIVERED = 2;
const STATE_UNDELIVERABLE = 5;

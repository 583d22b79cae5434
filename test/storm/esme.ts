import { connect, type Socket } from 'node:net';
import type { Random } from '../../src/lib/random.ts';
import { commandStatus } from '../../src/smpp/command-status.ts';
import { interfaceVersion34, plainMessage } from '../../src/smpp/pdus.ts';
import { Session } from '../../src/smpp/session.ts';
import type { PassedRequest } from '../../src/smpp/session-handler.ts';
import { dataCodings } from '../../src/text/data-coding.ts';
import { chooseEncoding, encodeWhole } from '../../src/text/segmentation.ts';
import type { CallbackSettings, CallRecord } from '../rig/callbacks.ts';
import { indexOfText } from '../rig/message-index.ts';
import { numberOf, referenceOf, textOf } from './messages.ts';
import { smppPassword, smppSystemId } from './storm-gateway.ts';

const windowMax = 10;
/** How soon it looks again whether it may send, and tries again to connect. */
const pauseMs = 5;
const tickMs = 100;
/** Deliveries that one session leaves unanswered on purpose; more would fill its window. */
const unansweredMax = 3;

/** The status that each message_state stands for (contract §11.3). */
const statusOfState: Readonly<Record<number, number>> = { 2: 2, 3: 3, 5: 3, 6: 0, 8: 1 };

const noOctets = Buffer.alloc(0);

export interface EsmeParts {
  readonly smppPort: number;
  readonly random: Random;
  /** How it treats receipts: the same as the webhook endpoint. */
  settings(): CallbackSettings;
  mayStart(): boolean;
  /** The number of the next message. */
  take(): number;
  acknowledge(index: number): void;
  /** An answer that a right request must not get. */
  refuse(sentence: string): void;
  /** Notes a receipt. */
  told(record: CallRecord): void;
}

/** The storm's customer over SMPP: one session that submits and gets receipts, and binds again when it breaks. */
export class Esme {
  readonly #parts: EsmeParts;
  #socket: Socket | null = null;
  #session: Session<number> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #tickAt = 0;
  #isBound = false;
  #unanswered = 0;

  constructor(parts: EsmeParts) {
    this.#parts = parts;
  }

  /** Binds as soon as it can, and whenever it is no longer bound, until `leave`. */
  bind(): void {
    this.#timer ??= setInterval(() => this.#look(), pauseMs);
  }

  /** Goes without a word. */
  leave(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#socket?.destroy();
  }

  #look(): void {
    const now = performance.now();
    if (this.#socket === null) this.#connect();
    if (now >= this.#tickAt) {
      this.#tickAt = now + tickMs;
      this.#session?.tick(now);
    }
    this.#submit();
  }

  #connect(): void {
    const socket = connect({ host: '127.0.0.1', port: this.#parts.smppPort, noDelay: true });
    const session = new Session<number>(
      {
        role: 'esme',
        limits: { windowMax, unansweredMax: 1_000 },
        send: (bytes) => socket.write(bytes),
        wake: () => setImmediate(() => session.flush()),
        handler: {
          handleRequest: (request) => this.#receive(session, request),
          handleResponse: ({ command, command_status }, index) => {
            if (command === 'bind_transceiver_resp') this.#isBound = command_status === 0;
            else this.#answered(index, command_status);
            this.#submit();
          },
          handleUnknown: () => {},
          handleUnbind: () => {},
          handleClosed: () => socket.end(),
        },
      },
      performance.now(),
    );
    this.#socket = socket;
    this.#session = session;
    this.#unanswered = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => session.receive(chunk, performance.now()));
    socket.once('connect', () => {
      const credentials = { system_id: smppSystemId, password: smppPassword };
      const plan = { system_type: '', addr_ton: 0, addr_npi: 0, address_range: '' };
      const interface_version = interfaceVersion34;
      const bind = {
        command: 'bind_transceiver',
        ...credentials,
        ...plan,
        interface_version,
      } as const;
      session.request(bind, -1, performance.now());
    });
    socket.once('close', () => {
      this.#isBound = false;
      this.#socket = null;
      this.#session = null;
      session.close('connection_lost');
    });
  }

  #submit(): void {
    const session = this.#session;
    if (session === null || !this.#isBound) return;
    while (session.state === 'bound_trx' && session.room() > 0 && this.#parts.mayStart()) {
      const index = this.#parts.take();
      const text = textOf(index);
      const encoding = chooseEncoding(text);
      const { payload } = encodeWhole({ text, encoding, partsMax: 255 });
      session.request(
        {
          command: 'submit_sm',
          ...plainMessage,
          source_addr_ton: 5,
          source_addr: 'Chappe',
          dest_addr_ton: 1,
          dest_addr_npi: 1,
          destination_addr: numberOf(index),
          // The end, and that the operator has it.
          registered_delivery: 0x11,
          data_coding: dataCodings[encoding],
          short_message: noOctets,
          tlvs: { message_payload: payload },
        },
        index,
        performance.now(),
      );
    }
  }

  #answered(index: number, command_status: number): void {
    const { ESME_ROK, ESME_RTHROTTLED, ESME_RMSGQFUL } = commandStatus;
    if (command_status === ESME_ROK) this.#parts.acknowledge(index);
    else if (command_status !== ESME_RTHROTTLED && command_status !== ESME_RMSGQFUL) {
      this.#parts.refuse(`submit_sm ${index}: ${command_status}`);
    }
  }

  #receive(session: Session<number>, request: PassedRequest): void {
    if (request.command !== 'deliver_sm') return this.#parts.refuse(request.command);
    const { fail, cut, delayMs } = this.#parts.settings();
    const { receipted_message_id = '', message_state = -1 } = request.tlvs ?? {};
    const status = statusOfState[message_state] ?? -1;
    const note = (answer: number) => {
      const reference = referenceOf(indexOfText(request.source_addr));
      const webhookId = `${receipted_message_id}-${status}`;
      this.#parts.told({
        at: Date.now(),
        reference,
        status,
        error: '',
        webhookId,
        answer,
        over: 'smpp',
      });
    };
    if (this.#parts.random.fraction() < cut && this.#unanswered < unansweredMax) {
      this.#unanswered++;
      return note(0);
    }
    const isRefused = this.#parts.random.fraction() < fail;
    const command_status = isRefused ? commandStatus.ESME_RX_T_APPN : commandStatus.ESME_ROK;
    const answer = () => {
      if (session.state !== 'bound_trx') return note(0);
      note(isRefused ? 500 : 200);
      session.respond(request, { command: 'deliver_sm_resp', command_status, message_id: '' });
    };
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs).unref();
  }
}

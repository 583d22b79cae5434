import type { HandsetView } from '../../../src/rehearsal/handset-schema.ts';
import { Histogram } from '../histogram.ts';
import type { ToldStatus } from './status-sink.ts';

/** Every third phone has no WhatsApp. */
const withoutEvery = 3;

/** One recipient: one message. */
export class FallbackPhone {
  readonly index: number;
  readonly hasWhatsApp: boolean;
  /** Digits without prefix. */
  readonly digits: string;
  readonly reference: string;
  /** Epoch milliseconds; null when it was not accepted. */
  acceptedAt: number | null = null;
  /** What was answered instead. */
  refusal = '';

  constructor(index: number) {
    this.index = index;
    this.hasWhatsApp = index % withoutEvery !== 0;
    // Without zeros, for a number that ends in them asks for an error.
    const unique = index
      .toString(9)
      .padStart(6, '0')
      .replaceAll(/\d/g, (digit) => String(Number(digit) + 1));
    this.digits = `31611${unique}`;
    this.reference = `fallback${index}`;
  }

  get richText(): string {
    return `Your *bread* ${this.index} is ready`;
  }

  get plainText(): string {
    return `Your bread ${this.index} is ready`;
  }
}

/** What is known of a message when everything is over. */
export interface FallbackEnd {
  /** What its phone shows. */
  readonly shown: HandsetView['messages'];
  /** What the customer was told of it, in order. */
  readonly told: readonly ToldStatus[];
  /** Epoch milliseconds at which WhatsApp said that it failed; absent when it did not. */
  readonly refusedAt?: number | undefined;
}

/** What came of a run: counts, durations, and what is wrong. */
export class FallbackTally {
  readonly delivered = { WhatsApp: 0, SMS: 0 };
  /** Delivered over SMS although the phone has WhatsApp: it was down. */
  besides = 0;
  /** From WhatsApp's word that a message failed to the operator getting it. */
  readonly refusalToSubmit = new Histogram();
  /** From the answer to the customer to the phone. */
  readonly acceptedToDelivered = { WhatsApp: new Histogram(), SMS: new Histogram() };
  /** Empty when every message was delivered once and reported so. */
  readonly faults: string[] = [];

  /** Counts one message, or says what is wrong with it. */
  judge(phone: FallbackPhone, { shown, told, refusedAt }: FallbackEnd): void {
    const { reference, hasWhatsApp, acceptedAt } = phone;
    const story = told.map(({ code, channel }) => `${code} ${channel}`).join(', ');
    if (acceptedAt === null) return this.#fault(reference, `was refused: ${phone.refusal}`);
    const [message] = shown;
    if (message === undefined) return this.#fault(reference, `was lost; reports: ${story}`);
    if (shown.length > 1) {
      const channels = shown.map(({ channel }) => channel).join(', ');
      return this.#fault(reference, `was delivered ${shown.length} times: ${channels}`);
    }
    const { channel } = message;
    if (channel !== 'WhatsApp' && channel !== 'SMS') {
      return this.#fault(reference, `came over ${channel}`);
    }
    const text = channel === 'WhatsApp' ? phone.richText : phone.plainText;
    if (message.text !== text) return this.#fault(reference, `shows "${message.text}"`);
    // Accepted by a provider, and delivered: each once, and the end names the channel.
    const codes = told.map(({ code }) => code).join();
    if (codes !== '0,2' || told[1]?.channel !== channel.toLowerCase()) {
      return this.#fault(reference, `came over ${channel}; reports: ${story}`);
    }
    if (channel === 'WhatsApp' && !hasWhatsApp) return this.#fault(reference, 'came over no app');
    const deliveredAt = Date.parse(message.at);
    this.delivered[channel]++;
    this.acceptedToDelivered[channel].record(deliveredAt - acceptedAt);
    if (channel === 'WhatsApp') return;
    if (hasWhatsApp) this.besides++;
    // While WhatsApp is down nobody refuses: the message goes on because it cannot be sent.
    if (refusedAt !== undefined) this.refusalToSubmit.record(deliveredAt - refusedAt);
  }

  #fault(reference: string, what: string): void {
    this.faults.push(`${reference} ${what}`);
  }
}

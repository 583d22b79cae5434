import type { HandsetView } from '../../../src/rehearsal/handset-schema.ts';
import { Histogram } from '../histogram.ts';
import type { FallbackStage } from './fallback-stage.ts';

export interface FallbackPlan {
  readonly messages: number;
  readonly ratePerSecond: number;
}

/** What came of a run. `faults` is empty when every message was delivered once and reported so. */
export interface FallbackResult {
  readonly delivered: Record<'WhatsApp' | 'SMS', number>;
  /** Delivered over SMS although the phone has WhatsApp: it was down. */
  readonly besides: number;
  /** Delivered over WhatsApp after it was down. */
  readonly afterwards: number;
  /** From WhatsApp's word that a message failed to the operator getting it. */
  readonly refusalToSubmit: Histogram;
  /** From the answer to the customer to the phone. */
  readonly acceptedToDelivered: Record<'WhatsApp' | 'SMS', Histogram>;
  readonly faults: readonly string[];
}

/** Every third phone has no WhatsApp. */
const withoutEvery = 3;
/** WhatsApp is down from this share of the messages to that. */
const downFrom = 0.3;
const downUntil = 0.5;
/** All messages must have come to an end this long after the last was sent. */
const patienceMs = 60_000;

/**
 * Sends messages for WhatsApp, then SMS, one to each phone at a steady rate, with WhatsApp down for a while in the
 * middle, and compares what phones show with what the customer was told. Stops the gateway.
 */
export async function runFallback(
  stage: FallbackStage,
  { messages, ratePerSecond }: FallbackPlan,
): Promise<FallbackResult> {
  const phones = Array.from({ length: messages }, (_, index) => new Phone(index));
  for (const { digits, hasWhatsApp } of phones) {
    const apps = { WhatsApp: hasWhatsApp };
    await stage.simulators.handsets.change(digits, { apps, readsAfterMs: null });
  }
  await sendAll(stage, phones, ratePerSecond);
  const accepted = phones.filter(({ acceptedAt }) => acceptedAt !== null).length;
  const isOver = await within(stage.sink.untilEnded(accepted), patienceMs);
  // What it has begun is finished then, so that nothing comes after the count.
  await stage.stopGateway();
  const result = new Result(messages);
  if (!isOver) result.faults.push(`not every message has ended after ${patienceMs / 1_000} s`);
  for (const phone of phones) {
    result.judge(phone, await stage.simulators.handsets.show(phone.digits), stage);
  }
  return result;
}

/** One recipient: one message. */
class Phone {
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

async function sendAll(
  stage: FallbackStage,
  phones: readonly Phone[],
  ratePerSecond: number,
): Promise<void> {
  const requests: Promise<void>[] = [];
  const startedAt = performance.now();
  for (const phone of phones) {
    if (phone.index === Math.floor(phones.length * downFrom)) await stage.setDown(true);
    if (phone.index === Math.floor(phones.length * downUntil)) await stage.setDown(false);
    const aheadMs = startedAt + (phone.index * 1_000) / ratePerSecond - performance.now();
    // The pace of the load, not a wait for anything.
    if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    requests.push(sendTo(stage, phone));
  }
  await Promise.all(requests);
}

async function sendTo({ url, token }: FallbackStage, phone: Phone): Promise<void> {
  const response = await fetch(`${url}/v1.0/message`, {
    method: 'POST',
    headers: { 'x-cm-producttoken': token },
    body: JSON.stringify({
      messages: {
        msg: [
          {
            from: 'Bakery',
            to: [{ number: `00${phone.digits}` }],
            body: { type: 'auto', content: phone.plainText },
            reference: phone.reference,
            allowedChannels: ['WhatsApp', 'SMS'],
            richContent: { conversation: [{ text: phone.richText }] },
          },
        ],
      },
    }),
  });
  const answer = await response.text();
  if (response.status === 200) phone.acceptedAt = Date.now();
  else phone.refusal = answer;
}

class Result implements FallbackResult {
  readonly delivered = { WhatsApp: 0, SMS: 0 };
  besides = 0;
  afterwards = 0;
  readonly #firstAfter: number;
  readonly refusalToSubmit = new Histogram();
  readonly acceptedToDelivered = { WhatsApp: new Histogram(), SMS: new Histogram() };
  readonly faults: string[] = [];

  constructor(messages: number) {
    this.#firstAfter = Math.floor(messages * downUntil);
  }

  /** Counts one message, or says what is wrong with it. */
  judge(phone: Phone, view: HandsetView | null, { relay, sink }: FallbackStage): void {
    const { digits, reference, hasWhatsApp, acceptedAt } = phone;
    const shown = view?.messages ?? [];
    const told = sink.told(reference);
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
    const deliveredAt = Date.parse(message.at);
    this.delivered[channel]++;
    this.acceptedToDelivered[channel].record(deliveredAt - acceptedAt);
    if (channel === 'WhatsApp') {
      if (phone.index >= this.#firstAfter) this.afterwards++;
      return;
    }
    if (hasWhatsApp) this.besides++;
    const refusedAt = relay.refusedAt(digits);
    // While WhatsApp is down nobody refuses: the message goes on because it cannot be sent.
    if (refusedAt !== undefined) this.refusalToSubmit.record(deliveredAt - refusedAt);
  }

  #fault(reference: string, what: string): void {
    this.faults.push(`${reference} ${what}`);
  }
}

/** Whether a promise is kept in time. */
async function within(promise: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  return Promise.race([promise.then(() => true), over]).finally(() => clearTimeout(timer));
}

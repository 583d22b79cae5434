import type { FallbackStage } from './fallback-stage.ts';
import { FallbackPhone, FallbackTally } from './fallback-tally.ts';

export interface FallbackPlan {
  readonly messages: number;
  readonly ratePerSecond: number;
  /** So many are sent before, at the same rate and with nothing down; judged as the others, but not counted. */
  readonly warmUp: number;
}

export interface FallbackResult {
  readonly tally: FallbackTally;
  /** Of the messages sent after WhatsApp was down, how many it delivered. */
  readonly afterwards: number;
  readonly faults: readonly string[];
}

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
  { messages, ratePerSecond, warmUp }: FallbackPlan,
): Promise<FallbackResult> {
  const phones = await makePhones(stage, warmUp + messages);
  const [early, timed] = [phones.slice(0, warmUp), phones.slice(warmUp)];
  const [down, up] = [Math.floor(messages * downFrom), Math.floor(messages * downUntil)];
  await sendAll(stage, early, ratePerSecond);
  await endsInTime(stage, early);
  await sendAll(stage, timed.slice(0, down), ratePerSecond);
  await stage.setDown(true);
  await sendAll(stage, timed.slice(down, up), ratePerSecond);
  await stage.setDown(false);
  await sendAll(stage, timed.slice(up), ratePerSecond);
  const isOver = await endsInTime(stage, phones);
  // What it has begun is finished then, so that nothing comes after the count.
  await stage.stopGateway();
  const late = isOver ? [] : [`not every message has ended after ${patienceMs / 1_000} s`];
  const [before, tally] = [await count(stage, early), await count(stage, timed)];
  const { delivered } = await count(stage, timed.slice(up));
  const faults = [...late, ...before.faults, ...tally.faults];
  return { tally, afterwards: delivered.WhatsApp, faults };
}

async function makePhones(stage: FallbackStage, number: number): Promise<FallbackPhone[]> {
  const phones = Array.from({ length: number }, (_, index) => new FallbackPhone(index));
  for (const { digits, hasWhatsApp } of phones) {
    const apps = { WhatsApp: hasWhatsApp };
    await stage.simulators.handsets.change(digits, { apps, readsAfterMs: null });
  }
  return phones;
}

/** Whether all that were accepted come to an end while there is patience. */
function endsInTime({ sink }: FallbackStage, phones: readonly FallbackPhone[]): Promise<boolean> {
  const accepted = phones.filter(({ acceptedAt }) => acceptedAt !== null).length;
  return within(sink.untilEnded(accepted), patienceMs);
}

async function count(
  { simulators, sink, relay }: FallbackStage,
  phones: readonly FallbackPhone[],
): Promise<FallbackTally> {
  const tally = new FallbackTally();
  for (const phone of phones) {
    const view = await simulators.handsets.show(phone.digits);
    const told = sink.told(phone.reference);
    const refusedAt = relay.refusedAt(phone.digits);
    tally.judge(phone, { shown: view?.messages ?? [], told, refusedAt });
  }
  return tally;
}

async function sendAll(
  stage: FallbackStage,
  phones: readonly FallbackPhone[],
  ratePerSecond: number,
): Promise<void> {
  const requests: Promise<void>[] = [];
  const startedAt = performance.now();
  for (const [index, phone] of phones.entries()) {
    const aheadMs = startedAt + (index * 1_000) / ratePerSecond - performance.now();
    // The pace of the load, not a wait for anything.
    if (aheadMs > 0) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    requests.push(sendTo(stage, phone));
  }
  await Promise.all(requests);
}

async function sendTo({ url, token }: FallbackStage, phone: FallbackPhone): Promise<void> {
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

/** Whether a promise is kept in time. */
async function within(promise: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  return Promise.race([promise.then(() => true), over]).finally(() => clearTimeout(timer));
}

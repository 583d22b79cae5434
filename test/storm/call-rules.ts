import type { CallRecord } from '../rig/callbacks.ts';
import { incarnationAt, type StormLedger } from './ledger.ts';
import { endOf, type Fate } from './messages.ts';
import type { Violation } from './rules.ts';

/** Rejected, delivered or failed. */
export function isEnd(status: number): boolean {
  return status === 1 || status === 2 || status === 3;
}

/**
 * The rules for what the customer was told of one message.
 *
 * @param calls all calls about it, in order.
 * @param repeated told of the incarnation in whose crash the taking of a report was lost.
 */
export function checkCalls(
  message: { index: number; fate: Fate },
  calls: readonly CallRecord[],
  ledger: Pick<StormLedger, 'starts'>,
  repeated: (incarnation: number) => void,
): Violation[] {
  const { index, fate } = message;
  const broken: Violation[] = [];
  const fail = (rule: Violation['rule'], sentence: string) =>
    broken.push({ rule, index, sentence });

  if (!calls.some((call) => isEnd(call.status) && call.answer === 200)) {
    fail('no-end', 'its end was not told');
  }
  let end: number | null = null;
  const ids = new Map<number, string | null>();
  const takenAt = new Map<number, number>();
  for (const { at, status, webhookId, answer } of calls) {
    if (end !== null && status !== end) {
      if (isEnd(status)) fail('two-ends', `${status} was told after ${end}`);
      else fail('backwards', `${status} was told after ${end}`);
    }
    if (isEnd(status)) end ??= status;
    if (webhookId === null) fail('told-again', `${status} was told without a webhook-id`);
    if ((ids.get(status) ?? webhookId) !== webhookId) {
      fail('told-again', `${status} was told under two webhook-ids`);
    }
    ids.set(status, webhookId);
    const taken = takenAt.get(status);
    if (taken !== undefined) {
      const incarnation = incarnationAt(ledger, taken);
      if (incarnation < incarnationAt(ledger, at)) repeated(incarnation);
      else fail('told-again', `${status} was told again although it had been taken`);
    }
    if (answer === 200) takenAt.set(status, at);
  }
  if (end !== null && end !== endOf[fate]) {
    fail('wrong-end', `${end} was told of a message that was ${fate}`);
  }
  // A delivered message was accepted by the operator before, and the customer wants to know both.
  if (end === 2 && !ids.has(0)) fail('backwards', '2 was told without 0 before it');
  return broken;
}

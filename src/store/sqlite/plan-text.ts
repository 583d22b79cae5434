import type { Channel } from '../../core/channel-names.ts';
import type { Step } from '../../core/message.ts';
import { readChannel } from './words.ts';

/**
 * A plan as one short text, for its column and for the way between threads: a JSON array of arrays. Most
 * messages of a gateway share a handful of plans, so texts that were read before are not parsed again.
 */
export function writePlan(plan: readonly Step[]): string {
  const known = texts.get(plan);
  if (known !== undefined) return known;
  return JSON.stringify(
    plan.map(({ channel, connection, parts, timeoutMs, concatReference }) => [
      channel,
      connection,
      parts,
      timeoutMs,
      concatReference,
    ]),
  );
}

/** The plan that `writePlan` wrote. Frozen in effect: the same text gives the same object. */
export function readPlan(text: string): readonly Step[] {
  const known = plans.get(text);
  if (known !== undefined) return known;
  const rows: [Channel, string, number, number | null, number][] = JSON.parse(text);
  const plan = rows.map(
    ([channel, connection, parts, timeoutMs, concatReference]): Step => ({
      channel: readChannel(channel),
      connection,
      parts,
      timeoutMs,
      concatReference,
    }),
  );
  if (plans.size >= plansMax) plans.clear();
  plans.set(text, plan);
  texts.set(plan, text);
  return plan;
}

const plansMax = 1000;
const plans = new Map<string, readonly Step[]>();
const texts = new WeakMap<readonly Step[], string>();

import type { Message, Step } from '../../core/message.ts';
import type { DryMessage, DryRequest } from '../../intake/dry-run.ts';
import type { ChannelExplanation } from '../../routing/route.ts';
import { describeRejection } from '../json/errors.ts';

/** What a dry run has seen, as the answer of `POST /api/plan` says it (docs/reference/api.md). */
export function describePlan(seen: DryRequest | null): object {
  const messages = seen?.messages ?? [];
  return {
    messages: messages.map((message, index) => describeMessage(message, isTaken(seen, index))),
  };
}

/** Whether the request as a whole lets the message through. */
function isTaken(seen: DryRequest | null, index: number): boolean {
  return seen?.result?.kind === 'done' && (seen.result.results[index]?.id ?? null) !== null;
}

function describeMessage({ to, reference, made, route }: DryMessage, isAccepted: boolean): object {
  const passed = route?.channels.filter(({ hop }) => hop === null) ?? [];
  const routing = {
    why: route?.why ?? null,
    leftOut: passed.map(({ channel, why, passedOver }) => ({ channel, why, passedOver })),
  };
  if ('reason' in made) {
    const { code, details } = describeRejection(made);
    return { to, reference, outcome: 'rejected', errorCode: code, details, ...routing };
  }
  const hops = route?.channels.filter(({ hop }) => hop !== null) ?? [];
  const steps = made.plan.map((step, index) => describeStep(step, hops[index]));
  return {
    to,
    reference,
    outcome: isAccepted ? 'accepted' : 'withheld',
    errorCode: 0,
    details: null,
    ...describeFacts(made),
    steps,
    ...routing,
  };
}

function describeFacts({ from, msisdn, operator, expiresAt, content }: Message): object {
  return {
    from,
    recipient: msisdn,
    operator,
    expiresAt: new Date(expiresAt).toISOString(),
    encoding: content.encoding,
  };
}

function describeStep(step: Step, explanation: ChannelExplanation | undefined): object {
  const { channel, connection, parts, timeoutMs } = step;
  const cost = explanation?.cost ?? null;
  return {
    channel,
    connection,
    parts,
    cost: cost === null ? null : multiply(cost, parts),
    waitMs: timeoutMs,
    why: explanation?.why ?? '',
    passedOver: explanation?.passedOver ?? [],
  };
}

/** Prices are decimal: 3 parts of 0.1 are 0.3, and not a trillionth more. */
function multiply(cost: number, parts: number): number {
  return Number((cost * parts).toFixed(9));
}

import { hash } from 'node:crypto';
import type { InboundPart } from '../core/inbound.ts';

/**
 * Where the provider gives messages no id, the same content from the same handset within this time is one message
 * that the operator sent again. Two equal texts a minute apart are two messages.
 */
export const repeatWindowMs = 50_000;

/** A message with the same id of the provider is known as a repetition for this time: providers repeat for seven days. */
export const providerIdKeptMs = 8 * 24 * 60 * 60 * 1000;

/** What never completes of a long message is delivered after this time, and so long its parts are known: an hour. */
export const partsWaitMs = 60 * 60 * 1000;

/** Under which key, and until when, a part is known that comes at `now`. */
export function repeatOf(
  part: InboundPart,
  now: number,
): { repeatKey: string; repeatUntil: number } {
  const { connection, channel, concat, providerId, event } = part;
  if (providerId !== null) {
    const names = ['id', connection, channel, providerId, event, concat?.sequence ?? 0];
    return { repeatKey: keyOf(names), repeatUntil: now + providerIdKeptMs };
  }
  const { from, to, text, udh, isBinary, custom, media } = part;
  const place = concat === null ? null : [concat.reference, concat.total, concat.sequence];
  const content = [from, to, text, udh, isBinary, custom, media?.contentType ?? null];
  const names = ['content', connection, channel, event, ...content, place];
  return {
    repeatKey: keyOf(names),
    repeatUntil: now + (concat === null ? repeatWindowMs : partsWaitMs),
  };
}

function keyOf(names: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(names), 'base64url');
}

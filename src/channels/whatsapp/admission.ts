import type { ReadyStep } from '../../core/ready-step.ts';
import { listWaitingParts } from '../waiting-parts.ts';
import { mapContent } from './bubbles.ts';
import { Fault } from './fault.ts';
import type { Job } from './pair-line.ts';
import type { Recipients } from './recipients.ts';
import type { WhatsappSettings } from './settings.ts';
import { isMarketing } from './templates.ts';

/** What a step that was taken comes to before any call is made. */
export type Admission =
  | { readonly kind: 'admitted'; readonly job: Job }
  /** No call can succeed: the error of each of these parts. */
  | { readonly kind: 'refused'; readonly parts: readonly number[]; readonly error: 20 | 23 }
  /** Its time is over: others end it. */
  | { readonly kind: 'expired' };

/** Makes the calls of a step, or says why it cannot be sent. `wallNow` in epoch milliseconds. */
export function admitStep(
  ready: ReadyStep,
  settings: WhatsappSettings,
  recipients: Recipients,
  wallNow: number,
): Admission {
  const { message, step } = ready;
  const { msisdn } = message;
  if (message.expiresAt <= wallNow) return { kind: 'expired' };
  const waiting = listWaitingParts(ready);
  const bubbles = mapContent(message.content, settings);
  if (bubbles instanceof Fault || bubbles.length !== message.plan[step]?.parts) {
    return { kind: 'refused', parts: waiting, error: 20 };
  }
  if (!isRecipient(msisdn)) return { kind: 'refused', parts: waiting, error: 23 };
  const hasFallback = step < message.plan.length - 1;
  // That a number has no WhatsApp may have changed: with nothing else to try, it is tried.
  if (hasFallback && recipients.isAbsent(msisdn, wallNow)) {
    return { kind: 'refused', parts: waiting, error: 23 };
  }
  if (
    recipients.hasStoppedMarketing(msisdn, wallNow) &&
    waiting.some((part) => isMarketing(bubbles[part]?.message ?? {}, settings.templates))
  ) {
    return { kind: 'refused', parts: waiting, error: 23 };
  }
  const isFree = waiting.some((part) => bubbles[part]?.isTemplate === false);
  const mayWriteFreely =
    recipients.isWindowOpen(msisdn, wallNow) ?? settings.unknownWindow === 'try';
  if (isFree && !mayWriteFreely) return { kind: 'refused', parts: waiting, error: 20 };
  return { kind: 'admitted', job: { ready, bubbles, waiting, isBegun: false } };
}

/** The field of a call that names the recipient: a phone number, or a business-scoped user id (whatsapp-cloud §9). */
export function recipientField(msisdn: string): 'to' | 'recipient' {
  return isDigits(msisdn) ? 'to' : 'recipient';
}

function isRecipient(text: string): boolean {
  return isDigits(text) || /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/.test(text);
}

function isDigits(text: string): boolean {
  return /^\d{5,20}$/.test(text);
}

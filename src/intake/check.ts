import type { Account } from '../core/account.ts';
import type { Channel } from '../core/channel-names.ts';
import type { Content, Groupings } from '../core/message.ts';
import { orderChannels } from '../routing/channel-order.ts';
import { type AllowedChannels, readAllowedChannels } from './allowed-channels.ts';
import { readBody } from './body.ts';
import {
  groupingCharactersMax,
  referenceCharactersMax,
  referenceEchoCharactersMax,
} from './limits.ts';
import { type Rejection, rejectField } from './rejection.ts';
import type { IntakeMessage, Recipients } from './request.ts';
import { hasSender, isSender } from './sender.ts';
import { cleanText } from './text-cleaning.ts';
import { parseValidity } from './validity.ts';

/**
 * What is known of a `msg` before its recipients are looked at. A recipient's rejection is, in the
 * order of contract §4.4: `early` (rows 1 to 4), its own number's (5, 6), `late` (7 to 10).
 */
export interface CheckedMessage {
  /** As sent; a single null when there are no usable ones (contract §4.1). */
  readonly recipients: readonly (string | null)[];
  readonly early: Rejection | null;
  readonly late: Rejection | null;
  /** Null when `early` or `late` is not. */
  readonly facts: MessageFacts | null;
  /** What results say of the reference; null also for accounts whose references do not work. */
  readonly reference: string | null;
  readonly hasPhoneNumbers: boolean;
}

/** What all messages of one `msg` have in common. */
export interface MessageFacts {
  readonly from: string;
  readonly reference: string | null;
  readonly groupings: Groupings;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The channels to be tried, in order. */
  readonly channels: readonly Channel[];
  readonly content: Content;
  readonly smsParts: number;
  /** Bubbles on a channel that takes rich content. */
  readonly richItems: number;
  /** As the customer named it. */
  readonly operator: string | null;
  /** In cents. */
  readonly tariff: number | null;
}

/** Checks everything about a `msg` that does not depend on a recipient (contract §3.2, §4.4). */
export function checkMessage(
  message: IntakeMessage,
  account: Account,
  acceptedAt: number,
): CheckedMessage {
  const names = message.allowedChannels;
  const allowed = readAllowedChannels(names === 'not-an-array' ? null : names);
  const channels = orderChannels(account.channels, allowed.channels);
  const recipients = usableRecipients(message.to);
  const early = checkEarly(message, channels);
  const checked = early ?? checkLate(message, account, allowed, channels, acceptedAt);
  const isRejected = 'reason' in checked;
  return {
    recipients: recipients ?? nobody,
    early,
    late: isRejected && early === null ? checked : null,
    facts: isRejected ? null : checked,
    reference: echoReference(message.reference, account),
    hasPhoneNumbers: allowed.hasPhoneNumbers,
  };
}

const nobody = [null];

function usableRecipients(to: Recipients): readonly (string | null)[] | null {
  return typeof to === 'string' || to === null || to.length === 0 ? null : to;
}

function echoReference(reference: string | null, account: Account): string | null {
  if (reference === null || account.references === 'ignored') return null;
  return reference.length > referenceEchoCharactersMax ? null : reference;
}

const fromMissing: Rejection = { reason: 'from-missing' };
const fromInvalid: Rejection = { reason: 'from-invalid' };
const toMissing: Rejection = { reason: 'to-missing' };
const toNotArray: Rejection = { reason: 'to-not-array' };
const toTooMany: Rejection = { reason: 'to-too-many' };
const channelsNotArray: Rejection = { reason: 'channels-not-array' };

function checkEarly(message: IntakeMessage, channels: readonly Channel[]): Rejection | null {
  const { from, to } = message;
  if (!hasSender(from)) return fromMissing;
  if (!isSender(from, channels.includes('SMS'))) return fromInvalid;
  if (to === 'not-an-array') return toNotArray;
  if (to === 'too-many') return toTooMany;
  return usableRecipients(to) === null ? toMissing : null;
}

/** Rows 7 to 10; within row 10 the fields in the order of contract §3.2. */
function checkLate(
  message: IntakeMessage,
  account: Account,
  allowed: AllowedChannels,
  channels: readonly Channel[],
  acceptedAt: number,
): Rejection | MessageFacts {
  const { rich } = message;
  const richItems = rich !== null && 'items' in rich ? rich.items : 0;
  // Where `body` is never what is sent, rich content may stand alone (contract §3.4).
  const isTextNeeded = richItems === 0 || readsText(allowed, channels);
  const body = readBody(message, account, isTextNeeded);
  if ('reason' in body && body.reason !== 'field-invalid') return body;
  if (message.allowedChannels === 'not-an-array') return channelsNotArray;
  if (allowed.unknown !== null) return unknownChannel;
  if ('reason' in body) return body;
  const fault = checkReference(message.reference, account) ?? checkGroupings(message.groupings);
  if (fault !== null) return fault;
  const validity = parseValidity(message.validity ?? undefined, acceptedAt);
  if ('fault' in validity) return rejectField('validity', validity.fault);
  const appKey = message.appKey?.trim() ? message.appKey : null;
  if (appKey !== null && !guid.test(appKey)) return appKeyInvalid;
  const reachable = withoutPush(channels, appKey);
  if (reachable === null) return appKeyMissing;
  if (rich !== null && 'fault' in rich) return rejectField('richContent', rich.fault);
  return {
    from: message.from ?? '',
    reference: account.references === 'ignored' ? null : message.reference,
    groupings: cleanGroupings(message.groupings),
    expiresAt: validity.expiresAt,
    channels: reachable,
    content: {
      text: body.text,
      encoding: body.encoding,
      udh: body.udh,
      partsMax: body.partsMax,
      rich: rich?.json ?? null,
      appKey,
    },
    smsParts: body.parts,
    richItems: Math.max(richItems, 1),
    operator: message.operator ?? null,
    tariff: message.tariff ?? null,
  };
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const unknownChannel = rejectField(
  'allowedChannels',
  'The allowedChannels hold a name that is no channel.',
);
const appKeyInvalid = rejectField('appKey', 'The appKey must be a GUID with hyphens.');
const appKeyMissing = rejectField('appKey', 'The Push channel needs an appKey.');

/** Whether a channel that shows `body` is among those of the request, or else of the account. */
function readsText(allowed: AllowedChannels, channels: readonly Channel[]): boolean {
  if (allowed.channels !== null) return allowed.needsText;
  return channels.includes('SMS') || channels.includes('Push');
}

/** Push cannot be tried without an app (contract §7.3); null when that leaves nothing to try. */
function withoutPush(channels: readonly Channel[], appKey: string | null) {
  if (appKey !== null || !channels.includes('Push')) return channels;
  return channels.length === 1 ? null : channels.filter((channel) => channel !== 'Push');
}

const printable = new RegExp(`^[\\x20-\\x7e]{1,${referenceCharactersMax}}$`);
const alphanumeric = new RegExp(`^[A-Za-z0-9]{1,${referenceCharactersMax}}$`);

const referenceInvalid = rejectField(
  'reference',
  `The reference must be 1 to ${referenceCharactersMax} printable ASCII characters.`,
);
const referenceNotStrict = rejectField(
  'reference',
  `The reference must be 1 to ${referenceCharactersMax} alphanumeric characters.`,
);

function checkReference(reference: string | null, account: Account): Rejection | null {
  if (reference === null) return null;
  switch (account.references) {
    case 'ignored':
      return null;
    case 'tolerant':
      return printable.test(reference) ? null : referenceInvalid;
    case 'strict':
      return alphanumeric.test(reference) ? null : referenceNotStrict;
  }
}

const groupingFields = ['customGrouping', 'customGrouping2', 'customGrouping3'] as const;

function checkGroupings(groupings: Groupings): Rejection | null {
  for (let index = 0; index < groupingFields.length; index++) {
    const grouping = groupings[index] ?? '';
    if (grouping.length <= groupingCharactersMax) continue;
    if (countCharacters(grouping) <= groupingCharactersMax) continue;
    const field = groupingFields[index] ?? 'customGrouping';
    return rejectField(field, `The ${field} has more than ${groupingCharactersMax} characters.`);
  }
  return null;
}

/** Characters rather than code units; a text that is far too long is not walked through. */
function countCharacters(text: string): number {
  return text.length > groupingCharactersMax * 2 ? text.length : Array.from(text).length;
}

function cleanGroupings(groupings: Groupings): Groupings {
  const [first, second, third] = groupings;
  if (first === null && second === null && third === null) return groupings;
  return [cleanGrouping(first), cleanGrouping(second), cleanGrouping(third)];
}

function cleanGrouping(grouping: string | null): string | null {
  return grouping === null || grouping === '' ? null : cleanText(grouping);
}

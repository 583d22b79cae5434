import { encodeAlphabet } from '../../text/alphabets.ts';
import { countSeptets, isGsm } from '../../text/gsm0338.ts';
import type { NumberingPlan } from './setting-readers.ts';
import type { SmsSettings } from './settings.ts';

/** An address as a PDU carries it: `text` holds one octet a character. */
export interface SmppAddress extends NumberingPlan {
  readonly text: string;
}

/** GSM 03.40 §9.1.2.5: an alphanumeric address has room for 11 septets. */
export const alphanumericSeptetsMax = 11;
/** The seed's longest sender of digits, without a prefix. */
export const senderDigitsMax = 16;
/** Senders up to here without a prefix are short codes. */
export const shortCodeDigitsMax = 8;
/** E.164 has 15; some operators put routing digits in front, and the field holds 20. */
const destinationDigitsMax = 20;
/** Senders remembered with their address: nearly all traffic comes from a few. */
const rememberedSendersMax = 1_000;

/** What the rules for source addresses need to know (sms-operators §3.1). */
export type SenderRules = Pick<
  SmsSettings,
  | 'internationalPlan'
  | 'alphanumericPlan'
  | 'shortCodePlan'
  | 'nationalPlan'
  | 'allowedSenders'
  | 'substituteSender'
  | 'defaultAlphabet'
>;

/**
 * Turns senders into source addresses. The result is null for one that cannot be written as an
 * address or that the operator does not allow.
 */
export function createSourceAddresses(rules: SenderRules): (from: string) => SmppAddress | null {
  const allowed = new Set(rules.allowedSenders);
  const known = new Map<string, SmppAddress | null>();
  return (from) => {
    const found = known.get(from);
    if (found !== undefined) return found;
    const isAllowed = allowed.size === 0 || allowed.has(from);
    const sender = isAllowed ? from : rules.substituteSender;
    const address = sender === '' ? null : readSourceAddress(sender, rules);
    if (known.size >= rememberedSendersMax) known.clear();
    known.set(from, address);
    return address;
  };
}

/**
 * Whether a sender can be written as a source address. One that the operator does not allow can: whether it may be
 * used is the operator's to say, and what comes of it a report's.
 */
export function createSenderCheck(rules: SenderRules): (from: string) => boolean {
  const findSource = createSourceAddresses({ ...rules, allowedSenders: [] });
  const allowed = new Set(rules.allowedSenders);
  return (from) => (allowed.size > 0 && !allowed.has(from)) || findSource(from) !== null;
}

function readSourceAddress(from: string, rules: SenderRules): SmppAddress | null {
  const [, prefix = '', digits] = /^(\+|00)?(\d+)$/.exec(from) ?? [];
  if (digits === undefined) return readAlphanumericAddress(from, rules);
  if (digits.length > senderDigitsMax) return null;
  if (prefix !== '') return { ...rules.internationalPlan, text: digits };
  if (digits.length <= shortCodeDigitsMax) {
    const { shortCodePlan: plan } = rules;
    return plan.ton === 5 ? readAlphanumericAddress(digits, rules) : { ...plan, text: digits };
  }
  // A trunk prefix: the number says nothing outside its country.
  if (digits.startsWith('0'))
    return { ...(rules.nationalPlan ?? { ton: 0, npi: 1 }), text: digits };
  return { ...rules.internationalPlan, text: digits };
}

function readAlphanumericAddress(from: string, rules: SenderRules): SmppAddress | null {
  if (!isGsm(from) || countSeptets(from) > alphanumericSeptetsMax) return null;
  // Packed septets have no place in a C-Octet String; SMSCs that want them in texts want ASCII here.
  const alphabet = rules.defaultAlphabet === 'packed' ? 'ascii' : rules.defaultAlphabet;
  const text = encodeAlphabet(from, alphabet).toString('latin1');
  // "@" is 0x00 in GSM, which would end the field.
  return text === '' || text.includes('\0') ? null : { ...rules.alphanumericPlan, text };
}

/** Whether `msisdn` can stand in destination_addr: digits, as many as there is room for. */
export function isDestination(msisdn: string): boolean {
  if (msisdn.length === 0 || msisdn.length > destinationDigitsMax) return false;
  for (let index = 0; index < msisdn.length; index++) {
    const code = msisdn.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/**
 * An address that came from the operator, in our form: numbers as digits without "+" or "00",
 * names as they are.
 */
export function readAddress(ton: number, text: string): string {
  if (ton === 5) return text;
  const bare = text.startsWith('+') ? text.slice(1) : text;
  return bare.startsWith('00') && isDestination(bare) ? bare.slice(2) : bare;
}

/** The handset of a receipt as digits; null when the address is none. */
export function readHandset(text: string): string | null {
  const digits = readAddress(1, text);
  return isDestination(digits) ? digits : null;
}

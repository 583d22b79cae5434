import { senderCharactersMax, senderDigitsMax, senderIdCharactersMax } from './limits.ts';

const digits = new RegExp(`^(?:\\+|00)?\\d{1,${senderDigitsMax}}$`);

/**
 * Letters and digits, and what real senders put between them, as in "CM Telecom" and "CM.com":
 * all of printable ASCII. Beyond it an operator's alphabet for addresses is anybody's guess.
 */
const alphanumeric = new RegExp(`^[\\x20-\\x7e]{1,${senderCharactersMax}}$`);

/** A name or id of another channel: anything that can be seen. */
const senderId = new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${senderIdCharactersMax}}$`, 'u');

/** Whether there is a sender at all; blank is none. */
export function hasSender(from: string | null): from is string {
  return from !== null && from.trim() !== '';
}

/**
 * Whether `from` can be a sender (contract §3.2): over SMS up to 11 characters, or up to 16 digits
 * after an optional `+` or `00`; where SMS cannot be used, an id of the channel.
 */
export function isSender(from: string, isSmsPossible: boolean): boolean {
  return isSmsPossible ? alphanumeric.test(from) || digits.test(from) : senderId.test(from);
}

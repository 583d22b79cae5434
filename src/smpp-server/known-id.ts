import type { MessageId } from '../core/message.ts';
import type { Tlvs } from '../smpp/tlvs.ts';

const idPattern = /^[0-9a-f]{32}$/;

/** Whether a text can be a message id of ours. */
export function isMessageId(text: string): boolean {
  return idPattern.test(text);
}

/**
 * The id that a customer knows a message by. The messages of one submit_multi go by one id in SMPP
 * (§4.5.2), which each of them has as its reference; other references over SMPP are short numbers.
 */
export function knownIdOf(message: { messageId: MessageId; reference: string | null }): string {
  const { messageId, reference } = message;
  return reference !== null && isMessageId(reference) ? reference : messageId;
}

/** The customer's user_message_reference comes back in its receipt (SMPP 3.4 §5.3.2.17). */
export function referenceTlv(reference: string | null): Pick<Tlvs, 'user_message_reference'> {
  const number = reference !== null && /^\d{1,5}$/.test(reference) ? Number(reference) : null;
  return number === null || number > 0xffff ? {} : { user_message_reference: number };
}

/** An address of a PDU that goes to an ESME: type of number, numbering plan and text. */
export interface DeliveryAddress {
  readonly ton: number;
  readonly npi: number;
  /** One octet a character, as C-Octet Strings have it. */
  readonly text: string;
}

/** destination_addr and source_addr of deliver_sm have 21 octets, the last of which is NUL. */
export const addressCharactersMax = 20;
/** Numbers up to here without a prefix are short codes, as in `channels/sms`. */
const shortCodeDigitsMax = 8;

const [international, national, shortCode, alphanumeric] = [
  { ton: 1, npi: 1 },
  { ton: 0, npi: 1 },
  { ton: 3, npi: 0 },
  { ton: 5, npi: 0 },
] as const;

/** The address of a phone, written as the customer wrote it, so that receipts can be told by it. */
export function writeHandset(text: string): DeliveryAddress {
  const plan = /^(?:\+|00)?\d+$/.test(text) ? international : alphanumeric;
  return { ...plan, text: fit(text) };
}

/** A sender of ours: a number with country code, a short code or a name. */
export function writeSender(text: string): DeliveryAddress {
  return { ...planOf(text), text: fit(text) };
}

function planOf(text: string): Omit<DeliveryAddress, 'text'> {
  const [, prefix = '', digits] = /^(\+|00)?(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return alphanumeric;
  if (prefix !== '') return international;
  if (digits.length <= shortCodeDigitsMax) return shortCode;
  // A trunk prefix: the number says nothing outside its country.
  return digits.startsWith('0') ? national : international;
}

/** Other channels have ids that no SMPP address can hold; what cannot be written must not stop a delivery. */
function fit(text: string): string {
  const octets = text.replaceAll('\0', '?').replaceAll(/[^\p{ASCII}\u0080-\u00ff]/gu, '?');
  return octets.slice(0, addressCharactersMax);
}

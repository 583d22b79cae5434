import { normalisePhoneNumber } from '../../intake/phone-number.ts';
import { parseDateTime } from '../../intake/validity.ts';
import type { ReportedConversion } from '../../store/conversion-contract.ts';
import type { Fields } from './document.ts';

/** What a report says, or a sentence that says what is wrong with it. */
export type Report = Omit<ReportedConversion, 'account'> | { readonly fault: string };

/** Reads the fields of a conversion (contract §10). */
export function readReport(fields: Fields): Report {
  const reference = fields.get('reference') ?? null;
  const number = fields.get('msisdn');
  if (reference === null && number === undefined) return noMessage;
  const phone = number === undefined ? null : normalisePhoneNumber(number);
  if (phone !== null && 'fault' in phone) return badNumber;
  const converted = fields.get('convertedtimestamp');
  if (converted === undefined) return noTime;
  const convertedAt = parseDateTime(converted);
  if (convertedAt === undefined) return badTime('ConvertedTimestamp');
  const notified = fields.get('notificationtimestamp');
  const notifiedAt = notified === undefined ? null : parseDateTime(notified);
  if (notifiedAt === undefined) return badTime('NotificationTimestamp');
  return { reference, msisdn: phone?.msisdn ?? null, convertedAt, notifiedAt };
}

const noMessage = { fault: 'Give a Reference or an Msisdn.' };
const badNumber = { fault: 'The Msisdn is not a number.' };
const noTime = { fault: 'Give a ConvertedTimestamp.' };

function badTime(field: string): { fault: string } {
  return { fault: `The ${field} is not a date and time.` };
}

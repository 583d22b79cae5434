import {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import { createPrefixTable } from '../lib/prefix-table.ts';

/** Digits after `00`: E.164 allows fifteen (contract §3.3). */
export const msisdnDigitsMin = 7;
export const msisdnDigitsMax = 15;

/** The longest text that is looked at: fifteen digits with room for every separator. */
export const phoneNumberTextMax = 64;

export interface PhoneNumber {
  /** Country code and number, digits only, without `00`. */
  readonly msisdn: string;
  /** ISO 3166 two-letter code; absent where the calling code belongs to no one country. */
  readonly country?: CountryCode;
  /** Digits, `31`; empty when no country or network has the number's first digits. */
  readonly callingCode: string;
}

export type PhoneNumberFault =
  /** Nothing was sent, or white space only: error 302. */
  | { readonly fault: 'empty' }
  /** It still holds something else than digits, too few or too many: error 303. */
  | { readonly fault: 'not-a-number' };

/**
 * Reads a recipient as customers write them (contract §3.3): spaces, hyphens, dots and brackets
 * are dropped, `+` and `00` mean the same, digits without either are international too. A trunk
 * zero after the country code, `+31 (0)76...`, goes where the country's numbers have none.
 *
 * A number that no numbering plan knows is still a number: delivery decides.
 */
export function normalisePhoneNumber(asSent: string | undefined): PhoneNumber | PhoneNumberFault {
  if (asSent === undefined || asSent.trim() === '') return empty;
  if (asSent.length > phoneNumberTextMax) return notANumber;
  let sent = asSent;
  if (!isNumber(sent)) {
    sent = dropSeparators(asSent);
    if (!isNumber(sent)) return notANumber;
  }
  const plus = sent.startsWith('+') ? 1 : 0;
  const start = sent.startsWith('00', plus) ? plus + 2 : plus;
  const digits = sent.length - start;
  if (digits < msisdnDigitsMin || digits > msisdnDigitsMax) return notANumber;
  return describe(sent.slice(start));
}

const empty: PhoneNumberFault = { fault: 'empty' };
const notANumber: PhoneNumberFault = { fault: 'not-a-number' };

/** Who has a calling code or a part of one. */
interface Area {
  readonly callingCode: string;
  readonly country?: CountryCode;
}

/** Calling codes that several countries share: the one that has what the others do not. */
const mainCountries: ReadonlyMap<string, CountryCode> = new Map([
  ['1', 'US'],
  ['7', 'RU'],
  ['39', 'IT'],
  ['44', 'GB'],
  ['47', 'NO'],
  ['61', 'AU'],
  ['212', 'MA'],
  ['262', 'RE'],
  ['290', 'SH'],
  ['358', 'FI'],
  ['590', 'GP'],
  ['599', 'CW'],
]);

/**
 * The others, by what follows the calling code. Where two share blocks down to the thousand, or
 * have no mobile numbers of their own, the main country has all: +590, +212, +44 9.
 */
const territories: readonly (readonly [callingCode: string, CountryCode, prefixes: string])[] = [
  [
    '1',
    'CA',
    `204 226 236 249 250 257 263 273 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468
     474 506 514 519 548 579 581 584 587 600 604 613 622 633 639 644 647 655 672 677 683 688 705 709 742 753 778 780 782 807 819
     825 867 873 879 902 905 942`,
  ],
  ['1', 'AG', '268'],
  ['1', 'AI', '264'],
  ['1', 'AS', '684'],
  ['1', 'BB', '246'],
  ['1', 'BM', '441'],
  ['1', 'BS', '242'],
  ['1', 'DM', '767'],
  ['1', 'DO', '809 829 849'],
  ['1', 'GD', '473'],
  ['1', 'GU', '671'],
  ['1', 'JM', '658 876'],
  ['1', 'KN', '869'],
  ['1', 'KY', '345'],
  ['1', 'LC', '758'],
  ['1', 'MP', '670'],
  ['1', 'MS', '664'],
  ['1', 'PR', '787 939'],
  ['1', 'SX', '721'],
  ['1', 'TC', '649'],
  ['1', 'TT', '868'],
  ['1', 'VC', '784'],
  ['1', 'VG', '284'],
  ['1', 'VI', '340'],
  ['7', 'KZ', '7'],
  ['39', 'VA', '06698'],
  ['44', 'GG', '1481 7781 7839 79111 79117'],
  ['44', 'IM', '1624 74576 7524 7624'],
  ['44', 'JE', '1534 7509 77003 77007 77008 7797 7829 7937'],
  ['47', 'SJ', '79'],
  ['61', 'CC', '89162'],
  ['61', 'CX', '89164'],
  ['262', 'YT', '2689 269 639 7093'],
  ['290', 'TA', '8'],
  ['358', 'AX', '18'],
  ['599', 'BQ', '3 4 7'],
];

/** Calling codes of satellite and shared services, which belong to no country (ITU-T E.164). */
const globalCodes = ['800', '808', '870', '878', '881', '882', '883', '888', '979'];

const areas = createPrefixTable(listAreas());

function* listAreas(): Generator<readonly [prefix: string, area: Area]> {
  for (const country of getCountries()) {
    const callingCode: string = getCountryCallingCode(country);
    const owner = mainCountries.get(callingCode) ?? country;
    if (owner === country) yield [callingCode, { callingCode, country }];
  }
  for (const [callingCode, country, prefixes] of territories) {
    const area = { callingCode, country };
    for (const prefix of prefixes.split(/\s+/)) yield [callingCode + prefix, area];
  }
  for (const callingCode of globalCodes) yield [callingCode, { callingCode }];
}

function describe(msisdn: string): PhoneNumber {
  const area = areas.find(msisdn);
  if (area === undefined) return { msisdn, callingCode: '' };
  const { callingCode, country } = area;
  if (country === undefined) return { msisdn, callingCode };
  if (msisdn.charCodeAt(callingCode.length) !== digitZero) return { msisdn, country, callingCode };
  const shorter = dropTrunkZero(msisdn);
  // Without its zero the number may show that it belongs to another country of the same code.
  return { msisdn: shorter, country: areas.find(shorter)?.country ?? country, callingCode };
}

/**
 * Some countries' numbers begin with a zero that belongs to them (Italy, Ivory Coast, Benin), in
 * most it is dialled inside the country only. The library knows; it takes microseconds, and few
 * numbers come here.
 */
function dropTrunkZero(msisdn: string): string {
  const known = parsePhoneNumberFromString(`+${msisdn}`);
  if (known === undefined || !known.isValid()) return msisdn;
  const shorter = known.number.slice(1);
  return shorter.length >= msisdnDigitsMin ? shorter : msisdn;
}

const plusSign = 43;
const digitZero = 48;
const digitNine = 57;

/** Whether `text` is digits and nothing else, but for a plus before them. */
function isNumber(text: string): boolean {
  for (let i = text.charCodeAt(0) === plusSign ? 1 : 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < digitZero || unit > digitNine) return false;
  }
  return true;
}

/** Spaces may be no-break spaces: so numbers come out of documents. */
function dropSeparators(text: string): string {
  return text.trim().replaceAll(/[ \u00a0\-.()[\]]/g, '');
}

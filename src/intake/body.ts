import type { Account } from '../core/account.ts';
import type { Content, Encoding } from '../core/message.ts';
import {
  chooseEncoding,
  countParts,
  isHexadecimal,
  partsMaxLimit,
  senderHeaderOctetsMax,
} from '../text/segmentation.ts';
import { parseUdh } from '../text/udh.ts';
import { binaryDigitsMax, textCharactersMax } from './limits.ts';
import { type Rejection, rejectField } from './rejection.ts';
import type { IntakeMessage } from './request.ts';
import { cleanText } from './text-cleaning.ts';

/** A body as it goes out over SMS. */
export interface Body extends Pick<Content, 'text' | 'encoding' | 'udh' | 'partsMax'> {
  /** How many SMS parts it makes; at least one. */
  readonly parts: number;
}

/**
 * Reads a message's body and what says how to send it (contract §3.4, §3.5). `isTextNeeded`: an
 * empty content is a fault.
 */
export function readBody(
  message: IntakeMessage,
  account: Account,
  isTextNeeded: boolean,
): Body | Rejection {
  const { body } = message;
  if (body === null) return bodyMissing;
  const sent = body.content ?? '';
  if (sent === '' && isTextNeeded) return contentMissing;
  const type = body.type?.toUpperCase() ?? 'TEXT';
  const text = type === 'BINARY' ? sent.slice(0, binaryDigitsMax) : cutText(sent);
  const encoding = readEncoding(type, message.dcs, text);
  if (typeof encoding !== 'string') return encoding;
  if (encoding === 'binary' && !isHexadecimal(text)) return contentNotHexadecimal;
  const udh = body.header === null || body.header === '' ? null : body.header;
  if (udh !== null && !isHeader(udh)) return headerInvalid;
  const partsMax = readPartsMax(message, account.partsMaxDefault);
  if (typeof partsMax !== 'number') return partsMax;
  const parts =
    udh === null
      ? countParts(text, encoding, partsMax)
      : countParts(text, encoding, partsMax, { headerOctets: udh.length / 2 });
  return { text, encoding, udh, partsMax, parts };
}

const bodyMissing: Rejection = { reason: 'body-missing' };
const contentMissing: Rejection = { reason: 'content-missing' };
const typeInvalid = rejectField('bodyType', 'The body type must be AUTO, TEXT or BINARY.');
const dcsInvalid = rejectField('dcs', 'The dcs must be 0 or 8.');
const contentNotHexadecimal = rejectField(
  'bodyContent',
  'The content of a BINARY body must be pairs of hexadecimal digits.',
);
const headerInvalid = rejectField(
  'bodyHeader',
  'The body header must be a user data header in hexadecimal.',
);
const maximumInvalid = rejectField(
  'maximumNumberOfMessageParts',
  `The maximumNumberOfMessageParts must be a number from 1 to ${partsMaxLimit}.`,
);
const minimumInvalid = rejectField(
  'minimumNumberOfMessageParts',
  'The minimumNumberOfMessageParts must be a number up to the maximumNumberOfMessageParts.',
);

/** AUTO ignores the data coding scheme (spec "Auto detect encoding"), and octets have none. */
function readEncoding(type: string, dcs: number | null, text: string): Encoding | Rejection {
  switch (type) {
    case 'AUTO':
      return chooseEncoding(text);
    case 'BINARY':
      return 'binary';
    case 'TEXT':
      if (dcs === null || dcs === 0) return 'gsm7';
      return dcs === 8 ? 'ucs2' : dcsInvalid;
    default:
      return typeInvalid;
  }
}

/** What could not be sent in any number of parts is cut off, never within a surrogate pair. */
function cutText(text: string): string {
  if (text.length <= textCharactersMax) return cleanText(text);
  const end = textCharactersMax;
  const isWithinPair = (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
  return cleanText(text.slice(0, isWithinPair ? end - 1 : end));
}

function isHeader(udh: string): boolean {
  if (udh.length > senderHeaderOctetsMax * 2 || !isHexadecimal(udh)) return false;
  const parsed = parseUdh(Buffer.from(udh, 'hex'));
  return 'octets' in parsed && parsed.octets === udh.length / 2;
}

/** A minimum alone means that the sender expects as many, whatever the account's default is. */
function readPartsMax(message: IntakeMessage, partsMaxDefault: number): number | Rejection {
  const { partsMin, partsMax } = message;
  if (partsMax !== null && !isWithin(partsMax, 1, partsMaxLimit)) return maximumInvalid;
  if (partsMin === null) return partsMax ?? partsMaxDefault;
  if (!isWithin(partsMin, 0, partsMax ?? partsMaxLimit)) return minimumInvalid;
  return partsMax ?? Math.max(partsMaxDefault, partsMin);
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

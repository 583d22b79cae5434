import { isUtf8 } from 'node:buffer';

/** The parameters of a send request, by name in lower case; those we do not know are left out. */
export interface Parameters {
  readonly values: Readonly<Record<Parameter, string | null>>;
  /** Why the query cannot be trusted to mean what it seems to mean, as a sentence; null when it can. */
  readonly fault: string | null;
}

export type Parameter = 'producttoken' | 'from' | 'to' | 'body' | 'reference' | 'appkey';

/**
 * Reads a query string (contract §6): names in any case, values URL-encoded UTF-8, a plus sign is a space. A
 * per cent sign that no two hexadecimal digits follow stands for itself, as it does in every browser. The values
 * of a parameter that is there twice stand one behind the other, with a comma between.
 */
export function readQuery(query: string): Parameters {
  const values: Record<Parameter, string | null> = {
    producttoken: null,
    from: null,
    to: null,
    body: null,
    reference: null,
    appkey: null,
  };
  let fault: string | null = null;
  for (const pair of query.split('&')) {
    const mark = pair.indexOf('=');
    const name = decode(mark < 0 ? pair : pair.slice(0, mark))
      .toString('latin1')
      .toLowerCase();
    if (!isParameter(name, values)) continue;
    const octets = decode(mark < 0 ? '' : pair.slice(mark + 1));
    if (!isUtf8(octets)) fault = notUtf8;
    const value = octets.toString('utf8');
    const before = values[name];
    // Two numbers are no number and two tokens no token, which is told like any other that is none.
    if (before !== null && name !== 'to' && name !== 'producttoken') fault = twice;
    values[name] = before === null ? value : `${before},${value}`;
  }
  return { values, fault };
}

const notUtf8 = 'The parameters must be UTF-8.';
const twice = 'A parameter must not be there twice.';

function isParameter(name: string, values: Parameters['values']): name is Parameter {
  return Object.hasOwn(values, name);
}

const plus = 0x2b;
const percent = 0x25;
const space = 0x20;

/** The octets that a part of a query stands for. */
function decode(text: string): Buffer {
  // The request line comes as one character for each octet.
  const octets = Buffer.from(text, 'latin1');
  let length = 0;
  for (let i = 0; i < octets.length; i++) {
    let octet = octets[i] ?? 0;
    if (octet === plus) octet = space;
    if (octet === percent) {
      const high = digitOf(octets[i + 1]);
      const low = digitOf(octets[i + 2]);
      if (high >= 0 && low >= 0) {
        octet = high * 16 + low;
        i += 2;
      }
    }
    octets[length++] = octet;
  }
  return octets.subarray(0, length);
}

/** The value of a hexadecimal digit; -1 for anything else. */
function digitOf(octet: number | undefined): number {
  if (octet === undefined) return -1;
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

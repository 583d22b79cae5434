import type { DeliveryError } from '../../core/status.ts';
import type { ErrorRule, StatusKind, StatusRule } from './setting-readers.ts';
import { foldErrorText } from './setting-readers.ts';

/** What a command_status in the answer to a submit means for the part. */
export interface StatusMeaning {
  readonly kind: StatusKind;
  readonly error: DeliveryError;
  /** After so many attempts the part is refused for ever, with `lastError`. */
  readonly attemptsMax?: number;
  readonly lastError?: DeliveryError;
}

/** sms-operators §4, in its order. */
const statusMeanings: readonly (readonly [number, StatusMeaning])[] = [
  [0x01, { kind: 'P', error: 20 }],
  [0x02, { kind: 'S', error: 20 }],
  [0x03, { kind: 'S', error: 20 }],
  [0x04, { kind: 'S', error: 25 }],
  [0x05, { kind: 'S', error: 25 }],
  [0x06, { kind: 'P', error: 20 }],
  [0x07, { kind: 'P', error: 20 }],
  [0x08, { kind: 'T', error: 25 }],
  [0x0a, { kind: 'P', error: 20 }],
  [0x0b, { kind: 'P', error: 23 }],
  [0x0c, { kind: 'P', error: 20 }],
  [0x0d, { kind: 'S', error: 25 }],
  [0x0e, { kind: 'S', error: 25 }],
  [0x0f, { kind: 'S', error: 25 }],
  [0x11, { kind: 'P', error: 20 }],
  [0x13, { kind: 'P', error: 20 }],
  [0x14, { kind: 'Q', error: 28 }],
  [0x15, { kind: 'P', error: 20 }],
  [0x33, { kind: 'P', error: 20 }],
  [0x34, { kind: 'P', error: 20 }],
  [0x40, { kind: 'P', error: 20 }],
  [0x42, { kind: 'P', error: 20 }],
  [0x43, { kind: 'P', error: 20 }],
  [0x44, { kind: 'P', error: 20 }],
  [0x45, { kind: 'T', error: 25, attemptsMax: 3, lastError: 5 }],
  [0x48, { kind: 'P', error: 20 }],
  [0x49, { kind: 'P', error: 20 }],
  [0x50, { kind: 'P', error: 23 }],
  [0x51, { kind: 'P', error: 23 }],
  [0x53, { kind: 'S', error: 25 }],
  [0x54, { kind: 'P', error: 20 }],
  [0x55, { kind: 'P', error: 20 }],
  [0x58, { kind: 'Q', error: 28 }],
  [0x61, { kind: 'P', error: 20 }],
  [0x62, { kind: 'P', error: 20 }],
  [0x63, { kind: 'P', error: 20 }],
  [0x64, { kind: 'T', error: 25 }],
  [0x65, { kind: 'P', error: 5 }],
  [0x66, { kind: 'P', error: 29 }],
  [0xc0, { kind: 'P', error: 20 }],
  [0xc1, { kind: 'P', error: 20 }],
  [0xc2, { kind: 'P', error: 20 }],
  [0xc3, { kind: 'P', error: 20 }],
  [0xc4, { kind: 'P', error: 20 }],
  [0xfe, { kind: 'T', error: 25 }],
  [0xff, { kind: 'T', error: 25, attemptsMax: 3 }],
];

/** From here on, numbers belong to the vendor (SMPP 3.4 §5.1.3). */
const firstVendorStatus = 0x400;
const vendorMeaning: StatusMeaning = { kind: 'P', error: 5 };
/** Reserved numbers: nobody knows, so a few attempts are made. */
const reservedMeaning: StatusMeaning = { kind: 'T', error: 25, attemptsMax: 3 };

/** The meaning of each command_status on one connection, its own rules before the standard. */
export function createStatusTable(
  rules: readonly StatusRule[],
): (command_status: number) => StatusMeaning {
  const table = new Map(statusMeanings);
  for (const { match, kind, error } of rules) table.set(match, { kind, error });
  return (command_status) =>
    table.get(command_status) ??
    (command_status >= firstVendorStatus ? vendorMeaning : reservedMeaning);
}

/** sms-operators §5.2: causes of GSM MAP and RP as many SMSCs put them into `err`. */
const gsmCauses: readonly (readonly [DeliveryError, readonly number[]])[] = [
  [23, [1, 5]],
  [24, [6, 27]],
  [23, [9]],
  [27, [11]],
  [27, [12]],
  [23, [13]],
  [27, [21, 50, 69]],
  [26, [22, 31]],
  [23, [8, 10]],
  [23, [28, 29, 30]],
  [26, [32]],
  [25, [34, 38, 41, 42, 47]],
  [20, [35, 36, 95, 96, 97, 98, 99, 111]],
];

/** network_type of network_error_code for which the GSM causes hold (SMPP 3.4 §5.3.2.31). */
const gsmNetworkType = 3;

/** Reads the reason of a receipt: from its TLV first, then from its text. */
export type ReasonReader = (
  networkError: { network_type: number; error_code: number } | undefined,
  err: string,
) => DeliveryError;

/** The reasons of one connection, its own rules before the GSM table; 0 when there is no reason. */
export function createReasonReader(rules: readonly ErrorRule[]): ReasonReader {
  const ofText = new Map(rules.map((rule) => [rule.match, rule.error]));
  const ofCause = new Map<number, DeliveryError>();
  for (const [error, causes] of gsmCauses) for (const cause of causes) ofCause.set(cause, error);

  function readText(err: string): DeliveryError {
    if (err === '') return 0;
    const folded = foldErrorText(err);
    const own = ofText.get(folded);
    if (own !== undefined) return own;
    // Digits are decimal; with a letter among them the number can only be hexadecimal.
    if (/^\d{1,4}$/.test(folded)) return ofCause.get(Number(folded)) ?? 0;
    const hex = /^(?:0?x)?([\da-f]{1,4})$/.exec(folded)?.[1];
    return hex === undefined ? 0 : (ofCause.get(Number.parseInt(hex, 16)) ?? 0);
  }

  return (networkError, err) => {
    if (networkError !== undefined) {
      const { network_type, error_code } = networkError;
      const own = ofText.get(String(error_code));
      if (own !== undefined) return own;
      const cause = network_type === gsmNetworkType ? ofCause.get(error_code) : undefined;
      if (cause !== undefined) return cause;
    }
    return readText(err);
  };
}

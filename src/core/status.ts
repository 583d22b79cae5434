/** What a customer is told about a message (spec "Status report webhook"). */
export const status = { accepted: 0, rejected: 1, delivered: 2, failed: 3, read: 4 } as const;

export type Status = (typeof status)[keyof typeof status];

/** The bit of a status in a mask of statuses. */
export function statusBit(value: Status): number {
  return 1 << value;
}

export const allStatuses: number = 0b11111;

/**
 * The error numbers of status reports (spec "Errors"; contract §8.4) and their short descriptions
 * to the letter, which go out as the standard error. There is no 32.
 */
export const deliveryErrors = {
  5: { text: 'Message not delivered at third party', temporary: false },
  7: {
    text: 'Message not delivered at operator because recipient has insufficient credit',
    temporary: true,
  },
  8: { text: 'Message expired at third party', temporary: true },
  20: { text: 'Message not delivered because of a malformed request', temporary: false },
  21: { text: 'Message expired at operator', temporary: true },
  22: {
    text: 'Message not delivered at operator because recipient has insufficient credit',
    temporary: true,
  },
  23: {
    text: 'Message not delivered because of an incorrect recipient number (invalid/blacklisted/barred)',
    temporary: false,
  },
  24: { text: 'Message not delivered because the recipient was unreachable', temporary: true },
  25: { text: 'Message not delivered at third party', temporary: true },
  26: {
    text: 'Message not delivered because of a temporary handset issue (sim card full/memory exceeded/SME busy)',
    temporary: true,
  },
  27: {
    text: 'Message not delivered because of a permanent handset issue (unable to receive SMS)',
    temporary: false,
  },
  28: {
    text: 'Message not delivered because submission speed is too high (throttling errors)',
    temporary: true,
  },
  29: { text: 'Message not delivered because content is not permitted', temporary: false },
  30: { text: 'Message not delivered because the set spend limit is reached', temporary: true },
  31: {
    text: 'Message not delivered because the recipient was suspended from premium services',
    temporary: false,
  },
  33: { text: 'Message not delivered because of parental lock', temporary: false },
  34: { text: 'Message not delivered because age check failure', temporary: false },
  35: { text: 'Message not delivered because age check missing', temporary: true },
  36: { text: 'Message not delivered because age check unavailable', temporary: true },
  37: {
    text: 'Message not delivered because recipient is in national Do-Not-Call Register (for example, the Dutch SMS DienstenFilter and Chinese DnD list)',
    temporary: false,
  },
} as const;

/** An error number of a status report; 0 means none. */
export type DeliveryError = keyof typeof deliveryErrors | 0;

/** The standard error text of a number, empty for 0. */
export function deliveryErrorText(error: DeliveryError): string {
  return error === 0 ? '' : deliveryErrors[error].text;
}

/** Whether `value` is an error number of the specification. */
export function isDeliveryError(value: number): value is DeliveryError {
  return value === 0 || Object.hasOwn(deliveryErrors, value);
}

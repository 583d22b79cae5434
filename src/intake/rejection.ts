/**
 * Why a message was not accepted, as a stable code that each door turns into its own text and
 * number (contract §4.4, §5.3, §6, §11.2). In the order of contract §4.4, which is the order in
 * which they are checked.
 */
export type Rejection =
  | { readonly reason: PlainReason }
  /** `value` is the number as it was sent. */
  | { readonly reason: 'number-invalid'; readonly value: string }
  /** `why` is a sentence for the customer that names the field. */
  | { readonly reason: 'field-invalid'; readonly field: Field; readonly why: string };

export type PlainReason =
  | 'from-missing'
  | 'from-invalid'
  | 'to-missing'
  | 'to-not-array'
  | 'to-too-many'
  | 'number-missing'
  | 'body-missing'
  | 'content-missing'
  | 'channels-not-array'
  /** Held back by the rules: as spam, by a blacklist, by a policy. */
  | 'spam'
  | 'blacklisted'
  | 'refused'
  | 'unroutable'
  | 'internal';

/** The fields that have no code of their own, by the names of contract §3.2. */
export type Field =
  | 'allowedChannels'
  | 'appKey'
  | 'bodyHeader'
  | 'bodyContent'
  | 'bodyType'
  | 'customGrouping'
  | 'customGrouping2'
  | 'customGrouping3'
  | 'dcs'
  | 'maximumNumberOfMessageParts'
  | 'minimumNumberOfMessageParts'
  | 'reference'
  | 'richContent'
  | 'validity';

/** A rejection of a field, with a sentence that names it. */
export function rejectField(field: Field, why: string): Rejection {
  return { reason: 'field-invalid', field, why };
}

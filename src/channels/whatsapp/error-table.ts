import type { DeliveryError } from '../../core/status.ts';

/**
 * What is to be done about an error of the API (whatsapp-cloud §5). R: try the message again later; F: it is
 * refused for ever; T: the number sends too fast; P: it sends too fast to this one handset; A: the account
 * or the configuration is at fault, and with it every message.
 */
export type ErrorKind = (typeof errorKinds)[number];
export const errorKinds = ['R', 'F', 'T', 'P', 'A'] as const;

/** What the configuration says about an error, before the table does. */
export interface ErrorRule {
  readonly match: number;
  readonly kind: ErrorKind;
  readonly error: DeliveryError;
}

/** What is told about a recipient, beyond one message. */
export type RecipientNews = 'absent' | 'window-closed' | 'marketing-stopped' | 'marketing-resumed';

export interface ErrorMeaning {
  readonly kind: ErrorKind;
  /** The error number of the status report (spec "Errors"). */
  readonly error: DeliveryError;
  /** For R: so many refusals of a step, and it is refused for ever. */
  readonly attemptsMax?: number;
  /** For T and A: the pause, at least. */
  readonly pauseMs?: number;
  readonly news?: RecipientNews;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const rows: readonly (readonly [codes: string, meaning: ErrorMeaning])[] = [
  // The token has expired or lost its rights; the number, the account or its bill is not in order.
  ['0 3 10 33 190 368', { kind: 'A', error: 5 }],
  ['131005 131031 131037 131042 131045 134011', { kind: 'A', error: 5 }],
  ['133005 133006 133008 133009 133010 133015 133016', { kind: 'A', error: 5 }],
  // The quality of the number has fallen: hours, not seconds.
  ['131048', { kind: 'A', error: 28, pauseMs: hourMs }],
  ['1', { kind: 'R', error: 25, attemptsMax: 3 }],
  ['2 131000 131016 133004', { kind: 'R', error: 25 }],
  // Our own link could not be fetched; their fetchers fail now and then.
  ['131053', { kind: 'R', error: 20, attemptsMax: 2 }],
  ['4 80007 130429 132069', { kind: 'T', error: 28 }],
  ['131057', { kind: 'T', error: 25, pauseMs: minuteMs }],
  ['131056', { kind: 'P', error: 28 }],
  ['100 131008 131009 131051 135000', { kind: 'F', error: 20 }],
  ['132000 132001 132005 132012 132018 132068', { kind: 'F', error: 20 }],
  ['131047', { kind: 'F', error: 20, news: 'window-closed' }],
  ['131026', { kind: 'F', error: 23, news: 'absent' }],
  ['131050', { kind: 'F', error: 23, news: 'marketing-stopped' }],
  ['130403 131021 131030 131062', { kind: 'F', error: 23 }],
  ['130497 132007 132015 132016', { kind: 'F', error: 29 }],
  ['130472', { kind: 'F', error: 5 }],
  ['131049', { kind: 'F', error: 28 }],
];

const byCode: ReadonlyMap<number, ErrorMeaning> = new Map(
  rows.flatMap(([codes, meaning]) =>
    codes.split(' ').map((code): [number, ErrorMeaning] => [Number(code), meaning]),
  ),
);

/** The meaning of an error; `status` is the HTTP status where there was one. */
export function readError(
  code: number | null,
  status: number | null,
  rules: readonly ErrorRule[] = [],
): ErrorMeaning {
  const rule = code === null ? undefined : rules.find(({ match }) => match === code);
  if (rule !== undefined) return { kind: rule.kind, error: rule.error };
  const known = code === null ? undefined : byCode.get(code);
  if (known !== undefined) return known;
  // Permissions have the codes 200 to 299.
  if (code !== null && code >= 200 && code <= 299) return { kind: 'A', error: 5 };
  if (status === 401) return { kind: 'A', error: 5 };
  if (status === 429) return { kind: 'T', error: 28 };
  if (status !== null && status >= 500) return { kind: 'R', error: 25 };
  return { kind: 'F', error: 5 };
}

/** All codes of the table, for its test and for the simulator's. */
export const knownErrorCodes: readonly number[] = [...byCode.keys()];

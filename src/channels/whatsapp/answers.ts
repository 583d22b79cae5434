import type { ProviderOutcome } from '../../lib/provider-http.ts';
import { type ErrorMeaning, type ErrorRule, readError } from './error-table.ts';
import { isObject, parseJson, readList, readObject, readText } from './json.ts';

/** What became of one call. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly wamid: string; readonly waId: string }
  | {
      readonly kind: 'refused';
      readonly meaning: ErrorMeaning;
      /** Null when the answer named none. */
      readonly code: number | null;
      readonly retryAfterMs: number | null;
      /** Meta's key to the call, for their support. */
      readonly trace: string;
    }
  /** Nothing reached the provider. */
  | { readonly kind: 'unsent'; readonly reason: string }
  /** It may have been taken: there is no answer, or none that says (whatsapp-cloud §2.4). */
  | { readonly kind: 'unknown'; readonly reason: string };

export const wamidCharactersMax = 512;

/** Reads the outcome of `POST /{number}/messages`. */
export function readAnswer(outcome: ProviderOutcome, rules: readonly ErrorRule[]): Verdict {
  if (outcome.kind === 'unsent') return { kind: 'unsent', reason: outcome.reason };
  if (outcome.kind === 'unanswered') return { kind: 'unknown', reason: outcome.reason };
  const { status, retryAfterMs } = outcome;
  const body = readObject(parseJson(outcome.body.toString('utf8')));
  if (status >= 200 && status <= 299) {
    const wamid = readText(readObject(readList(body['messages'])[0])['id']);
    if (wamid === '' || wamid.length > wamidCharactersMax) {
      return { kind: 'unknown', reason: 'the answer names no message' };
    }
    const waId = readText(readObject(readList(body['contacts'])[0])['wa_id']);
    return { kind: 'accepted', wamid, waId };
  }
  const error = body['error'];
  if (!isObject(error)) {
    // A gateway's or proxy's page: what is behind it may have acted all the same.
    if (status === 500 || status === 502 || status === 504) {
      return { kind: 'unknown', reason: `answered with ${status} and nothing else` };
    }
    return {
      kind: 'refused',
      meaning: readError(null, status),
      code: null,
      retryAfterMs,
      trace: '',
    };
  }
  const { code } = error;
  const known = typeof code === 'number' && Number.isInteger(code) ? code : null;
  const trace = readText(error['fbtrace_id']).slice(0, 100);
  return {
    kind: 'refused',
    meaning: readError(known, status, rules),
    code: known,
    retryAfterMs,
    trace,
  };
}

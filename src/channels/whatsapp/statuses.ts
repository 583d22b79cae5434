import type { ReceiptState } from '../../core/lifecycle.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import { wamidCharactersMax } from './answers.ts';
import { type ErrorRule, type RecipientNews, readError } from './error-table.ts';
import { type JsonObject, readList, readObject, readText } from './json.ts';
import { type PartKey, readPartKey } from './part-key.ts';

/** One status of a webhook (whatsapp-cloud §7.3). */
export interface ReadStatus {
  readonly fact: ReceiptFact;
  readonly wamid: string;
  /** The part it speaks of, by what we sent along. */
  readonly key: PartKey | null;
  /** The handset as WhatsApp names it; empty when it does not say. */
  readonly waId: string;
  readonly news: RecipientNews | null;
}

/** `played` is what `read` is for a voice message. All else, such as `deleted`, tells nothing of interest. */
const states: ReadonlyMap<string, ReceiptState> = new Map([
  ['sent', 'enroute'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['played', 'read'],
  ['failed', 'failed'],
]);

/** Reads a status; null when there is nothing in it that we record. */
export function readStatus(
  connection: string,
  status: JsonObject,
  arrivedAt: number,
  rules: readonly ErrorRule[],
): ReadStatus | null {
  const wamid = readText(status['id']);
  const state = states.get(readText(status['status']));
  if (wamid === '' || wamid.length > wamidCharactersMax || state === undefined) return null;
  const code = readObject(readList(status['errors'])[0])['code'];
  const meaning =
    state === 'failed' ? readError(typeof code === 'number' ? code : null, null, rules) : null;
  const waId = readText(status['recipient_id']);
  return {
    wamid,
    key: readPartKey(readText(status['biz_opaque_callback_data'])),
    waId: /^\d{3,20}$/.test(waId) ? waId : '',
    news: meaning?.news ?? null,
    fact: {
      connection,
      providerIds: [wamid],
      exact: 1,
      // The number may have another form inside WhatsApp; the id alone is what counts.
      destination: null,
      state,
      error: meaning?.error ?? 0,
      at: readTimestamp(status['timestamp'], arrivedAt),
      operator: null,
    },
  };
}

/** Above this, what should be seconds are milliseconds: both have been seen (whatsapp-cloud §7.3). */
const secondsMax = 1e12;

/** Epoch milliseconds; the arrival where there is nothing usable, or a time that is still to come. */
export function readTimestamp(value: unknown, arrivedAt: number): number {
  const text = readText(value);
  if (!/^\d{1,15}$/.test(text)) return arrivedAt;
  const number = Number(text);
  const at = number >= secondsMax ? number : number * 1_000;
  return at <= 0 || at > arrivedAt ? arrivedAt : at;
}

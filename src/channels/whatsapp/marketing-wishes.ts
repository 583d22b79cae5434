import type { RecipientNews } from './error-table.ts';
import { type JsonObject, readText } from './json.ts';
import { readTimestamp } from './statuses.ts';

/** What a user told WhatsApp about marketing messages of the business (webhook field `user_preferences`). */
export interface MarketingWish {
  /** The handset as WhatsApp names it. */
  readonly waId: string;
  readonly news: Extract<RecipientNews, 'marketing-stopped' | 'marketing-resumed'>;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Reads one element of `user_preferences`; null when it is about something else. */
export function readWish(raw: JsonObject, arrivedAt: number): MarketingWish | null {
  const waId = readText(raw['wa_id']);
  if (!/^\d{3,20}$/.test(waId) || raw['category'] !== 'marketing_messages') return null;
  const at = readTimestamp(raw['timestamp'], arrivedAt);
  switch (raw['value']) {
    case 'stop':
      return { waId, news: 'marketing-stopped', at };
    case 'resume':
      return { waId, news: 'marketing-resumed', at };
    default:
      return null;
  }
}

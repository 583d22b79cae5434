import type { ErrorRule } from './error-table.ts';
import { type InboundFrame, type ReadInbound, readInbound } from './inbound.ts';
import { isObject, type JsonObject, parseJson, readList, readObject, readText } from './json.ts';
import { type MarketingWish, readWish } from './marketing-wishes.ts';
import { type ReadStatus, readStatus } from './statuses.ts';

/** What one notification brings for one business number. */
export interface NumberNews {
  readonly statuses: ReadStatus[];
  readonly inbound: ReadInbound[];
  /** Whether users want marketing messages. */
  readonly wishes: MarketingWish[];
  /** Elements that could not be read, or tell nothing that we record. */
  ignored: number;
}

/** How a number of ours is found by the id that a notification names it by. */
export interface NumberFrame extends Pick<InboundFrame, 'connection' | 'numberOf'> {
  readonly phoneNumberId: string;
  /** What the configuration says about errors. */
  readonly errors: readonly ErrorRule[];
}

/** A notification sorted by the numbers it is for; `strange` counts changes for numbers we do not have. */
export interface Notification {
  readonly news: ReadonlyMap<string, NumberNews>;
  readonly strange: number;
}

/**
 * Reads the body of a notification: every message and status of every change of every entry
 * (whatsapp-cloud §7.2). Null when it is no notification at all. What cannot be read is passed over by itself,
 * never with what stands beside it.
 */
export function readNotification(
  body: string,
  frameOf: (phoneNumberId: string) => NumberFrame | undefined,
  arrivedAt: number,
): Notification | null {
  const document = parseJson(body);
  if (!isObject(document) || !Array.isArray(document['entry'])) return null;
  const news = new Map<string, NumberNews>();
  let strange = 0;
  for (const entry of document['entry']) {
    for (const change of readList(readObject(entry)['changes'])) {
      const { field, value } = readObject(change);
      if (field !== 'messages' && field !== 'user_preferences') continue;
      const metadata = readObject(readObject(value)['metadata']);
      const frame = frameOf(readText(metadata['phone_number_id']));
      if (frame === undefined) {
        strange++;
        continue;
      }
      const known = news.get(frame.phoneNumberId) ?? {
        statuses: [],
        inbound: [],
        wishes: [],
        ignored: 0,
      };
      news.set(frame.phoneNumberId, known);
      readChange(known, readObject(value), metadata, frame, arrivedAt);
    }
  }
  return { news, strange };
}

function readChange(
  news: NumberNews,
  value: JsonObject,
  metadata: JsonObject,
  { connection, numberOf, errors }: NumberFrame,
  arrivedAt: number,
): void {
  for (const raw of readList(value['statuses'])) {
    const status = readStatus(connection, readObject(raw), arrivedAt, errors);
    if (status === null) news.ignored++;
    else news.statuses.push(status);
  }
  const to = readText(metadata['display_phone_number']).replaceAll(/\D/g, '');
  const frame = { connection, numberOf, to, names: readNames(value['contacts']), arrivedAt };
  for (const raw of readList(value['messages'])) {
    const inbound = readInbound(readObject(raw), frame);
    if (inbound === null) news.ignored++;
    else news.inbound.push(inbound);
  }
  for (const raw of readList(value['user_preferences'])) {
    const wish = readWish(readObject(raw), arrivedAt);
    if (wish === null) news.ignored++;
    else news.wishes.push(wish);
  }
}

function readNames(contacts: unknown): Map<string, string> {
  const names = new Map<string, string>();
  for (const raw of readList(contacts)) {
    const contact = readObject(raw);
    const name = readText(readObject(contact['profile'])['name']).slice(0, 200);
    if (name === '') continue;
    for (const id of [readText(contact['wa_id']), readText(contact['user_id'])]) {
      if (id !== '') names.set(id, name);
    }
  }
  return names;
}

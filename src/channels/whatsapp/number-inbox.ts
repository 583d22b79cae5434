import type { InboundMedia } from '../../core/inbound.ts';
import type { Clock } from '../../lib/clock.ts';
import { describeError, type Log } from '../../lib/log.ts';
import type { ProviderHttp } from '../../lib/provider-http.ts';
import type { ConnectionPorts, InboundPart, MediaKeeper } from '../contract.ts';
import type { ReadInbound } from './inbound.ts';
import { recentInboundMax } from './limits.ts';
import type { PartKey } from './part-key.ts';
import { fetchMedia } from './received-media.ts';
import type { Recipients } from './recipients.ts';
import type { WhatsappSettings } from './settings.ts';
import type { ReadStatus } from './statuses.ts';
import type { NumberNews } from './webhook.ts';

/** A file that could not be fetched for so long is given up, and its message goes on without it. */
export const mediaGiveUpMs: number = 60 * 60 * 1000;

export interface NumberInboxParts {
  readonly name: string;
  readonly settings: WhatsappSettings;
  readonly ports: ConnectionPorts;
  readonly recipients: Recipients;
  readonly clock: Clock;
  readonly provider: ProviderHttp;
  /** Null: files are not fetched. */
  readonly media: MediaKeeper | null;
  readonly log: Log;
  /** A status told that this part was taken, under this id, when the store did not know of it. */
  onTaken(key: PartKey, wamid: string): void;
}

/** What callbacks bring for one business number, on its way to the disk. */
export class NumberInbox {
  readonly #parts: NumberInboxParts;
  /** Messages that were taken, so that a repetition costs no download; the store refuses it for good. */
  readonly #recent = new Set<string>();

  constructor(parts: NumberInboxParts) {
    this.#parts = parts;
  }

  /** Resolves when all of it is on disk, with whether it is; else the provider must come again. */
  async take(news: NumberNews): Promise<boolean> {
    const { recipients } = this.#parts;
    for (const { waId, news: wish, at } of news.wishes) {
      recipients.learn(recipients.numberOf(waId), wish, at);
    }
    try {
      if (news.statuses.length > 0) await this.#takeStatuses(news.statuses);
      return news.inbound.length === 0 || (await this.#takeInbound(news.inbound));
    } catch (error) {
      const { log, name } = this.#parts;
      const reason = describeError(error);
      log.warn('A callback could not be stored; it is to come again.', {
        connection: name,
        reason,
      });
      return false;
    }
  }

  async #takeStatuses(statuses: readonly ReadStatus[]): Promise<void> {
    const { ports, recipients, clock, onTaken } = this.#parts;
    const answers = await ports.receipts(statuses.map(({ fact }) => fact));
    for (const [index, { key, wamid, waId, news, fact }] of statuses.entries()) {
      if (key !== null && answers[index]?.kind === 'parked') onTaken(key, wamid);
      if (waId === '') continue;
      const msisdn = recipients.numberOf(waId);
      if (news !== null) recipients.learn(msisdn, news, clock.now());
      else if (fact.state === 'delivered' || fact.state === 'read') recipients.received(msisdn);
    }
  }

  async #takeInbound(inbound: readonly ReadInbound[]): Promise<boolean> {
    const { ports, recipients } = this.#parts;
    const taken: InboundPart[] = [];
    let isComplete = true;
    for (const one of inbound) {
      if (this.#recent.has(one.part.providerId ?? '')) continue;
      const media = await this.#fetch(one);
      if (media === 'again') isComplete = false;
      else taken.push({ ...one.part, media });
    }
    if (taken.length > 0) await ports.inbound(taken);
    for (const { providerId, from, receivedAt } of taken) {
      recipients.wrote(from, receivedAt);
      this.#remember(providerId ?? '');
    }
    return isComplete;
  }

  async #fetch({ part, media: note }: ReadInbound): Promise<InboundMedia | null | 'again'> {
    const { settings, provider, media, clock } = this.#parts;
    if (note === null || media === null) return null;
    const fetched = await fetchMedia(note, settings, provider, media);
    if (fetched !== 'again') return fetched;
    return clock.now() - part.receivedAt > mediaGiveUpMs ? null : 'again';
  }

  #remember(providerId: string): void {
    this.#recent.add(providerId);
    if (this.#recent.size <= recentInboundMax) return;
    for (const oldest of this.#recent) {
      this.#recent.delete(oldest);
      return;
    }
  }
}

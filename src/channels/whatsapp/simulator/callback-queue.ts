import type { ProviderHttp } from '../../../lib/provider-http.ts';
import type { Random } from '../../../lib/random.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import type { JsonObject } from '../json.ts';
import { signatureHeader, signBody } from '../signature.ts';
import type { BusinessLine, GraphSettings } from './settings.ts';

/** A failed call is made again, from so soon on and twice as late each time (whatsapp-cloud §7.2). */
const retryFirstMs = 500;
const retryLongestMs = 60_000;
const callbackTimeoutMs = 10_000;
/** What waits for an address that does not answer; the oldest go. */
export const callbacksWaitingMax = 100_000;
/** So many calls are under way at the same time. */
const callsMax = 8;

export interface CallbackCounts {
  sent: number;
  failed: number;
  lost: number;
  forged: number;
}

/** What is told to one business number's owner, in signed calls that are repeated until they are taken. */
export class CallbackQueue {
  readonly counts: CallbackCounts = { sent: 0, failed: 0, lost: 0, forged: 0 };
  readonly #phoneNumberId: string;
  readonly #agenda: Agenda;
  readonly #random: Random;
  readonly #http: ProviderHttp;
  readonly #settings: () => GraphSettings;
  #waiting: JsonObject[] = [];
  #calls = 0;
  #isPlanned = false;
  #retryMs = retryFirstMs;
  #isVerified = false;

  constructor(
    phoneNumberId: string,
    parts: { agenda: Agenda; random: Random; http: ProviderHttp; settings: () => GraphSettings },
  ) {
    this.#phoneNumberId = phoneNumberId;
    this.#agenda = parts.agenda;
    this.#random = parts.random;
    this.#http = parts.http;
    this.#settings = parts.settings;
  }

  /** `value` of one change: statuses or messages. */
  add(value: JsonObject): void {
    const { callbackLoseShare, callbackDuplicateShare, callbackShuffleShare } = this.#settings();
    if (this.#random.fraction() < callbackLoseShare) {
      this.counts.lost++;
      return;
    }
    this.#addLater(value, this.#random.fraction() < callbackShuffleShare ? 300 : 0);
    if (this.#random.fraction() < callbackDuplicateShare) this.#addLater(value, 100);
  }

  #addLater(value: JsonObject, delayMs: number): void {
    const { callbackDelayMs } = this.#settings();
    const all = callbackDelayMs + delayMs;
    if (all === 0) this.#push([value]);
    else this.#agenda.after(all, () => this.#push([value]));
  }

  #push(values: readonly JsonObject[]): void {
    this.#waiting.push(...values);
    if (this.#waiting.length > callbacksWaitingMax) {
      this.#waiting = this.#waiting.slice(-callbacksWaitingMax);
    }
    this.#plan(0);
  }

  #plan(delayMs: number): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#agenda.after(delayMs, () => {
      this.#isPlanned = false;
      while (this.#waiting.length > 0 && this.#calls < callsMax) {
        void this.#call(this.#waiting.splice(0, this.#settings().callbackBatchMax));
        // The handshake comes before everything else.
        if (!this.#isVerified) return;
      }
    });
  }

  async #call(values: readonly JsonObject[]): Promise<void> {
    const line = this.#settings().numbers[this.#phoneNumberId];
    if (line?.callbackUrl === null || line === undefined) return;
    this.#calls++;
    this.#isVerified ||= await this.#verify(line, line.callbackUrl);
    const isTaken = this.#isVerified && (await this.#post(line, line.callbackUrl, values));
    this.#calls--;
    if (isTaken) {
      this.counts.sent++;
      this.#retryMs = retryFirstMs;
      if (this.#waiting.length > 0) this.#plan(0);
      return;
    }
    this.counts.failed++;
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, retryLongestMs);
    this.#agenda.after(delayMs, () => this.#push(values));
  }

  /** The handshake of a new address (whatsapp-cloud §7.1). */
  async #verify(line: BusinessLine, url: string): Promise<boolean> {
    const challenge = String(this.#random.uint32());
    const query = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.verify_token': line.verifyToken,
      'hub.challenge': challenge,
    });
    const answer = await this.#http.send({
      method: 'GET',
      url: `${url}?${query.toString()}`,
      headers: {},
      body: null,
      timeoutMs: callbackTimeoutMs,
      answerBytesMax: 1_000,
    });
    return (
      answer.kind === 'answered' && answer.status === 200 && answer.body.toString() === challenge
    );
  }

  async #post(line: BusinessLine, url: string, values: readonly JsonObject[]): Promise<boolean> {
    const changes = values.map((value) => ({ field: 'messages', value }));
    const document = { object: 'whatsapp_business_account', entry: [{ id: '1', changes }] };
    const body = escapeUnicode(JSON.stringify(document));
    if (this.#random.fraction() < this.#settings().callbackForgeShare) {
      this.counts.forged++;
      await this.#send(url, body, signBody('not the secret', Buffer.from(body)));
    }
    return this.#send(url, body, signBody(line.appSecret, Buffer.from(body)));
  }

  async #send(url: string, body: string, signature: string): Promise<boolean> {
    const answer = await this.#http.send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', [signatureHeader]: signature },
      body,
      timeoutMs: callbackTimeoutMs,
      answerBytesMax: 10_000,
    });
    return answer.kind === 'answered' && answer.status >= 200 && answer.status <= 299;
  }
}

/** As Meta writes JSON: whoever signs a body that was written anew is wrong for every accent. */
function escapeUnicode(json: string): string {
  return json.replaceAll(/[\u0080-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

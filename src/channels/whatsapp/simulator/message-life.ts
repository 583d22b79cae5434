import type { Clock } from '../../../lib/clock.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import type { HandsetSettings } from '../../../rehearsal/handset.ts';
import type { Handset, Handsets } from '../../../rehearsal/handsets.ts';
import { magicErrorOf } from '../../../rehearsal/magic-numbers.ts';
import type { JsonObject } from '../json.ts';
import type { SendRequest } from './message-check.ts';
import { ownErrorCode } from './own-errors.ts';
import { describeMessage } from './screen.ts';
import type { GraphSettings } from './settings.ts';

/** A message that was accepted, on its way to a phone. */
export interface AcceptedMessage {
  readonly wamid: string;
  readonly phoneNumberId: string;
  readonly request: SendRequest;
}

export type GraphStatus = 'sent' | 'delivered' | 'read' | 'failed';

/** Messages that wait for a phone which is off or out of coverage; the oldest go. */
export const waitingMax = 10_000;

export interface MessageLifeParts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly handsets: Handsets;
  settings(): GraphSettings;
  /** Whether free text is allowed: the handset has written within a day. */
  isWindowOpen(phoneNumberId: string, number: string): boolean;
  tell(message: AcceptedMessage, status: GraphStatus, code: number | null): void;
  /** The user reads; what is to be answered, if anything. */
  onRead(handset: Handset, message: AcceptedMessage): void;
}

/** What becomes of accepted messages: statuses as they come in life, the phones' settings considered. */
export class MessageLife {
  readonly #parts: MessageLifeParts;
  readonly #waiting = new Map<string, AcceptedMessage[]>();
  #waitingInAll = 0;
  /** What lies on phones and was not read, by wamid. */
  readonly #unread = new Map<string, AcceptedMessage>();

  constructor(parts: MessageLifeParts) {
    this.#parts = parts;
  }

  begin(message: AcceptedMessage): void {
    const { agenda, settings } = this.#parts;
    const { sentAfterMs } = settings();
    const code = this.#failureOf(message);
    if (code === null) this.#after(sentAfterMs, () => this.#sent(message));
    else agenda.after(sentAfterMs, () => this.#parts.tell(message, 'failed', code));
  }

  /** A phone was changed: perhaps it is back. */
  wake(number: string): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    this.#waitingInAll -= waiting.length;
    for (const message of waiting) this.#arrive(message);
  }

  /** The user has read a message; false when it was read before. */
  read(handset: Handset, wamid: string): boolean {
    const message = this.#unread.get(wamid);
    if (message === undefined) return false;
    this.#unread.delete(wamid);
    const shown = handset.inbox.messages.find(({ providerId }) => providerId === wamid);
    if (shown !== undefined) shown.state = 'read';
    this.#parts.tell(message, 'read', null);
    return true;
  }

  /** Why a message fails although it was accepted: Meta tells that later, and not why (whatsapp-cloud §5). */
  #failureOf({ phoneNumberId, request }: AcceptedMessage): number | null {
    const { handsets, settings, isWindowOpen } = this.#parts;
    const magic = magicErrorOf(request.to);
    if (magic !== 0) return ownErrorCode(magic);
    const phone = handsets.use(request.to).settings;
    if (phone.unknown || !phone.apps.WhatsApp) return 131026;
    const isFree = request.type !== 'template';
    if (isFree && settings().enforceWindow && !isWindowOpen(phoneNumberId, request.to)) {
      return 131047;
    }
    return null;
  }

  #sent(message: AcceptedMessage): void {
    this.#parts.tell(message, 'sent', null);
    const phone = this.#parts.handsets.use(message.request.to).settings;
    this.#after(this.#parts.settings().deliveredAfterMs + phone.slowMs, () => {
      this.#arrive(message);
    });
  }

  #arrive(message: AcceptedMessage): void {
    const { handsets, clock, agenda, tell, settings } = this.#parts;
    const { request, wamid, phoneNumberId } = message;
    const handset = handsets.use(request.to);
    const phone = handset.settings;
    // Who blocked the business never gets it, and nobody is told (whatsapp-cloud §5).
    if (phone.optedOut) return;
    const back = comesBackAt(phone, clock.now());
    if (back !== null) {
      this.#wait(message);
      if (Number.isFinite(back)) agenda.after(back - clock.now(), () => this.wake(request.to));
      return;
    }
    if (request.type !== 'reaction') {
      handsets.receive(request.to, {
        channel: 'WhatsApp',
        from: settings().numbers[phoneNumberId]?.displayNumber ?? phoneNumberId,
        text: describeMessage(request),
        encoding: 'utf8',
        parts: 1,
        flash: false,
        concat: null,
        rich: showRich(request),
        providerId: wamid,
      });
    }
    tell(message, 'delivered', null);
    this.#unread.set(wamid, message);
    if (this.#unread.size > waitingMax) dropOldest(this.#unread);
    if (phone.readsAfterMs === null) return;
    agenda.after(phone.readsAfterMs, () => {
      if (this.read(handset, wamid)) this.#parts.onRead(handset, message);
    });
  }

  #wait(message: AcceptedMessage): void {
    const { to } = message.request;
    const waiting = this.#waiting.get(to) ?? [];
    waiting.push(message);
    this.#waiting.set(to, waiting);
    this.#waitingInAll++;
    if (this.#waitingInAll <= waitingMax) return;
    for (const [number, oldest] of this.#waiting) {
      this.#waitingInAll -= oldest.length;
      this.#waiting.delete(number);
      return;
    }
  }

  #after(delayMs: number, run: () => void): void {
    if (delayMs === 0) run();
    else this.#parts.agenda.after(delayMs, run);
  }
}

/** When a phone is reached again; null when it is reached now, infinite when somebody must switch it on. */
function comesBackAt(phone: HandsetSettings, now: number): number | null {
  if (!phone.on) return Number.POSITIVE_INFINITY;
  const until = phone.outOfCoverageUntil ?? 0;
  return until > now ? until : null;
}

/** The message as the API had it: type, content, and what it replies to. */
function showRich({ type, content, context }: SendRequest): JsonObject {
  return { type, [type]: content, ...(context === null ? {} : { context: { id: context } }) };
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

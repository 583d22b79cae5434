import type { Channel } from '../core/channel-names.ts';
import type { Content, Message, Step } from '../core/message.ts';
import type { MessageIds } from '../lib/message-id.ts';
import type { Hop, Router } from '../routing/route.ts';
import type { CheckedMessage, MessageFacts } from './check.ts';
import type { ConcatReferences } from './concat-references.ts';
import { findMobileCountryCode, findOperator } from './operators.ts';
import { normalisePhoneNumber } from './phone-number.ts';
import { type Rejection, rejectField } from './rejection.ts';
import type { IntakeRequest } from './request.ts';

/** What a message has to pass before it is routed (contract §4.4, row 11); null lets it through. */
export type Screen = (candidate: Candidate) => 'spam' | 'blacklisted' | 'refused' | null;

export interface Candidate {
  readonly account: string;
  readonly from: string;
  readonly msisdn: string;
  readonly text: string;
}

/** What makes messages, whatever the request. */
export interface MessageBuilderParts {
  readonly ids: MessageIds;
  readonly router: Router;
  readonly screen?: Screen;
  /** Whether the recipient wants no messages of the account on a channel; absent: everybody wants all. */
  readonly hasOptedOut?: (account: string, channel: Channel, msisdn: string) => boolean;
  /**
   * How many PDUs a long text takes on a connection, which ties parts together in its own way; what the
   * customer is told are the parts of contract §3.5 all the same. Null: the connection is not asked.
   */
  readonly countPdus?: (connection: string, content: Content) => number | null;
  /** Whether a sender can be written as an address on a connection; absent: all can. */
  readonly takesSender?: (connection: string, from: string) => boolean;
  /** What is wrong with content for a connection, as a sentence that names the field; null: it can be sent. */
  readonly validate?: (connection: string, content: Content) => string | null;
}

/** Makes the messages of one request. */
export class MessageBuilder {
  readonly #parts: MessageBuilderParts;
  readonly #references: ConcatReferences;
  readonly #request: IntakeRequest;
  readonly #now: number;
  readonly #reportTo: string | null;
  readonly #wants: number;
  /** Whose faults those are, by connection. */
  #judged: MessageFacts | null = null;
  readonly #faults = new Map<string, Rejection | null>();

  /** `now`: epoch milliseconds at which the request is accepted. */
  constructor(
    parts: MessageBuilderParts,
    references: ConcatReferences,
    request: IntakeRequest,
    now: number,
  ) {
    this.#parts = parts;
    this.#references = references;
    this.#request = request;
    this.#now = now;
    const { account, reports } = request;
    const webhook = account.statusWebhook;
    this.#reportTo = reports?.to ?? (webhook === null ? null : `status:${account.id}`);
    this.#wants = reports?.wants ?? webhook?.statuses ?? 0;
  }

  /** The message to one recipient of a `msg`, or its rejection in the order of contract §4.4. */
  build(checked: CheckedMessage, to: string | null): Message | Rejection {
    const { early, late, facts } = checked;
    if (early !== null) return early;
    if (to === null) return numberMissing;
    const recipient = readRecipient(to, checked.hasPhoneNumbers);
    if ('reason' in recipient) return recipient;
    if (late !== null) return late;
    if (facts === null) throw new Error('a msg without a rejection has facts');
    const { screen, router, ids } = this.#parts;
    const now = this.#now;
    const account = this.#request.account.id;
    const { msisdn } = recipient;
    const { from, channels, content } = facts;
    const verdict = screen?.({ account, from, msisdn, text: content.text }) ?? null;
    if (verdict !== null) return { reason: verdict };
    const operator = facts.operator ?? findOperator(msisdn)?.mccmnc ?? null;
    const network = operator ?? findMobileCountryCode(recipient.country ?? '') ?? null;
    const open = this.#leaveOut(channels, account, msisdn);
    if (open.length === 0 && channels.length > 0) return blacklisted;
    const asked = { account, channels: open, msisdn, from, network, now };
    const route = router.plan(asked);
    if (route.kind === 'unroutable') {
      const isOpen = open === channels || router.plan({ ...asked, channels }).kind === route.kind;
      return isOpen ? unroutable : blacklisted;
    }
    const fault = this.#findFault(facts, route.hops);
    if (fault !== null) return fault;
    return {
      id: ids.next(),
      account,
      door: this.#request.door,
      acceptedAt: now,
      expiresAt: facts.expiresAt,
      from,
      to,
      msisdn,
      reference: facts.reference,
      groupings: facts.groupings,
      operator,
      tariff: facts.tariff,
      plan: this.#buildPlan(facts, route.hops, msisdn),
      wants: this.#wants,
      reportTo: this.#reportTo,
      content,
    };
  }

  /**
   * Why none of the connections takes this sender or content (contract §4.4, rows 2 and 10). If one takes them, the
   * others are passed over when their turn comes, like any refusal (spec "Channel fallback").
   */
  #findFault(facts: MessageFacts, hops: readonly Hop[]): Rejection | null {
    let first: Rejection | null = null;
    for (const { connection } of hops) {
      const fault = this.#judge(connection, facts);
      if (fault === null) return null;
      first ??= fault;
    }
    return first;
  }

  /** The same sender and content go to many recipients, and are looked at once. */
  #judge(connection: string, facts: MessageFacts): Rejection | null {
    if (this.#judged !== facts) {
      this.#judged = facts;
      this.#faults.clear();
    }
    let fault = this.#faults.get(connection);
    if (fault === undefined) {
      fault = findFault(this.#parts, connection, facts);
      this.#faults.set(connection, fault);
    }
    return fault;
  }

  /** The channels without those that the recipient has opted out of. */
  #leaveOut(channels: readonly Channel[], account: string, msisdn: string): readonly Channel[] {
    const { hasOptedOut } = this.#parts;
    if (hasOptedOut === undefined) return channels;
    const isOut = (channel: Channel): boolean => hasOptedOut(account, channel, msisdn);
    return channels.some(isOut) ? channels.filter((channel) => !isOut(channel)) : channels;
  }

  #buildPlan(facts: MessageFacts, hops: readonly Hop[], msisdn: string): readonly Step[] {
    const [hop] = hops;
    const isSimple = hops.length === 1 && facts.smsParts === 1 && facts.richItems === 1;
    if (hop === undefined || !isSimple) {
      return hops.map((one) => this.#buildStep(facts, one, msisdn));
    }
    let plan = simplePlans.get(hop);
    if (plan === undefined) {
      plan = [this.#buildStep(facts, hop, msisdn)];
      simplePlans.set(hop, plan);
    }
    return plan;
  }

  #buildStep(facts: MessageFacts, hop: Hop, msisdn: string): Step {
    const { channel, connection, timeoutMs } = hop;
    const { countPdus } = this.#parts;
    const isLong = channel === 'SMS' && facts.smsParts > 1;
    const parts = isLong
      ? (countPdus?.(connection, facts.content) ?? facts.smsParts)
      : countStepParts(channel, facts);
    const concatReference = isLong ? this.#references.next(msisdn, this.#now) : 0;
    return { channel, connection, parts, timeoutMs, concatReference };
  }
}

/** Most messages have one step of one part, and all those of one hop share their plan: nothing in it ever changes. */
const simplePlans = new WeakMap<Hop, readonly Step[]>();

/** PDUs over SMS, one call for a push, and one for each bubble where content may be rich. */
function countStepParts(channel: Channel, facts: MessageFacts): number {
  switch (channel) {
    case 'SMS':
      return facts.smsParts;
    case 'Push':
      return 1;
    case 'WhatsApp':
    case 'RCS':
    case 'Viber':
      return facts.richItems;
  }
}

const unroutable: Rejection = { reason: 'unroutable' };
const blacklisted: Rejection = { reason: 'blacklisted' };
const numberMissing: Rejection = { reason: 'number-missing' };

const fromInvalid: Rejection = { reason: 'from-invalid' };

function findFault(
  { takesSender, validate }: MessageBuilderParts,
  connection: string,
  { from, content }: MessageFacts,
): Rejection | null {
  if (takesSender?.(connection, from) === false) return fromInvalid;
  const fault = validate?.(connection, content) ?? null;
  return fault === null ? null : rejectField('richContent', fault);
}

/** Digits, or an id where no channel goes by phone numbers; else what is wrong with the number. */
function readRecipient(
  to: string,
  hasPhoneNumbers: boolean,
): { msisdn: string; country?: string } | Rejection {
  if (!hasPhoneNumbers && to.trim() !== '') return { msisdn: to };
  const number = normalisePhoneNumber(to);
  if (!('fault' in number)) return number;
  return number.fault === 'empty' ? numberMissing : { reason: 'number-invalid', value: to };
}

import { begin, beginRefused, type Live, part, partsOf } from '../core/lifecycle.ts';
import type { MessageId } from '../core/message.ts';
import type { ReceiptFact } from '../core/receipt.ts';
import type {
  AcceptRequest,
  AcceptResult,
  Consequences,
  Lease,
  MessageEvent,
  ReceiptResult,
  StepMove,
  SubmittedPart,
  ToldReport,
  UnsentPart,
} from './contract.ts';
import { Gathered } from './gathered.ts';
import { isHeld } from './leases.ts';
import type { Envelope, PartRef, Rows } from './rows.ts';

/** The reason of a message that its prepaid account could not pay (spec "Errors"). */
const spendLimitReached = 30;

/** T1 (contract `IntakeStore.accept`). */
export function accept(rows: Rows, request: AcceptRequest): AcceptResult {
  const { account, messages, now } = request;
  const payable = pay(rows, request);
  if (payable < messages.length && request.wallet === 'trial') {
    return { kind: 'insufficient-balance' };
  }
  if (request.wallet !== 'none' && payable > 0) {
    rows.putWallet(account, (rows.findWallet(account) ?? 0) - payable);
  }
  const queued = payable === messages.length ? messages : messages.slice(0, payable);
  for (const message of queued) {
    rows.insertMessage(message, begin(message));
    rows.queue(message.id, 0, now);
  }
  const gathered = new Gathered(rows);
  for (const message of messages.slice(payable)) {
    const { live, effects } = beginRefused(message, spendLimitReached);
    rows.insertMessage(message, live);
    gathered.apply(message, effects, now, message.operator);
  }
  return { kind: 'accepted', queued, reports: gathered.reports };
}

/** How many of the request's messages the wallet pays for. */
function pay(rows: Rows, request: AcceptRequest): number {
  if (request.wallet === 'none') return request.messages.length;
  return Math.min(rows.findWallet(request.account) ?? 0, request.messages.length);
}

/** Sets a wallet if the account has none. */
export function openWallet(rows: Rows, account: string, messagesLeft: number): void {
  if (rows.findWallet(account) === undefined) rows.putWallet(account, messagesLeft);
}

/** T1b (contract `DispatchStore.intend`). */
export function intend(
  rows: Rows,
  batch: readonly { id: MessageId; step: number }[],
  now: number,
): void {
  const gathered = new Gathered(rows);
  for (const { id, step } of batch) {
    const life = rows.findLife(id);
    if (life !== undefined) gathered.advance(life, { kind: 'intended', step }, now);
  }
}

/** T1b taken back (contract `DispatchStore.withdraw`). */
export function withdraw(rows: Rows, batch: readonly UnsentPart[], now: number): void {
  const gathered = new Gathered(rows);
  for (const { id, step, part } of batch) {
    const life = rows.findLife(id);
    if (life !== undefined) gathered.advance(life, { kind: 'withdrawn', step, part }, now);
  }
}

/** T2 (contract `DispatchStore.submitted`). */
export function submitted(
  rows: Rows,
  batch: readonly SubmittedPart[],
  lease: Lease | null,
  now: number,
): Consequences {
  const gathered = new Gathered(rows);
  const mayDecide = lease === null || isHeld(rows, lease);
  for (const submit of batch) {
    const { id, step, part, connection, outcome } = submit;
    // "Later" and "refused" lead to decisions and wait for the lane's owner; that a part was sent is
    // a fact, whoever says so (DESIGN §4.2).
    const isFact = outcome.kind === 'accepted' || outcome.kind === 'unknown';
    if (!isFact && !mayDecide) continue;
    const life = rows.findLife(id);
    if (life === undefined) continue;
    if (outcome.kind === 'accepted') rows.putPart(connection, outcome.providerId, submit, now);
    const live = gathered.advance(life, { kind: 'submitted', step, part, outcome }, now);
    rows.insertEvent(id, submitEvent(submit, live, now));
    if (outcome.kind === 'accepted') {
      consumeParked(rows, gathered, life.envelope, submit, outcome.providerId, now);
    }
  }
  return gathered.consequences();
}

function submitEvent(
  { step, part, outcome }: SubmittedPart,
  live: Live,
  now: number,
): MessageEvent {
  // A refusal may come many times: its number makes each an event of its own.
  const detail =
    outcome.kind === 'accepted'
      ? outcome.providerId
      : outcome.kind === 'later'
        ? String(live.attempts)
        : '';
  const error = 'error' in outcome ? outcome.error : 0;
  return { at: now, kind: 'submitted', step, part, state: outcome.kind, error, detail };
}

/** Receipts that came before the id they name (DESIGN §4.5). */
function consumeParked(
  rows: Rows,
  gathered: Gathered,
  envelope: Envelope,
  submit: SubmittedPart,
  providerId: string,
  now: number,
): void {
  for (const { key, fact } of rows.findParked(submit.connection, providerId)) {
    if (!agrees(fact, fact.providerIds.indexOf(providerId), envelope)) continue;
    applyReceipt(rows, gathered, submit, fact, now);
    rows.unpark(key);
  }
}

/** T3 (contract `ReceiptStore.record`). */
export function record(
  rows: Rows,
  batch: readonly ReceiptFact[],
  now: number,
): Consequences & { results: readonly ReceiptResult[] } {
  const gathered = new Gathered(rows);
  const results = batch.map((fact): ReceiptResult => {
    const match = findMatch(rows, fact);
    if (match === undefined) {
      rows.park(fact, now, now + firstLookMs);
      return { kind: 'parked' };
    }
    const isNew = applyReceipt(rows, gathered, match.ref, fact, now);
    return { kind: isNew ? 'applied' : 'duplicate', id: match.ref.id, keyIndex: match.keyIndex };
  });
  return { ...gathered.consequences(), results };
}

/** The part a receipt speaks of: its keys in order, the inexact ones only to the same handset. */
function findMatch(rows: Rows, fact: ReceiptFact): { ref: PartRef; keyIndex: number } | undefined {
  for (const [keyIndex, providerId] of fact.providerIds.entries()) {
    const ref = rows.findPart(fact.connection, providerId);
    if (ref === undefined) continue;
    const life = rows.findLife(ref.id);
    if (life !== undefined && agrees(fact, keyIndex, life.envelope)) return { ref, keyIndex };
  }
  return undefined;
}

function agrees(fact: ReceiptFact, keyIndex: number, envelope: Envelope): boolean {
  return keyIndex < fact.exact || fact.destination === envelope.msisdn;
}

/** Records a receipt of a known part; false when it was recorded before. */
function applyReceipt(
  rows: Rows,
  gathered: Gathered,
  { id, step, part }: PartRef,
  fact: ReceiptFact,
  now: number,
): boolean {
  const { at, state, error } = fact;
  const event = { at, kind: 'receipt', step, part, state, error, detail: '' } as const;
  if (!rows.insertEvent(id, event)) return false;
  const life = rows.findLife(id);
  if (life !== undefined) {
    gathered.advance(life, { kind: 'receipt', step, part, state, error }, now, fact.operator);
  }
  return true;
}

/** A parked receipt is looked at every second for a minute, then every minute (reliability §3.4). */
const firstLookMs = 1000;
const laterLookMs = 60_000;

/** Contract `ReceiptStore.sweepParked`. */
export function sweepParked(
  rows: Rows,
  now: number,
  limit: number,
  dropBefore: number,
): Consequences & { looked: number; dropped: number } {
  const gathered = new Gathered(rows);
  const dropped = rows.dropParked(dropBefore, limit);
  const parked = rows.findParkedDue(now, limit);
  for (const { key, fact, parkedAt } of parked) {
    const match = findMatch(rows, fact);
    if (match === undefined) {
      rows.deferParked(key, now + (now - parkedAt < laterLookMs ? firstLookMs : laterLookMs));
      continue;
    }
    applyReceipt(rows, gathered, match.ref, fact, now);
    rows.unpark(key);
  }
  return { ...gathered.consequences(), looked: parked.length, dropped };
}

/** Contract `DispatchStore.cancel`. */
export function cancel(
  rows: Rows,
  ids: readonly MessageId[],
  now: number,
): Consequences & { cancelled: readonly boolean[] } {
  const gathered = new Gathered(rows);
  const cancelled = ids.map((id) => {
    const life = rows.findLife(id);
    if (life === undefined) return false;
    const { live } = life;
    return gathered.advance(life, { kind: 'cancelled' }, now) !== live;
  });
  return { ...gathered.consequences(), cancelled };
}

/** Contract `DispatchStore.move`. */
export function move(
  rows: Rows,
  batch: readonly StepMove[],
  lease: Lease | null,
  now: number,
): Consequences & { moved: readonly boolean[] } {
  const gathered = new Gathered(rows);
  const mayDecide = lease === null || isHeld(rows, lease);
  const moved = batch.map(({ id, step, from, to }) => {
    const life = rows.findLife(id);
    const due = life === undefined ? null : rows.findQueuedDue(id, step);
    if (!mayDecide || life === undefined || due === null) return false;
    const { envelope, live } = life;
    const planned = envelope.plan[step];
    const isUnsent = partsOf(live, step) === part.waiting.repeat(planned?.parts ?? 0);
    if (planned?.connection !== from || !isUnsent) return false;
    rows.putPlan(id, envelope.plan.with(step, { ...planned, connection: to }));
    gathered.apply(envelope, [{ kind: 'queue', step, due }], now, null);
    return true;
  });
  return { ...gathered.consequences(), moved };
}

/** Contract `DispatchStore.sweep`. */
export function sweep(rows: Rows, now: number, limit: number): Consequences & { looked: number } {
  const gathered = new Gathered(rows);
  const due = rows.findDue(now, limit);
  for (const id of due) {
    const life = rows.findLife(id);
    if (life !== undefined) gathered.advance(life, { kind: 'due' }, now);
  }
  return { ...gathered.consequences(), looked: due.length };
}

/** T4 (contract `OutboxStore.told`). */
export function told(rows: Rows, batch: readonly ToldReport[], now: number): void {
  for (const { messageId, status, httpStatus } of batch) {
    rows.tellReport(messageId, status, httpStatus, now);
  }
}

/** Contract `OutboxStore.postpone`. */
export function postpone(
  rows: Rows,
  batch: readonly { queue: string; sequence: number; messageId: MessageId; due: number }[],
): void {
  for (const { queue, sequence, messageId, due } of batch) {
    rows.postponeReports(queue, sequence, messageId, due);
  }
}

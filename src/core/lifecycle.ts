import type { Message } from './message.ts';
import { retryDelayMs } from './retry.ts';
import { type DeliveryError, type Status, status, statusBit } from './status.ts';

/**
 * How much is known about a message. Ranks only rise (DESIGN §4.3): a late fact of lower rank is
 * recorded and changes nothing.
 */
export const rank = { accepted: 0, enroute: 1, assumedEnd: 2, end: 3, read: 4 } as const;

export type Rank = (typeof rank)[keyof typeof rank];

/**
 * What is known of one part, as one letter. `waiting` may be sent; `inDoubt` may have been sent and must not be
 * sent again (no-duplicate mode); `enroute` has a provider id; the others are ends.
 */
export const part = {
  waiting: '.',
  inDoubt: '?',
  enroute: 'e',
  delivered: 'd',
  read: 'r',
  failed: 'f',
} as const;

/** The changing half of a message, narrow because a store writes it at every step. */
export interface Live {
  /** The active step: an index into the plan. */
  readonly step: number;
  readonly rank: Rank;
  /** Statuses that have been reported or passed over, as a bit mask. */
  readonly told: number;
  /** How often the active step has been refused for now. */
  readonly attempts: number;
  /** One letter of `part` for each part; steps are separated by "/". */
  readonly progress: string;
  /** The last temporary error, for the reason of an expiry. */
  readonly lastError: DeliveryError;
  /** Epoch milliseconds at which the sweeper must look; null when the message has ended. */
  readonly due: number | null;
}

/** What an operator or provider, the dispatcher or the clock says about a message. */
export type Fact =
  | { kind: 'submitted'; step: number; part: number; outcome: SubmitOutcome }
  /** No-duplicate mode: these parts are about to be sent and will not be sent again. */
  | { kind: 'intended'; step: number }
  /** No-duplicate mode: this part was intended, and is known not to have been sent. */
  | { kind: 'withdrawn'; step: number; part: number }
  | { kind: 'receipt'; step: number; part: number; state: ReceiptState; error: DeliveryError }
  /** The due time has come: a step's wait or the validity is over. */
  | { kind: 'due' }
  /** The customer takes the message back; nothing happens if any of it has gone out. */
  | { kind: 'cancelled' };

/** What became of one submitted part. "Unknown" is never "not sent" (DESIGN §4.4). */
export type SubmitOutcome =
  | { kind: 'accepted'; providerId: string }
  | { kind: 'refused'; error: DeliveryError }
  /** `attemptsMax`: after this many refusals of the step, treat it as refused for ever. */
  | { kind: 'later'; error: DeliveryError; attemptsMax: number | null }
  /** Sent, no answer came, and the connection does not send again. */
  | { kind: 'unknown' };

export type ReceiptState = 'enroute' | 'delivered' | 'read' | 'failed' | 'rejected' | 'expired';

/** What a store must do, in the same transaction that writes the new state. */
export type Effect =
  | { kind: 'report'; status: Status; error: DeliveryError; channelStep: number }
  /** Put the active step into its lane, to be sent at `due`; replaces the row if there is one. */
  | { kind: 'queue'; step: number; due: number }
  /** Take a step out of its lane; nothing happens if it is not there. */
  | { kind: 'unqueue'; step: number }
  /** Ask the provider to take back what it has of a step; it may be too late. */
  | { kind: 'revoke'; step: number }
  /** Two channels have delivered the same message: nothing can be done, and nobody shall not know. */
  | { kind: 'deliveredAgain'; step: number };

export interface Advance {
  /** Equal to the old state (the same object) when the fact changed nothing. */
  readonly live: Live;
  readonly effects: readonly Effect[];
}

/** How long after the validity the operator's own end is awaited before ours is assumed. */
export const receiptGraceMs = 60 * 60 * 1000;

/** What the lifecycle needs to know of a message; it never looks at what is in it. */
export type Plan = Pick<Message, 'id' | 'acceptedAt' | 'expiresAt' | 'plan' | 'wants'>;

/** The state of a message that was accepted just now. Its first step belongs into its lane. */
export function begin(message: Plan): Live {
  const live = {
    step: 0,
    rank: rank.accepted,
    told: 0,
    attempts: 0,
    progress: message.plan.map((step) => part.waiting.repeat(step.parts)).join('/'),
    lastError: 0,
    due: null,
  } as const;
  return { ...live, due: dueOf(message, live, message.acceptedAt) };
}

/** The state of a message that is refused at once, after its acceptance (contract §4.3: no credit). */
export function beginRefused(message: Plan, error: DeliveryError): Advance {
  return end({ message, live: begin(message), effects: [] }, status.rejected, error, rank.end);
}

/**
 * The lifecycle (DESIGN §4.3): the one place that decides what a fact means. Pure; every store calls
 * it inside the transaction that records the fact.
 */
export function advance(message: Plan, live: Live, fact: Fact, now: number): Advance {
  const run: Run = { message, live, effects: [] };
  switch (fact.kind) {
    case 'submitted':
      return onSubmitted(run, fact, now);
    case 'intended':
      return onIntended(run, fact.step);
    case 'withdrawn':
      return onWithdrawn(run, fact, now);
    case 'receipt':
      return onReceipt(run, fact, now);
    case 'due':
      return onDue(run, now);
    case 'cancelled':
      return onCancelled(run);
  }
}

/** The letters of one step's parts. */
export function partsOf(live: Pick<Live, 'progress'>, step: number): string {
  // Most plans have one step: their progress is its letters.
  if (step === 0 && !live.progress.includes('/')) return live.progress;
  return live.progress.split('/')[step] ?? '';
}

/** Whether nothing but a contradiction or `read` can still happen. */
export function hasEnded(live: Live): boolean {
  return live.rank >= rank.assumedEnd;
}

interface Run {
  readonly message: Plan;
  readonly live: Live;
  readonly effects: readonly Effect[];
}

function onSubmitted(run: Run, fact: Extract<Fact, { kind: 'submitted' }>, now: number): Advance {
  const { live } = run;
  const letter = partsOf(live, fact.step)[fact.part];
  // A part that already has an end or an id keeps it: the answer to a second sending adds nothing.
  if (letter !== part.waiting && letter !== part.inDoubt) return run;
  const isActive = fact.step === live.step && !hasEnded(live);
  switch (fact.outcome.kind) {
    case 'accepted': {
      const sent = mark(run, fact.step, fact.part, part.enroute);
      if (isUnwanted(sent, fact.step)) return revoke(sent, fact.step);
      if (!isActive || hasUnsent(sent.live, fact.step)) return sent;
      const gone = withEffect(sent, { kind: 'unqueue', step: fact.step });
      return reportEnroute(withDue(gone, now), fact.step);
    }
    case 'unknown': {
      const sent = mark(run, fact.step, fact.part, part.inDoubt);
      if (!isActive || hasUnsent(sent.live, fact.step)) return sent;
      return withDue(withEffect(sent, { kind: 'unqueue', step: fact.step }), now);
    }
    case 'refused': {
      const failed = mark(run, fact.step, fact.part, part.failed);
      return isActive ? giveUpStep(failed, status.rejected, fact.outcome.error, now) : failed;
    }
    case 'later': {
      if (!isActive) return run;
      const { error, attemptsMax } = fact.outcome;
      const waiting = mark(run, fact.step, fact.part, part.waiting);
      const attempts = countAttempt(waiting.live, fact);
      const again = withDue(change(waiting, { attempts, lastError: error }), now);
      // A step with another behind it does not retry (spec "Channel fallback").
      if (isLastStep(again) && (attemptsMax === null || attempts < attemptsMax)) {
        const due = now + retryDelayMs(attempts, run.message.id);
        // Beyond the validity nothing is sent; the sweeper ends the message there.
        if (due >= run.message.expiresAt)
          return withEffect(again, { kind: 'unqueue', step: live.step });
        return withEffect(again, { kind: 'queue', step: live.step, due });
      }
      return giveUpStep(again, status.rejected, error, now);
    }
  }
}

/** The parts of a step are refused together: the first one that waits counts for all of them. */
function countAttempt(live: Live, fact: { step: number; part: number }): number {
  const isFirst = partsOf(live, fact.step).indexOf(part.waiting) === fact.part;
  return Math.max(live.attempts + (isFirst ? 1 : 0), 1);
}

function onIntended(run: Run, step: number): Advance {
  if (step !== run.live.step || hasEnded(run.live)) return run;
  const letters = partsOf(run.live, step).replaceAll(part.waiting, part.inDoubt);
  return withEffect(change(run, { progress: replaceStep(run.live, step, letters) }), {
    kind: 'unqueue',
    step,
  });
}

function onWithdrawn(run: Run, fact: { step: number; part: number }, now: number): Advance {
  if (partsOf(run.live, fact.step)[fact.part] !== part.inDoubt) return run;
  if (fact.step !== run.live.step || hasEnded(run.live)) return run;
  const waiting = withDue(mark(run, fact.step, fact.part, part.waiting), now);
  // Back to its old place, before what was accepted later.
  return withEffect(waiting, { kind: 'queue', step: fact.step, due: run.message.acceptedAt });
}

function onReceipt(run: Run, fact: Extract<Fact, { kind: 'receipt' }>, now: number): Advance {
  const letter = partsOf(run.live, fact.step)[fact.part];
  if (letter === undefined) return run;
  switch (fact.state) {
    case 'enroute':
      // Operators say so again and again; the first acceptance has been told already.
      return run;
    case 'delivered':
    case 'read': {
      const reached = fact.state === 'read' ? part.read : part.delivered;
      if (letter === part.read || letter === reached || letter === part.failed) return run;
      const marked = mark(run, fact.step, fact.part, reached);
      if (!isReached(marked.live, fact.step)) return marked;
      const isAgain = !isReached(run.live, fact.step) && isReachedByAny(run);
      const again = { kind: 'deliveredAgain', step: fact.step } as const;
      return deliver(isAgain ? withEffect(marked, again) : marked, fact);
    }
    case 'failed':
    case 'rejected':
    case 'expired': {
      if (letter === part.delivered || letter === part.read || letter === part.failed) return run;
      const failed = mark(run, fact.step, fact.part, part.failed);
      // What becomes of a step that was given up says nothing of the active one.
      if (fact.step !== run.live.step) return failed;
      // An end that we assumed gives way to the operator's, which cannot be told a second time.
      if (run.live.rank === rank.assumedEnd) return change(failed, { rank: rank.end });
      if (hasEnded(run.live)) return failed;
      const result = fact.state === 'rejected' ? status.rejected : status.failed;
      return giveUpStep(failed, result, fact.error, now);
    }
  }
}

function onDue(run: Run, now: number): Advance {
  const { live, message } = run;
  if (live.due === null || hasEnded(live)) return run;
  if (now < live.due) return run;
  const isOver = hasUnsent(live, live.step)
    ? now >= message.expiresAt
    : now >= message.expiresAt + receiptGraceMs;
  if (isOver) {
    // Expired for want of credit is 21, otherwise 8 (contract §3.7).
    const forCredit = live.lastError === 22 || live.lastError === 7 || live.lastError === 21;
    const gone = withEffect(run, { kind: 'unqueue', step: live.step });
    return end(gone, status.failed, forCredit ? 21 : 8, rank.assumedEnd);
  }
  const timeoutMs = message.plan[live.step]?.timeoutMs ?? null;
  if (timeoutMs !== null && !isLastStep(run) && now < message.expiresAt) return nextStep(run, now);
  return withDue(run, now);
}

/** What was never handed over can be taken back: parts that wait, or that were refused. */
function onCancelled(run: Run): Advance {
  const { live } = run;
  if (hasEnded(live) || mayHaveGoneOut(live)) return run;
  // No number of the specification says "cancelled"; "not delivered" is true.
  return end(withEffect(run, { kind: 'unqueue', step: live.step }), status.failed, 5, rank.end);
}

function mayHaveGoneOut({ progress }: Live): boolean {
  for (const letter of progress) {
    if (letter !== part.waiting && letter !== part.failed && letter !== '/') return true;
  }
  return false;
}

/** The active step has failed: the next one begins, or the message ends. */
function giveUpStep(run: Run, result: Status, error: DeliveryError, now: number): Advance {
  if (!isLastStep(run) && now < run.message.expiresAt) return nextStep(run, now);
  return end(withEffect(run, { kind: 'unqueue', step: run.live.step }), result, error, rank.end);
}

function nextStep(run: Run, now: number): Advance {
  const left = revoke(withEffect(run, { kind: 'unqueue', step: run.live.step }), run.live.step);
  const step = run.live.step + 1;
  const moved = change(left, { step, attempts: 0, lastError: 0 });
  return withEffect(withDue(moved, now), { kind: 'queue', step, due: now });
}

/** A whole step has reached the handset: the message is delivered by that channel. */
function deliver(run: Run, fact: Extract<Fact, { kind: 'receipt' }>): Advance {
  const { live } = run;
  const isRead = partsOf(live, fact.step) === part.read.repeat(partsOf(live, fact.step).length);
  // Between two ends the first wins (reliability §3.1), unless ours was only assumed.
  if (live.rank === rank.end && (live.told & statusBit(status.delivered)) === 0) return run;
  const wasOpen = !hasEnded(live);
  const reached = isRead ? rank.read : rank.end;
  let next = change(run, { rank: live.rank > reached ? live.rank : reached, due: null });
  // A later step that has not gone out yet must not go out any more, whichever step delivered.
  if (wasOpen) {
    next = withEffect(next, { kind: 'unqueue', step: live.step });
    next = revoke(next, live.step);
  }
  next = tell(next, status.delivered, 0, fact.step);
  return isRead ? tell(next, status.read, 0, fact.step) : next;
}

function end(run: Run, result: Status, error: DeliveryError, reached: Rank): Advance {
  return tell(change(run, { rank: reached, due: null }), result, error, run.live.step);
}

function reportEnroute(run: Run, step: number): Run {
  if (partsOf(run.live, step).includes(part.inDoubt)) return run;
  const risen = run.live.rank === rank.accepted ? change(run, { rank: rank.enroute }) : run;
  return tell(risen, status.accepted, 0, step);
}

/** Adds a report unless this status, or one that ended the message, has been told before. */
function tell(run: Run, value: Status, error: DeliveryError, step: number): Run {
  const bit = statusBit(value);
  const isLate = value === status.accepted && run.live.told > statusBit(status.accepted);
  if ((run.live.told & bit) !== 0 || isLate) return run;
  const told = change(run, { told: run.live.told | bit });
  if ((run.message.wants & bit) === 0) return told;
  return withEffect(told, { kind: 'report', status: value, error, channelStep: step });
}

function mark(run: Run, step: number, index: number, letter: string): Run {
  const letters = partsOf(run.live, step);
  if (letters[index] === letter) return run;
  const marked = letters.slice(0, index) + letter + letters.slice(index + 1);
  return change(run, { progress: replaceStep(run.live, step, marked) });
}

function replaceStep(live: Live, step: number, letters: string): string {
  if (step === 0 && !live.progress.includes('/')) return letters;
  return live.progress.split('/').with(step, letters).join('/');
}

function hasUnsent(live: Live, step: number): boolean {
  return partsOf(live, step).includes(part.waiting);
}

function isReached(live: Live, step: number): boolean {
  for (const letter of partsOf(live, step)) {
    if (letter !== part.delivered && letter !== part.read) return false;
  }
  return true;
}

/** Whether another step was begun in its place, or has delivered. */
function isUnwanted({ live }: Run, step: number): boolean {
  if (step < live.step) return true;
  return (live.told & statusBit(status.delivered)) !== 0 && !isReached(live, step);
}

/** A part in doubt has no id to name; it is asked back when its answer comes. */
function revoke(run: Run, step: number): Run {
  if (!partsOf(run.live, step).includes(part.enroute)) return run;
  return withEffect(run, { kind: 'revoke', step });
}

function isReachedByAny({ message, live }: Run): boolean {
  return message.plan.some((_, step) => isReached(live, step));
}

function isLastStep(run: Run): boolean {
  return run.live.step >= run.message.plan.length - 1;
}

function withDue(run: Run, now: number): Run {
  return change(run, { due: dueOf(run.message, run.live, now) });
}

/** When the sweeper must look: the step's wait if another step is behind it, else the validity's end. */
function dueOf(message: Plan, live: Omit<Live, 'due'>, now: number): number {
  const letters = partsOf(live, live.step);
  const last = letters.includes(part.waiting)
    ? message.expiresAt
    : message.expiresAt + receiptGraceMs;
  const timeoutMs = message.plan[live.step]?.timeoutMs ?? null;
  const hasNext = live.step < message.plan.length - 1;
  if (timeoutMs === null || !hasNext || now >= message.expiresAt) return last;
  return Math.min(last, now + timeoutMs);
}

function change(run: Run, fields: Partial<Live>): Run {
  return { ...run, live: { ...run.live, ...fields } };
}

function withEffect(run: Run, effect: Effect): Run {
  return { ...run, effects: [...run.effects, effect] };
}

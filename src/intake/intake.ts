import type { Account } from '../core/account.ts';
import type { Message, MessageId } from '../core/message.ts';
import type { Clock } from '../lib/clock.ts';
import type { MessageIds } from '../lib/message-id.ts';
import type { Router } from '../routing/route.ts';
import type {
  AcceptRequest,
  AcceptResult,
  IntakeStore,
  KeptAnswer,
  KnownKey,
  Once,
  OutboxReport,
} from '../store/contract.ts';
import { StoreFault } from '../store/fault.ts';
import { type CheckedMessage, checkMessage } from './check.ts';
import { type ConcatReferences, createConcatReferences } from './concat-references.ts';
import {
  binaryDigitsMax,
  chunkMessages,
  keptAnswerCharactersMax,
  requestCharactersMax,
  requestMessagesMax,
} from './limits.ts';
import { MessageBuilder, type MessageBuilderParts, type Screen } from './message-builder.ts';
import type { Rejection } from './rejection.ts';
import type { IntakeMessage, IntakeRequest, IntakeResult } from './request.ts';

/** The one way in: every door brings its messages here, and here alone they become messages. */
export interface Intake {
  /**
   * Checks a request, expands it into one message for each `msg` and recipient, plans and stores
   * them. What it says was accepted is on disk. Rejects when the store failed and nothing was
   * accepted, but is `busy` when it only cannot write now; what failed beside accepted messages is
   * rejected as `internal`.
   */
  submit(request: IntakeRequest): Promise<IntakeResult>;
  /**
   * The same for a request that may come again: its messages are one commit, and what `render` makes of the
   * result is kept with them. What is answered when nothing is accepted is not kept.
   */
  submitOnce(
    request: IntakeRequest,
    once: Omit<Once, 'answer'>,
    render: (result: IntakeResult) => KeptAnswer,
  ): Promise<KeptAnswer | KnownKey | KeptRefusal>;
  /** Whether an account may send at all; only a trial account may have run out (contract §4.3). */
  hasBalance(account: Account): Promise<boolean>;
}

/** Nothing was accepted, because the answer would be over `keptAnswerCharactersMax`. */
export interface KeptRefusal {
  readonly kind: 'answer-too-large';
}

export interface IntakeParts {
  readonly store: IntakeStore;
  readonly clock: Clock;
  readonly ids: MessageIds;
  readonly router: Router;
  /** Whether the gateway has room for so many messages of the account, and the account a right to it. */
  admit(account: Account, messages: number): 'ok' | 'busy' | 'too-fast';
  /** Milliseconds until an account that sends too fast may send again; absent: nobody knows. */
  waitMs?(account: Account): number;
  /** The rules on content and recipients (contract §4.4, row 11); absent: none. */
  readonly screen?: Screen;
  /** See `MessageBuilderParts.hasOptedOut`. */
  readonly hasOptedOut?: NonNullable<MessageBuilderParts['hasOptedOut']>;
  /** See `MessageBuilderParts.countPdus`. */
  readonly countPdus?: NonNullable<MessageBuilderParts['countPdus']>;
  /** See `MessageBuilderParts.takesSender`. */
  readonly takesSender?: NonNullable<MessageBuilderParts['takesSender']>;
  /** See `MessageBuilderParts.validate`. */
  readonly validate?: NonNullable<MessageBuilderParts['validate']>;
  /** Told after each commit, before the customer is: the dispatcher and the webhooks go on. */
  onAccepted(accepted: Accepted): void;
  /** The store failed at a part of a request; the rest was accepted. For the log. */
  onStoreFailure(what: string, error: unknown): void;
  /** Told what each recipient comes to, in the order of the results. For dry runs. */
  onBuilt?(made: Message | Rejection, checked: CheckedMessage, to: string | null): void;
}

export interface Accepted {
  readonly queued: readonly Message[];
  readonly reports: readonly OutboxReport[];
}

export function createIntake(parts: IntakeParts): Intake {
  const references = createConcatReferences();
  return {
    submit: (request) => submit(parts, references, request),
    submitOnce: (request, once, render) => submitOnce(parts, references, request, once, render),
    hasBalance: (account) => hasBalance(parts.store, account),
  };
}

/** Nothing is wrong with a request that the store cannot write now: it is worth sending again. */
function busyAt(error: unknown): IntakeResult {
  if (error instanceof StoreFault) return { kind: 'busy' };
  throw error;
}

async function submit(
  parts: IntakeParts,
  references: ConcatReferences,
  request: IntakeRequest,
): Promise<IntakeResult> {
  const size = measure(request.messages);
  const judged = judge(parts, request, size);
  const refusal = judged instanceof Promise ? await judged : judged;
  if (refusal !== null) return refusal;
  const run = createRun(parts, references, request);
  if (size.messages <= chunkMessages) expand(run);
  else await expandInChunks(run, isOneCommit(request));
  try {
    if (run.commits.length > 0) {
      startCommit(run);
      await settle(run);
    } else if (isWithheld(run)) {
      withhold(run.results);
    } else if (run.batch.length > 0) {
      const stored = await parts.store.accept(acceptanceOf(run, run.batch));
      if (stored.kind === 'insufficient-balance') return stored;
      parts.onAccepted(stored);
    }
  } catch (error) {
    return busyAt(error);
  }
  return conclude(run.results);
}

async function submitOnce(
  parts: IntakeParts,
  references: ConcatReferences,
  request: IntakeRequest,
  once: Omit<Once, 'answer'>,
  render: (result: IntakeResult) => KeptAnswer,
): Promise<KeptAnswer | KnownKey | KeptRefusal> {
  const size = measure(request.messages);
  const refusal = await judge(parts, request, size);
  if (refusal !== null) return render(refusal);
  const run = createRun(parts, references, request);
  await expandInChunks(run, true);
  if (isWithheld(run)) withhold(run.results);
  const result = conclude(run.results);
  const answer = render(result);
  if (result.kind !== 'done' || result.accepted === 0) return answer;
  if (answer.body.length > keptAnswerCharactersMax) return { kind: 'answer-too-large' };
  const acceptance = acceptanceOf(run, run.batch);
  let stored: AcceptResult | KnownKey;
  try {
    stored = await parts.store.acceptOnce(acceptance, { ...once, answer });
  } catch (error) {
    return render(busyAt(error));
  }
  if (stored.kind === 'insufficient-balance') return render(stored);
  if (stored.kind !== 'accepted') return stored;
  parts.onAccepted(stored);
  return answer;
}

/** Why nothing of a request is looked at; null when it is. Only for an account on trial the store has to be asked. */
function judge(
  parts: IntakeParts,
  { account }: IntakeRequest,
  size: Size,
): IntakeResult | null | Promise<IntakeResult | null> {
  const admission = parts.admit(account, size.messages);
  if (admission === 'busy') return { kind: admission };
  if (admission === 'too-fast') return { kind: admission, waitMs: parts.waitMs?.(account) };
  if (account.wallet !== 'trial') return judgeSize(size);
  return hasBalance(parts.store, account).then((has) =>
    has ? judgeSize(size) : { kind: 'insufficient-balance' },
  );
}

function judgeSize({ messages, characters }: Size): IntakeResult | null {
  if (messages > requestMessagesMax) return { kind: 'too-many-messages' };
  return characters > requestCharactersMax ? { kind: 'too-large' } : null;
}

function isOneCommit({ policy, account }: IntakeRequest): boolean {
  return policy === 'all-or-nothing' || account.wallet === 'trial';
}

/** One request on its way. */
interface Run {
  readonly parts: IntakeParts;
  readonly request: IntakeRequest;
  readonly now: number;
  readonly builder: MessageBuilder;
  readonly results: Result[];
  /** The good messages of the current chunk. */
  batch: Message[];
  /** The chunks before it. */
  readonly commits: Commit[];
}

function createRun(parts: IntakeParts, references: ConcatReferences, request: IntakeRequest): Run {
  const now = parts.clock.now();
  const builder = new MessageBuilder(parts, references, request, now);
  return { parts, request, now, builder, results: [], batch: [], commits: [] };
}

/** A `MessageResult` that may still change. */
interface Result {
  readonly to: string | null;
  readonly reference: string | null;
  id: MessageId | null;
  parts: number;
  rejection: Rejection | null;
}

/** What a request comes to: messages, and the characters that are stored for them. */
interface Size {
  readonly messages: number;
  readonly characters: number;
}

function measure(messages: readonly IntakeMessage[]): Size {
  let count = 0;
  let characters = 0;
  for (const { to, body, rich } of messages) {
    const recipients = typeof to === 'string' || to === null ? 1 : Math.max(to.length, 1);
    const richCharacters = rich !== null && 'json' in rich ? rich.json.length : 0;
    const textCharacters = Math.min(body?.content?.length ?? 0, binaryDigitsMax);
    count += recipients;
    characters += recipients * (textCharacters + richCharacters);
  }
  return { messages: count, characters };
}

/** Whether more than nothing is left; whether it is enough, the store finds when it accepts. */
async function hasBalance(store: IntakeStore, account: Account): Promise<boolean> {
  if (account.wallet !== 'trial') return true;
  return ((await store.messagesLeft(account.id)) ?? 0) > 0;
}

/** Makes a message or a rejection of each `msg` and recipient. */
function expand(run: Run): void {
  const { account, messages } = run.request;
  for (const message of messages) {
    const checked = checkMessage(message, account, run.now);
    for (const to of checked.recipients) take(run, checked, to);
  }
}

/**
 * The same for a large request. After each chunk others get a turn of the event loop, and what is there goes to
 * the store, unless the request is one transaction.
 */
async function expandInChunks(run: Run, isOne: boolean): Promise<void> {
  const { parts, request, results } = run;
  let chunkEnd = chunkMessages;
  for (const message of request.messages) {
    const checked = checkMessage(message, request.account, run.now);
    for (const to of checked.recipients) {
      if (results.length === chunkEnd) {
        if (!isOne) startCommit(run);
        chunkEnd += chunkMessages;
        await takeTurn(parts.clock);
      }
      take(run, checked, to);
    }
  }
}

/** Makes a message of one recipient, or a rejection, and keeps the result. */
function take(run: Run, checked: CheckedMessage, to: string | null): void {
  const made = run.builder.build(checked, to);
  run.parts.onBuilt?.(made, checked, to);
  const { reference } = checked;
  if ('reason' in made) {
    run.results.push({ to, reference, id: null, parts: 0, rejection: made });
    return;
  }
  const first = made.plan[0];
  const parts = first?.channel === 'SMS' ? (checked.facts?.smsParts ?? 0) : 1;
  run.results.push({ to, reference, id: made.id, parts, rejection: null });
  run.batch.push(made);
}

/** A chunk on its way to the disk, and the results that depend on it. */
interface Commit {
  /** Never rejects, because nobody listens while later chunks are built. */
  readonly failure: Promise<{ error: unknown } | null>;
  /** Its results end before this one. */
  readonly end: number;
}

function startCommit(run: Run): void {
  const failure = commit(run, run.batch).then(
    () => null,
    (error: unknown) => ({ error }),
  );
  run.commits.push({ failure, end: run.results.length });
  run.batch = [];
}

/** T1: when it resolves, the messages are on disk and their next stations know of them. */
async function commit(run: Run, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const stored = await run.parts.store.accept(acceptanceOf(run, messages));
  if (stored.kind === 'accepted') run.parts.onAccepted(stored);
}

function acceptanceOf(run: Run, messages: readonly Message[]): AcceptRequest {
  const { account } = run.request;
  return { account: account.id, messages, now: run.now, wallet: account.wallet };
}

const internal: Rejection = { reason: 'internal' };

/** Waits for all chunks; those that the store did not take are rejected, unless none was taken. */
async function settle({ parts, commits, results }: Run): Promise<void> {
  let firstFailure: { error: unknown } | null = null;
  let start = 0;
  for (const { failure, end } of commits) {
    const failed = await failure;
    if (failed !== null) {
      firstFailure ??= failed;
      for (const result of results.slice(start, end)) {
        if (result.id !== null) refuse(result, internal);
      }
    }
    start = end;
  }
  if (firstFailure === null) return;
  if (results.every(({ id }) => id === null)) throw firstFailure.error;
  parts.onStoreFailure('accept a part of a request', firstFailure.error);
}

function refuse(result: Result, rejection: Rejection | null): void {
  result.id = null;
  result.parts = 0;
  result.rejection = rejection;
}

/** One bad message of `all-or-nothing` holds the good ones back. */
function isWithheld({ request, batch, results }: Run): boolean {
  return request.policy === 'all-or-nothing' && batch.length < results.length;
}

function withhold(results: readonly Result[]): void {
  for (const result of results) {
    if (result.rejection === null) refuse(result, null);
  }
}

function conclude(results: readonly Result[]): IntakeResult {
  let accepted = 0;
  let unroutables = 0;
  for (const { id, rejection } of results) {
    if (id !== null) accepted++;
    else if (rejection?.reason === 'unroutable') unroutables++;
  }
  if (unroutables > 0 && unroutables === results.length) return { kind: 'unroutable' };
  return { kind: 'done', accepted, results };
}

/** Lets the event loop go on with others in the middle of a large request. */
function takeTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.soon(resolve));
}

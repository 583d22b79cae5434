import type {
  AcceptRequest,
  AcceptResult,
  KeptAnswer,
  KnownKey,
  Once,
  RequestKey,
} from './contract.ts';
import type { Rows } from './rows.ts';
import { accept } from './transactions.ts';

/** What "once" needs of a database, in the transaction of what is done once. */
export interface AnswerRows {
  findAnswer(account: string, key: string): StoredAnswer | undefined;
  /** Answers of an account, with those that have expired and are not deleted yet. */
  countAnswers(account: string): number;
  /** Takes the place of an expired one. */
  putAnswer(once: Once): void;
  /** Deletes up to `limit` of those that expired by `now` and says how many. */
  dropAnswers(now: number, limit: number): number;
}

export interface StoredAnswer {
  readonly fingerprint: string;
  readonly expiresAt: number;
  readonly answer: KeptAnswer;
}

/** Contract `AnswerStore.find`. */
export function findKey(rows: AnswerRows, asked: RequestKey, now: number): KnownKey | null {
  const known = rows.findAnswer(asked.account, asked.key);
  if (known === undefined || known.expiresAt <= now) return null;
  if (known.fingerprint !== asked.fingerprint) return { kind: 'key-reused' };
  return { kind: 'repeated', answer: known.answer };
}

/** T1 of a request that may come again (contract `IntakeStore.acceptOnce`). */
export function acceptOnce(
  rows: Rows,
  answers: AnswerRows,
  request: AcceptRequest,
  once: Once,
): AcceptResult | KnownKey {
  const known = judgeKey(answers, once, request.now);
  if (known !== null) return known;
  const result = accept(rows, request);
  if (result.kind === 'accepted') answers.putAnswer(once);
  return result;
}

/** Why a transaction with this key must not run; null when it must. */
export function judgeKey(answers: AnswerRows, once: Once, now: number): KnownKey | null {
  const known = findKey(answers, once, now);
  if (known !== null) return known;
  return answers.countAnswers(once.account) < once.keysMax ? null : { kind: 'keys-too-many' };
}

import { createHash, hash } from 'node:crypto';
import type { Account } from '../core/account.ts';
import type { Intake, KeptRefusal } from '../intake/intake.ts';
import type { IntakeRequest, IntakeResult } from '../intake/request.ts';
import type { Clock } from '../lib/clock.ts';
import type { AnswerStore, KeptAnswer, KnownKey, Once, RequestKey } from '../store/contract.ts';
import type { DoorRequest, DoorResponse } from './door.ts';

/** So long a key gives the same answer: a day. */
export const answerKeptMs = 24 * 60 * 60 * 1000;
/** Keys that an account may use in that time. */
export const keysPerAccountMax = 1_000_000;
/** Characters of an Idempotency-Key. */
export const keyCharactersMax = 255;

const keyPattern = new RegExp(`^[\\x20-\\x7e]{1,${keyCharactersMax}}$`);

/** Why a request with a key is refused because of it. */
export type KeyRefusal =
  | 'key-invalid'
  | 'key-reused'
  | 'key-under-way'
  | 'keys-too-many'
  | 'answer-too-large';

/** What each door says in its own form (docs/reference/idempotency.md). */
export const keyRefusals: Readonly<Record<KeyRefusal, { status: number; sentence: string }>> = {
  'key-invalid': {
    status: 400,
    sentence: `The Idempotency-Key must be 1 to ${keyCharactersMax} printable ASCII characters.`,
  },
  'key-reused': {
    status: 422,
    sentence: 'The Idempotency-Key belongs to a request that asked for something else.',
  },
  'key-under-way': {
    status: 409,
    sentence: 'A request with this Idempotency-Key is under way.',
  },
  'keys-too-many': {
    status: 429,
    sentence: 'The account has used too many Idempotency-Keys within a day.',
  },
  'answer-too-large': {
    status: 413,
    sentence: 'The request has too many messages to be sent with an Idempotency-Key.',
  },
};

/** A request that is done once: all but the answer it will have. */
export type KeyedRequest = Omit<Once, 'answer'>;

/** Does what comes again only once, and answers it the same each time. */
export interface Idempotency {
  /**
   * Null when the request has no Idempotency-Key, and nothing was done. Otherwise `work` is done unless it
   * has been; it commits its answer together with what it does.
   */
  once(
    request: DoorRequest,
    account: Account,
    refuse: (why: KeyRefusal) => DoorResponse,
    work: (keyed: KeyedRequest) => Promise<KeptAnswer | KnownKey | KeptRefusal>,
  ): Promise<DoorResponse> | null;
}

export interface IdempotencyParts {
  readonly answers: Pick<AnswerStore, 'find'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Override of `keysPerAccountMax`. */
  readonly keysMax?: number;
}

export function createIdempotency(parts: IdempotencyParts): Idempotency {
  const { answers, clock, keysMax = keysPerAccountMax } = parts;
  /** The requests of this process that are not answered yet: their keys and fingerprints. */
  const underWay = new Map<string, string>();

  async function run(
    key: RequestKey,
    refuse: (why: KeyRefusal) => DoorResponse,
    work: Parameters<Idempotency['once']>[3],
  ): Promise<DoorResponse> {
    const name = `${key.account}\n${key.key}`;
    const twin = underWay.get(name);
    if (twin !== undefined)
      return refuse(twin === key.fingerprint ? 'key-under-way' : 'key-reused');
    underWay.set(name, key.fingerprint);
    try {
      const now = clock.now();
      const known = await answers.find(key, now);
      const done = known ?? (await work({ ...key, expiresAt: now + answerKeptMs, keysMax }));
      if (!('kind' in done)) return done;
      return done.kind === 'repeated' ? done.answer : refuse(done.kind);
    } finally {
      underWay.delete(name);
    }
  }

  return {
    once(request, account, refuse, work) {
      const given = request.headers['idempotency-key'];
      if (given === undefined) return null;
      if (!keyPattern.test(given)) return Promise.resolve(refuse('key-invalid'));
      const key = {
        account: account.id,
        key: hash('sha256', given, 'base64url'),
        fingerprint: fingerprintOf(request),
      };
      return run(key, refuse, work);
    },
  };
}

/** A hash of all by which two requests can differ in what they ask for. */
function fingerprintOf({ method, path, query, body }: DoorRequest): string {
  // A line end stands in none of the three, and the body comes last.
  const head = `${method}\n${path}\n${query}\n`;
  return createHash('sha256').update(head).update(body).digest('base64url');
}

/** How a door says what came of a request. */
export interface Manner {
  /** The same result always gives the same octets. */
  render(result: IntakeResult): DoorResponse;
  refuseKey(why: KeyRefusal): DoorResponse;
}

/** Brings a door's messages to intake, once if the request has an Idempotency-Key. */
export function submitMessages(
  parts: { readonly intake: Intake; readonly idempotency: Idempotency },
  request: DoorRequest,
  asked: IntakeRequest,
  manner: Manner,
): Promise<DoorResponse> {
  const { intake, idempotency } = parts;
  const once = idempotency.once(request, asked.account, manner.refuseKey, (keyed) =>
    intake.submitOnce(asked, keyed, manner.render),
  );
  return once ?? intake.submit(asked).then(manner.render);
}

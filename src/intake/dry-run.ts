import type { Account } from '../core/account.ts';
import type { Message } from '../core/message.ts';
import type { Explanation } from '../routing/route.ts';
import type { AcceptRequest, AcceptResult, IntakeStore } from '../store/contract.ts';
import { createIntake, type Intake, type IntakeParts } from './intake.ts';
import type { Rejection } from './rejection.ts';
import type { IntakeResult } from './request.ts';

/**
 * An intake for one request that sends and stores nothing: the same intake, over a store that takes nothing
 * and a router that says why. What it answers is what the real one would answer now.
 */
export interface DryRun {
  readonly intake: Intake;
  /** Null until a request got as far as intake. */
  readonly seen: DryRequest | null;
}

export interface DryRequest {
  readonly account: Account;
  readonly result: IntakeResult | null;
  /** Whether the request has more messages than a dry run looks at; then none was. */
  readonly isTooLarge: boolean;
  /** One for each `msg` and recipient, in the order of the request. */
  readonly messages: readonly DryMessage[];
}

export interface DryMessage {
  /** As they were sent. */
  readonly to: string | null;
  readonly reference: string | null;
  readonly made: Message | Rejection;
  /** Null when it was rejected before it was routed. */
  readonly route: Explanation | null;
}

/** @param messagesMax messages of a request that are looked at; with more it is refused. */
export function startDryRun(parts: IntakeParts, messagesMax: number): DryRun {
  return new Recorder(parts, messagesMax);
}

class Recorder implements DryRun {
  readonly intake: Intake;
  #account: Account | null = null;
  #result: IntakeResult | null = null;
  #isTooLarge = false;
  readonly #messages: DryMessage[] = [];
  #route: Explanation | null = null;

  constructor(parts: IntakeParts, messagesMax: number) {
    const { router } = parts;
    const intake = createIntake({
      ...parts,
      store: withoutWriting(parts.store),
      router: {
        ...router,
        plan: (request) => {
          this.#route = router.explain(request);
          return this.#route.plan;
        },
      },
      admit: (account, messages) => {
        this.#account = account;
        this.#isTooLarge = messages > messagesMax;
        return this.#isTooLarge ? 'busy' : parts.admit(account, messages);
      },
      onAccepted() {},
      onBuilt: (made, { reference }, to) => {
        this.#messages.push({ to, reference, made, route: this.#route });
        this.#route = null;
      },
    });
    this.intake = {
      ...intake,
      submit: async (request) => {
        const result = await intake.submit(request);
        this.#result = result;
        return result;
      },
    };
  }

  get seen(): DryRequest | null {
    if (this.#account === null) return null;
    return {
      account: this.#account,
      result: this.#result,
      isTooLarge: this.#isTooLarge,
      messages: this.#messages,
    };
  }
}

/** A store that would take what the real one would take. */
function withoutWriting(store: IntakeStore): IntakeStore {
  return {
    accept: (request) => judge(store, request),
    acceptOnce: (request) => judge(store, request),
    openWallet: () => Promise.resolve(),
    messagesLeft: (account) => store.messagesLeft(account),
  };
}

/** The order of contract §4.3: a trial account pays for all or for nothing. */
async function judge(store: IntakeStore, request: AcceptRequest): Promise<AcceptResult> {
  const { account, messages, wallet } = request;
  const left = wallet === 'none' ? messages.length : ((await store.messagesLeft(account)) ?? 0);
  if (wallet === 'trial' && left < messages.length) return { kind: 'insufficient-balance' };
  return { kind: 'accepted', queued: messages.slice(0, left), reports: [] };
}

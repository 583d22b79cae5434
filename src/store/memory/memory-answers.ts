import type { Once } from '../contract.ts';
import type { AnswerRows, StoredAnswer } from '../once.ts';

/** The kept answers in a map, oldest first. */
export class MemoryAnswers implements AnswerRows {
  readonly #answers = new Map<string, Once>();
  readonly #counts = new Map<string, number>();
  /** Takes notes of how to undo what is done. */
  readonly #note: (undo: () => void) => void;

  constructor(note: (undo: () => void) => void) {
    this.#note = note;
  }

  findAnswer(account: string, key: string): StoredAnswer | undefined {
    return this.#answers.get(nameOf(account, key));
  }

  countAnswers(account: string): number {
    return this.#counts.get(account) ?? 0;
  }

  putAnswer(once: Once): void {
    const name = nameOf(once.account, once.key);
    const old = this.#answers.get(name);
    if (old !== undefined) this.#delete(name, old);
    this.#set(name, once);
    this.#note(() => {
      this.#delete(name, once);
      if (old !== undefined) this.#set(name, old);
    });
  }

  dropAnswers(now: number, limit: number): number {
    const expired = [...this.#answers].filter(([, { expiresAt }]) => expiresAt <= now);
    const dropped = expired.slice(0, limit);
    for (const [name, answer] of dropped) this.#delete(name, answer);
    return dropped.length;
  }

  #set(name: string, once: Once): void {
    this.#answers.set(name, once);
    this.#counts.set(once.account, this.countAnswers(once.account) + 1);
  }

  #delete(name: string, { account }: Once): void {
    this.#answers.delete(name);
    this.#counts.set(account, this.countAnswers(account) - 1);
  }
}

function nameOf(account: string, key: string): string {
  return `${account}\n${key}`;
}

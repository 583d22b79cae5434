import { TransientMap } from '../lib/transient-map.ts';
import type { ResponsePdu } from './pdus.ts';

interface Entry<Token> {
  answer: ResponsePdu['command'];
  token: Token;
  deadline: number;
}

/**
 * Requests that wait for their response, by sequence_number. Every request waits equally long, so
 * the map's own order is the order of the deadlines and no request needs a timer of its own.
 */
export class Outstanding<Token> {
  private readonly entries = new TransientMap<number, Entry<Token>>();

  get size(): number {
    return this.entries.size;
  }

  add(
    sequence_number: number,
    answer: ResponsePdu['command'],
    token: Token,
    deadline: number,
  ): void {
    this.entries.set(sequence_number, { answer, token, deadline });
  }

  /**
   * Ends the request that this answers; undefined if it answers none of ours. Without a `command`,
   * for generic_nack and what cannot be read, the sequence_number decides alone.
   */
  take(sequence_number: number, command?: ResponsePdu['command']): { token: Token } | undefined {
    const entry = this.entries.get(sequence_number);
    if (entry === undefined) return undefined;
    if (command !== undefined && entry.answer !== command) return undefined;
    this.entries.delete(sequence_number);
    return entry;
  }

  /** Ends the first request whose time is up; undefined if there is none. */
  takeExpired(now: number): { token: Token } | undefined {
    for (const [sequence_number, entry] of this.entries) {
      if (entry.deadline > now) return undefined;
      this.entries.delete(sequence_number);
      return entry;
    }
    return undefined;
  }

  /** Ends all requests. */
  takeAll(): Iterable<{ token: Token }> {
    return this.entries.drain();
  }
}

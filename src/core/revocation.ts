import type { Message } from './message.ts';

/** A step that is not wanted any more, of which parts are with the provider and have no end. */
export interface Revocation {
  readonly message: Omit<Message, 'content'>;
  readonly step: number;
  /** What the provider calls these parts; one that was sent twice has two. */
  readonly providerIds: readonly string[];
}

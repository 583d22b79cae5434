import type { Channel } from './channel-names.ts';

/** A recipient who wants no more messages of an account on a channel. */
export interface OptOut {
  readonly account: string;
  readonly channel: Channel;
  /** The recipient as digits without prefix, or the channel's own id. */
  readonly number: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Who said so: the recipient with a word, or somebody over the API. */
  readonly cause: 'word' | 'api';
}

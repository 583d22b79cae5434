import type { Channel } from '../../../core/channel-names.ts';
import type { ListenAddress } from '../../../lib/net.ts';
import type { HandsetPatch } from '../../../rehearsal/handset.ts';
import type { HandsetAction } from '../../../rehearsal/handset-actions.ts';
import type { ReceivedMessage } from '../../../rehearsal/inbox.ts';
import type { Disturbance } from './disturbances.ts';
import type { IncomingMessage } from './incoming-message.ts';
import type { SmscChange } from './settings.ts';

/** What the thread is started with. */
export interface ThreadStart {
  readonly address: ListenAddress;
  readonly settings: SmscChange;
  /** Makes chance repeatable; null draws from the system. */
  readonly seed: number | null;
  readonly handsetsMax: number;
  readonly inboxMax: number;
}

/** What is asked of the thread. */
export type ThreadCall =
  | { readonly call: 'set'; readonly change: SmscChange }
  | { readonly call: 'injectMo'; readonly message: IncomingMessage }
  | {
      readonly call: 'disturb';
      readonly disturbance: Disturbance;
      readonly systemId: string | null;
    }
  | { readonly call: 'restart'; readonly loseMessages: boolean; readonly downMs: number }
  | { readonly call: 'stats' }
  | { readonly call: 'listHandsets'; readonly limit: number; readonly before: number | null }
  | { readonly call: 'showHandset'; readonly number: string }
  | { readonly call: 'changeHandset'; readonly number: string; readonly patch: HandsetPatch }
  | { readonly call: 'clearHandset'; readonly number: string }
  | { readonly call: 'actOnHandset'; readonly number: string; readonly action: HandsetAction }
  /** Starts another channel's simulator beside this one; answers with its port. */
  | {
      readonly call: 'join';
      readonly channel: Channel;
      readonly module: string;
      readonly settings: unknown;
    }
  | { readonly call: 'setNeighbour'; readonly channel: Channel; readonly change: unknown }
  /** Whether messages that users get to see are told from now on. */
  | { readonly call: 'watch'; readonly on: boolean }
  | { readonly call: 'close' };

export interface ThreadRequest {
  readonly id: number;
  readonly body: ThreadCall;
}

/** A message that a user got to see, and on which phone. */
export interface SeenMessage {
  /** Digits without prefix. */
  readonly number: string;
  readonly message: ReceivedMessage;
}

/** What the thread says. */
export type ThreadNews =
  | { readonly news: 'ready'; readonly port: number }
  | { readonly news: 'failed'; readonly reason: string }
  /** `value` is what the call promised; its type belongs to the call. */
  | { readonly news: 'answer'; readonly id: number; readonly value: never }
  | { readonly news: 'refusal'; readonly id: number; readonly reason: string }
  | { readonly news: 'seen'; readonly messages: readonly SeenMessage[] };

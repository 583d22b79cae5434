import type { Channel } from '../core/channel-names.ts';
import type { Handset, Handsets } from './handsets.ts';
import type { ReceivedMessage } from './inbox.ts';

/** What the user of a virtual phone does. Messages are named by their id in the phone's inbox. */
export type HandsetAction =
  /** Writes to a number, short code or sender of their own accord. */
  | { readonly do: 'write'; readonly channel: Channel; readonly to: string; readonly text: string }
  | { readonly do: 'reply'; readonly message: number; readonly text: string }
  /** Taps a button, or an entry of a list, by its title or its id. */
  | { readonly do: 'tap'; readonly message: number; readonly choice: string }
  | { readonly do: 'react'; readonly message: number; readonly emoji: string }
  | { readonly do: 'read'; readonly message: number };

export type ActionResult = 'done' | 'no-such-message' | 'impossible';

/** What a channel's simulator can have a user do; `impossible` where the channel has no such thing. */
export interface ChannelActor {
  /** `message` is the one that is acted upon; null when the user writes of their own accord. */
  act(
    handset: Handset,
    action: HandsetAction,
    message: ReceivedMessage | null,
  ): 'done' | 'impossible';
}

export type ChannelActors = Partial<Record<Channel, ChannelActor>>;

/** Has a user do something, over the channel that it belongs to. */
export function actOnHandset(
  handsets: Handsets,
  actors: ChannelActors,
  number: string,
  action: HandsetAction,
): ActionResult {
  if (action.do === 'write') {
    return actors[action.channel]?.act(handsets.use(number), action, null) ?? 'impossible';
  }
  const handset = handsets.find(number);
  const message = handset?.inbox.messages.find(({ id }) => id === action.message);
  if (handset === undefined || message === undefined) return 'no-such-message';
  if (action.do === 'read') message.state = 'read';
  const result = actors[message.channel]?.act(handset, action, message) ?? 'impossible';
  return action.do === 'read' ? 'done' : result;
}

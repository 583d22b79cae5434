import type { ChannelActor } from '../../../rehearsal/handset-actions.ts';
import type { IncomingMessage } from './incoming-message.ts';

/** What a user can do over SMS: write, of their own accord or in reply. `send` says how many PDUs that took. */
export function createSmsActor(send: (message: IncomingMessage) => number): ChannelActor {
  return {
    act({ number }, action, message) {
      const to = action.do === 'write' ? action.to : message?.from;
      if ((action.do !== 'write' && action.do !== 'reply') || to === undefined) return 'impossible';
      return send({ from: number, to, text: action.text }) > 0 ? 'done' : 'impossible';
    },
  };
}

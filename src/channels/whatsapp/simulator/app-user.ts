import type { ChannelActor, HandsetAction } from '../../../rehearsal/handset-actions.ts';
import type { Handset } from '../../../rehearsal/handsets.ts';
import type { ReceivedMessage } from '../../../rehearsal/inbox.ts';
import { type JsonObject, readObject, readText } from '../json.ts';
import type { AcceptedMessage } from './message-life.ts';
import { listChoices } from './screen.ts';
import type { GraphSettings } from './settings.ts';

/** What a user needs of the simulated API. */
export interface AppUserPorts {
  /** The business numbers as they are now. */
  numbers(): GraphSettings['numbers'];
  read(handset: Handset, wamid: string): void;
  inject(phoneNumberId: string, from: string, message: JsonObject): void;
}

/** Users in their app: what the person with a phone does with messages of a business number. */
export class AppUser {
  readonly #ports: AppUserPorts;

  constructor(ports: AppUserPorts) {
    this.#ports = ports;
  }

  get actor(): ChannelActor {
    return {
      act: (handset, action, message) => {
        const to = action.do === 'write' ? action.to : message?.from;
        const found = this.#findNumber(to ?? '');
        if (found === undefined || !handset.settings.apps.WhatsApp) return 'impossible';
        return this.#act(handset, action, message, found);
      },
    };
  }

  /** What the phone's user always answers. */
  answerBack(handset: Handset, { phoneNumberId, wamid }: AcceptedMessage): void {
    const { answer } = handset.settings;
    if (answer === null) return;
    const context = { id: wamid };
    this.#ports.inject(phoneNumberId, handset.number, {
      type: 'text',
      text: { body: answer },
      context,
    });
  }

  #act(
    handset: Handset,
    action: HandsetAction,
    message: ReceivedMessage | null,
    phoneNumberId: string,
  ): 'done' | 'impossible' {
    const wamid = message?.providerId ?? '';
    const context = { from: this.#ports.numbers()[phoneNumberId]?.displayNumber, id: wamid };
    const say = (said: JsonObject) => this.#ports.inject(phoneNumberId, handset.number, said);
    switch (action.do) {
      case 'write':
        say({ type: 'text', text: { body: action.text } });
        return 'done';
      case 'reply':
        this.#ports.read(handset, wamid);
        say({ type: 'text', text: { body: action.text }, context });
        return 'done';
      case 'react':
        say({ type: 'reaction', reaction: { message_id: wamid, emoji: action.emoji } });
        return 'done';
      case 'read':
        this.#ports.read(handset, wamid);
        return 'done';
      case 'tap': {
        const tapped = describeTap(message, action.choice);
        if (tapped === null) return 'impossible';
        this.#ports.read(handset, wamid);
        say({ ...tapped, context });
        return 'done';
      }
    }
  }

  #findNumber(displayNumber: string): string | undefined {
    const digits = displayNumber.replace(/^(?:\+|00)/, '');
    const found = Object.entries(this.#ports.numbers()).find(
      ([, line]) => line.displayNumber === digits,
    );
    return found?.[0];
  }
}

/** What a webhook says of a tap on a button or an entry of a list; null when there is no such choice. */
function describeTap(message: ReceivedMessage | null, choice: string): JsonObject | null {
  const rich = readObject(message?.rich);
  const content = readObject(rich[readText(rich['type'])]);
  const tapped = listChoices(content).find(({ id, title }) => id === choice || title === choice);
  if (tapped === undefined) return null;
  const { kind, id, title } = tapped;
  return kind === 'button'
    ? { type: 'button', button: { payload: id, text: title } }
    : { type: 'interactive', interactive: { type: kind, [kind]: { id, title } } };
}

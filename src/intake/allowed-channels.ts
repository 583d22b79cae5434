import type { Channel } from '../core/channel-names.ts';

/** What a list of channel names means. */
export interface AllowedChannels {
  /** Those that Chappe delivers over, once each; null when everything is allowed. */
  readonly channels: readonly Channel[] | null;
  /** Whether recipients are phone numbers, rather than ids of channels that have their own. */
  readonly hasPhoneNumbers: boolean;
  /** Whether one of them reads `body` alone, so that it must not be empty (contract §3.4). */
  readonly needsText: boolean;
  /** The first name that no channel has. */
  readonly unknown: string | null;
}

interface NamedChannel {
  /** Null for one that is known and that Chappe does not deliver over. */
  readonly channel: Channel | null;
  readonly hasPhoneNumbers: boolean;
  readonly needsText: boolean;
}

/** One whose recipients have ids of their own and whose messages may be all rich. */
const foreign: NamedChannel = { channel: null, hasPhoneNumbers: false, needsText: false };

/** Contract §3.6, in lower case and without spaces, which covers the spellings of all SDKs. */
const channelsByName = new Map<string, NamedChannel>([
  ['sms', { channel: 'SMS', hasPhoneNumbers: true, needsText: true }],
  ['whatsapp', { channel: 'WhatsApp', hasPhoneNumbers: true, needsText: false }],
  ['rcs', { channel: 'RCS', hasPhoneNumbers: true, needsText: false }],
  ['viber', { channel: 'Viber', hasPhoneNumbers: true, needsText: false }],
  ['push', { channel: 'Push', hasPhoneNumbers: true, needsText: true }],
  ['voice', { channel: null, hasPhoneNumbers: true, needsText: true }],
  ['mobilepush', foreign],
  ['applemessagesforbusiness', foreign],
  ['applebusinesschat', foreign],
  ['imessage', foreign],
  ['line', foreign],
  ['twitter', foreign],
  ['facebookmessenger', foreign],
  ['googlebusinessmessages', foreign],
  ['instagram', foreign],
  ['telegrammessenger', foreign],
  ['telegram', foreign],
]);

// Our own spelling of those we deliver over, so that the common one is found without being folded.
for (const named of channelsByName.values()) {
  if (named.channel !== null) channelsByName.set(named.channel, named);
}

const everything: AllowedChannels = {
  channels: null,
  hasPhoneNumbers: true,
  needsText: true,
  unknown: null,
};

/**
 * Reads the names of allowed channels, without regard to case and space. Absent and empty lists
 * allow everything (contract §3.2).
 */
export function readAllowedChannels(names: readonly string[] | null): AllowedChannels {
  if (names === null || names.length === 0) return everything;
  const channels: Channel[] = [];
  let hasPhoneNumbers = false;
  let needsText = false;
  let unknown: string | null = null;
  for (const name of names) {
    const named = findChannel(name);
    if (named === undefined) {
      unknown ??= name;
      continue;
    }
    if (named.channel !== null && !channels.includes(named.channel)) channels.push(named.channel);
    hasPhoneNumbers ||= named.hasPhoneNumbers;
    needsText ||= named.needsText;
  }
  return { channels, hasPhoneNumbers, needsText, unknown };
}

function findChannel(name: string): NamedChannel | undefined {
  return channelsByName.get(name) ?? channelsByName.get(name.toLowerCase().replaceAll(/\s/g, ''));
}

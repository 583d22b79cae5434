import type { ConfigureConnection } from '../channel.ts';
import { createSenderCheck } from './addresses.ts';
import { createSmsConnection, type SmsWorld } from './connection.ts';
import { checkSmsSettings } from './settings.ts';
import { countSmsParts } from './submit.ts';

/** SMS as a channel. Any text can be cut into parts, so nothing is ever wrong with content. */
export function createSmsChannel(world: SmsWorld): ConfigureConnection {
  return (name, raw) => {
    const settings = checkSmsSettings(raw);
    if ('faults' in settings) return settings;
    return {
      neverResends: settings.onUnknown === 'wait',
      connect: (ports) => createSmsConnection(name, settings, ports, world),
      countParts: (content) => countSmsParts(content, settings),
      takesSender: createSenderCheck(settings),
      validate: () => null,
    };
  };
}

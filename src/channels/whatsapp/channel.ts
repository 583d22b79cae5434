import type { ConfigureConnection } from '../channel.ts';
import { validateContent } from './bubbles.ts';
import { createWhatsappConnection, type WhatsappWorld } from './connection.ts';
import { checkWhatsappSettings } from './settings.ts';

/** WhatsApp as a channel: its connections know of each other's numbers. */
export function createWhatsappChannel(world: Omit<WhatsappWorld, 'numbers'>): ConfigureConnection {
  const numbers: WhatsappWorld['numbers'] = new Map();
  const taken = new Map<string, string>();
  return (name, raw) => {
    const settings = checkWhatsappSettings(raw);
    if ('faults' in settings) return settings;
    const { phoneNumberId } = settings;
    const other = taken.get(phoneNumberId);
    if (other !== undefined) {
      return { faults: [`\`phoneNumberId\` ${phoneNumberId} is that of "${other}" already.`] };
    }
    taken.set(phoneNumberId, name);
    return {
      neverResends: settings.onUnknown === 'wait',
      connect: (ports) => createWhatsappConnection(name, settings, ports, { ...world, numbers }),
      countParts: () => null,
      takesSender: () => true,
      validate: (content) => validateContent(content, settings),
    };
  };
}

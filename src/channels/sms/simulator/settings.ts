import { z } from 'zod';
import { defaultSwitches, type Switches, switchSchema } from './switches.ts';

/** What a simulated SMSC is told, at the beginning and while it runs. */
export interface SmscSettings {
  /** How every account is treated, where it differs from the defaults. */
  readonly all: Partial<Switches>;
  /** The accounts by system_id, and how each is treated where it differs from `all`. */
  readonly accounts: Readonly<Record<string, Partial<Switches>>>;
  /** Whether a system_id that is not among the accounts may bind. */
  readonly strangers: boolean;
}

/** Changes to settings: named switches change, everything else stays. */
export type SmscChange = Partial<SmscSettings>;

export const defaultSmscSettings: SmscSettings = { all: {}, accounts: {}, strangers: false };

const changeSchema = z
  .strictObject({
    all: switchSchema.partial(),
    accounts: z.record(z.string(), switchSchema.partial()),
    strangers: z.boolean(),
  })
  .partial();

/** The settings after a change. */
export function changeSmscSettings(settings: SmscSettings, change: SmscChange): SmscSettings {
  const accounts: Record<string, Partial<Switches>> = { ...settings.accounts };
  for (const [systemId, switches] of Object.entries(change.accounts ?? {})) {
    accounts[systemId] = { ...accounts[systemId], ...switches };
  }
  return {
    all: { ...settings.all, ...change.all },
    accounts,
    strangers: change.strangers ?? settings.strangers,
  };
}

/** How the account `systemId` is treated; null when it may not bind. */
export function switchesOf(settings: SmscSettings, systemId: string): Switches | null {
  const own = Object.hasOwn(settings.accounts, systemId) ? settings.accounts[systemId] : undefined;
  if (own === undefined && !settings.strangers) return null;
  return { ...defaultSwitches, ...settings.all, ...own };
}

/** Checks a change that comes from outside; every fault is a sentence. */
export function readSmscChange(raw: unknown): SmscChange | { faults: readonly string[] } {
  const read = changeSchema.safeParse(raw);
  if (read.success) {
    const change: SmscChange = {};
    // What is absent stays absent: the parsed value never holds undefined, though its type allows it.
    return Object.assign(change, read.data);
  }
  return {
    faults: read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  };
}

import { isRecord, readSettings } from '../setting-fields.ts';
import { defaultSwitches, type Switches, type SwitchName, switchFields } from './switches.ts';

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

/** Checks settings that come from outside; every fault is a sentence. */
export function readSmscSettings(raw: unknown): SmscSettings | { faults: readonly string[] } {
  if (!isRecord(raw)) return { faults: ['The settings must be names with values.'] };
  const { all = {}, accounts = {}, strangers = false, ...unknown } = raw;
  const faults = Object.keys(unknown).map((name) => `\`${name}\` is not a setting.`);
  if (typeof strangers !== 'boolean') faults.push('`strangers` must be true or false.');
  if (!isRecord(accounts))
    return { faults: [...faults, '`accounts` must be names with switches.'] };
  const own: Record<string, Partial<Switches>> = {};
  for (const [systemId, switches] of Object.entries(accounts)) {
    own[systemId] = readSwitches(switches, faults);
  }
  const shared = readSwitches(all, faults);
  if (faults.length > 0) return { faults };
  return { all: shared, accounts: own, strangers: strangers === true };
}

/** Only the switches that were given, checked; faults are added to the list. */
function readSwitches(raw: unknown, faults: string[]): Partial<Switches> {
  const read = readSettings(switchFields, raw);
  if ('faults' in read) {
    faults.push(...read.faults);
    return {};
  }
  const given = new Set(Object.keys(isRecord(raw) ? raw : {}));
  const switches: Partial<Switches> = { ...read };
  for (const name of Object.keys(switchFields).filter(isSwitchName)) {
    if (!given.has(name)) delete switches[name];
  }
  return switches;
}

export function isSwitchName(name: string): name is SwitchName {
  return Object.hasOwn(switchFields, name);
}

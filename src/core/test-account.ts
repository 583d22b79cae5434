import type { Account, SmppAccess, StatusWebhook } from './account.ts';
import { allStatuses } from './status.ts';

/** An account that has set up nothing but these fields. */
export function sampleAccount(fields: Partial<Account> = {}): Account {
  return {
    id: 'bakery',
    channels: null,
    partsMaxDefault: 8,
    references: 'tolerant',
    wallet: 'none',
    statusWebhook: null,
    ...fields,
  };
}

/** A webhook that is told everything, unsigned, but for these fields. */
export function sampleWebhook(fields: Partial<StatusWebhook> = {}): StatusWebhook {
  return {
    url: 'https://bakery.example/hook',
    format: 'json',
    statuses: allStatuses,
    signingKeys: [],
    ...fields,
  };
}

/** What binds of an account may do, but for these fields. */
export function sampleAccess(fields: Partial<SmppAccess> = {}): SmppAccess {
  return {
    systemId: 'bakery',
    allowedNetworks: [],
    sessionsMax: 5,
    window: 10,
    ratePerSecond: 100,
    receipts: 'deliver_sm',
    deliveredWord: 'DELIVRD',
    longTexts: 'payload',
    ...fields,
  };
}

import type { StatusWebhook } from '../core/account.ts';
import type { Clock } from '../lib/clock.ts';
import type { HttpClient, HttpOutcome } from '../lib/http-client.ts';
import type { Random } from '../lib/random.ts';
import { emptyReport } from './render.ts';
import { buildRequest } from './request.ts';

/** Which webhook URLs have passed the test call once, kept over restarts. */
export interface WebhookApprovals {
  has(account: string, url: string): Promise<boolean>;
  add(account: string, url: string): Promise<void>;
}

/** Approvals that last as long as the process. */
export function createMemoryApprovals(): WebhookApprovals {
  const approved = new Set<string>();
  const keyOf = (account: string, url: string) => JSON.stringify([account, url]);
  return {
    has: async (account, url) => approved.has(keyOf(account, url)),
    async add(account, url) {
      approved.add(keyOf(account, url));
    },
  };
}

/**
 * Calls a webhook with an empty report of its format. It may be used if it answers exactly 200, not some
 * other success (spec "Configure status reports"; contract §8.1, §18 row 8).
 *
 * @returns null when it may be used, otherwise what happened instead, such as "it answered 404".
 */
export async function testWebhook(
  webhook: StatusWebhook,
  world: { http: HttpClient; clock: Clock; random: Random },
): Promise<string | null> {
  const now = world.clock.now();
  const id = `test-${now.toString(16)}${world.random.uint32().toString(16).padStart(8, '0')}`;
  const request = buildRequest(webhook, id, emptyReport(now), now);
  const outcome = await world.http.send(request);
  if (outcome.kind === 'answered' && outcome.status === 200) return null;
  return describeOutcome(outcome);
}

/** What became of a call, to follow "because". Names no URL, because URLs may hold secrets. */
export function describeOutcome(outcome: HttpOutcome): string {
  switch (outcome.kind) {
    case 'answered':
      return `it answered ${outcome.status}`;
    case 'forbidden':
      return `it must not be called: ${outcome.reason}`;
    case 'failed':
      return `it could not be called: ${outcome.reason}`;
  }
}

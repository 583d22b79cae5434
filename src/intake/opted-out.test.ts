import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../core/channel-names.ts';
import type { Message } from '../core/message.ts';
import { sampleAccount } from '../core/test-account.ts';
import { systemClock } from '../lib/clock.ts';
import { createMessageIds } from '../lib/message-id.ts';
import { createSeededRandom } from '../lib/random.ts';
import { createRouter } from '../routing/router.ts';
import { createMemoryStore } from '../store/memory/memory-store.ts';
import { createIntake } from './intake.ts';
import { sampleRequestMessage } from './test-request.ts';

/** Sends over WhatsApp, then SMS; only numbers that begin with 31 have a route for WhatsApp. */
async function send(to: string, optedOut: readonly Channel[], allowed: readonly string[]) {
  const plans: (readonly string[])[] = [];
  const intake = createIntake({
    store: createMemoryStore().intake,
    clock: systemClock,
    ids: createMessageIds(systemClock, createSeededRandom(1), 0),
    router: createRouter(
      [
        { channel: 'SMS', connection: 'sms', prefixes: ['31', '32'], priority: 1 },
        { channel: 'WhatsApp', connection: 'wa', prefixes: ['31'], priority: 1 },
      ],
      [
        { name: 'sms', channel: 'SMS' },
        { name: 'wa', channel: 'WhatsApp' },
      ],
    ),
    hasOptedOut: (id, channel, number) =>
      id === 'bakery' && number === '31612345678' && optedOut.includes(channel),
    admit: () => 'ok',
    onAccepted: ({ queued }) => plans.push(...queued.map(channelsOf)),
    onStoreFailure: assert.fail,
  });
  const result = await intake.submit({
    account: sampleAccount(),
    door: 'json',
    messages: [sampleRequestMessage({ to: [to], allowedChannels: allowed })],
    policy: 'each',
    reports: null,
  });
  if (result.kind !== 'done') return result.kind;
  return result.results[0]?.rejection?.reason ?? plans[0]?.join();
}

function channelsOf({ plan }: Message): string[] {
  return plan.map(({ channel }) => channel);
}

const opted = '0031612345678';
const other = '0031612345679';
const both = ['WhatsApp', 'SMS'];

const cases: readonly (readonly [string, readonly Channel[], readonly string[], string])[] = [
  [opted, [], both, 'WhatsApp,SMS'],
  [opted, ['RCS'], both, 'WhatsApp,SMS'],
  [opted, ['SMS'], both, 'WhatsApp'],
  [opted, ['WhatsApp'], both, 'SMS'],
  [opted, ['WhatsApp', 'SMS'], both, 'blacklisted'],
  [opted, ['SMS'], ['SMS'], 'blacklisted'],
  [opted, ['SMS'], ['Viber', 'SMS'], 'blacklisted'],
  [opted, ['SMS'], ['Viber'], 'unroutable'],
  [opted, ['Viber'], ['Viber'], 'blacklisted'],
  [other, ['WhatsApp', 'SMS'], both, 'WhatsApp,SMS'],
  ['0033612345678', ['SMS'], both, 'unroutable'],
];

test('a channel that the recipient has opted out of is left out; without another it is 402', async () => {
  for (const [to, optedOut, allowed, expected] of cases) {
    assert.equal(
      await send(to, optedOut, allowed),
      expected,
      `${to} ${optedOut.join()} ${allowed.join()}`,
    );
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Step } from '../core/message.ts';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { createRouter } from '../routing/router.ts';
import { createOtherFinder } from './other-connection.ts';
import { messageWith } from './test-stage.ts';

const connections = [
  { name: 'operator', channel: 'SMS' },
  { name: 'payload', channel: 'SMS' },
  { name: 'spare', channel: 'SMS' },
  { name: 'meta', channel: 'WhatsApp' },
] as const;

const step: Step = {
  channel: 'SMS',
  connection: 'operator',
  parts: 1,
  timeoutMs: null,
  concatReference: 0,
};

/** Where a message that waits for `from` could go when that is out and what is there is up. */
function find(
  up: readonly string[],
  plan: readonly Step[],
  text: string,
  index = 0,
): string | null {
  const clock = createVirtualClock({ startAt: 0 });
  const router = createRouter(
    connections.map(({ name, channel }, priority) => ({ channel, connection: name, priority })),
    connections,
    {
      gateOf: (name) => ({
        admits: () => up.includes(name),
        admitted() {},
        reason: () => '',
      }),
    },
  );
  const finder = createOtherFinder({
    router,
    clock,
    countPdus: (connection, content) =>
      connection === 'payload' ? 1 : Math.ceil(content.text.length / 160),
  });
  const { content, ...rest } = messageWith(0, { plan });
  const message = { ...rest, content: { ...content, text } };
  const live = {
    step: index,
    rank: 0,
    told: 0,
    attempts: 0,
    progress: '.',
    lastError: 0,
    due: 1,
  } as const;
  return finder({ message, step: index, live, due: 0 });
}

describe('another connection for a step that waits', () => {
  const long = 'x'.repeat(300);
  const cases: [title: string, up: string[], text: string, to: string | null][] = [
    ['the next that routing knows', ['payload', 'spare'], 'Hoi', 'payload'],
    ['none when all are out', [], 'Hoi', null],
    ['none when its own is up again', ['operator', 'spare'], 'Hoi', null],
    ['none that cuts the text otherwise', ['payload', 'spare'], long, null],
    ['the one that cuts the text in the same way', ['spare'], long, 'spare'],
    ['none of another channel', ['meta'], 'Hoi', null],
  ];
  for (const [title, up, text, to] of cases) {
    test(title, () => assert.equal(find(up, [step], text), to));
  }

  test('it is looked for on the channel of the step', () => {
    const plan = [{ ...step, channel: 'WhatsApp', connection: 'meta' } as const, step];
    assert.equal(find(['spare'], plan, 'Hoi', 0), null);
    assert.equal(find(['spare'], plan, 'Hoi', 1), 'spare');
    assert.equal(find(['spare'], plan, 'Hoi', 2), null, 'there is no such step');
  });
});

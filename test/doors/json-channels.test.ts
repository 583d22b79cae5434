import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJsonRig, message, type RigOptions } from './json-rig.ts';

describe('channels through the door (contract §3.6)', () => {
  const appKey = '00000000-0000-0000-0000-000000000000';
  /** The channels of the plan, in order; "unroutable" when there is none. */
  async function plan(fields: Record<string, unknown>, options: RigOptions = {}): Promise<string> {
    const rig = await createJsonRig(options);
    const answer = await rig.sendMessages(message({ appKey, ...fields }));
    if (answer.details === 'Message is unroutable.') return 'unroutable';
    assert.equal(answer.status, 200, JSON.stringify(answer));
    return rig.accepted[0]?.plan.map(({ channel }) => channel).join(' ') ?? '';
  }

  for (const [name, channel] of [
    ['SMS', 'SMS'],
    [' SMS', 'SMS'],
    ['sms\t', 'SMS'],
    ['WhatsApp', 'WhatsApp'],
    ['Whatsapp', 'WhatsApp'],
    ['Whats App', 'WhatsApp'],
    ['rcs', 'RCS'],
    ['VIBER', 'Viber'],
    ['push', 'Push'],
    ['Voice', 'unroutable'],
    ['MobilePush', 'unroutable'],
    ['Apple Messages for Business', 'unroutable'],
    ['AppleMessagesForBusiness', 'unroutable'],
    ['Apple Business Chat', 'unroutable'],
    ['AppleBusinessChat', 'unroutable'],
    ['iMessage', 'unroutable'],
    ['Line', 'unroutable'],
    ['Twitter', 'unroutable'],
    ['Facebook Messenger', 'unroutable'],
    ['FacebookMessenger', 'unroutable'],
    ['Google Business Messages', 'unroutable'],
    ['GoogleBusinessMessages', 'unroutable'],
    ['Instagram', 'unroutable'],
    ['Telegram Messenger', 'unroutable'],
    ['Telegram', 'unroutable'],
  ] as const) {
    test(`${JSON.stringify(name)} is ${channel}`, async () => {
      assert.equal(await plan({ allowedChannels: [name] }), channel);
    });
  }

  const cases: {
    title: string;
    fields: Record<string, unknown>;
    options?: RigOptions;
    expected: string;
  }[] = [
    { title: 'absent: every channel', fields: {}, expected: 'SMS WhatsApp RCS Viber Push' },
    {
      title: 'empty: every channel',
      fields: { allowedChannels: [] },
      expected: 'SMS WhatsApp RCS Viber Push',
    },
    {
      title: 'only nulls: every channel',
      fields: { allowedChannels: [null] },
      expected: 'SMS WhatsApp RCS Viber Push',
    },
    {
      title: 'the order given',
      fields: { allowedChannels: ['Viber', 'SMS', 'viber'] },
      expected: 'Viber SMS',
    },
    {
      title: "the account's order, filtered",
      fields: { allowedChannels: ['SMS', 'WhatsApp'] },
      options: { account: { channels: ['WhatsApp', 'RCS', 'SMS'] } },
      expected: 'WhatsApp SMS',
    },
    {
      title: 'nothing in common with the account',
      fields: { allowedChannels: ['Viber'] },
      options: { account: { channels: ['WhatsApp', 'SMS'] } },
      expected: 'unroutable',
    },
    {
      title: 'undeliverable ones are passed over',
      fields: { allowedChannels: ['Voice', 'Instagram', 'SMS'] },
      expected: 'SMS',
    },
    {
      title: 'Push first, then SMS',
      fields: { allowedChannels: ['Push', 'SMS'] },
      expected: 'Push SMS',
    },
    {
      title: 'without appKey no Push',
      fields: { allowedChannels: ['Push', 'SMS'], appKey: undefined },
      expected: 'SMS',
    },
    {
      title: 'an id is no phone number, and needs none',
      fields: { allowedChannels: ['Instagram'], to: [{ number: 'x-17' }] },
      expected: 'unroutable',
    },
  ];
  for (const { title, fields, options, expected } of cases) {
    test(title, async () => assert.equal(await plan(fields, options), expected));
  }

  test('each bubble is a part, and the answer counts SMS parts where SMS goes first', async () => {
    const rig = await createJsonRig();
    const richContent = { conversation: [{ text: 'a' }, { text: 'b' }, { text: 'c' }] };
    const body = { content: 'x'.repeat(200) };
    const answer = await rig.sendMessages(
      message({ richContent, body, allowedChannels: ['WhatsApp', 'SMS'] }),
      message({ richContent, body, allowedChannels: ['SMS', 'Push', 'RCS'], appKey }),
    );
    assert.deepEqual(
      answer.messages.map(({ parts }) => parts),
      [1, 2],
    );
    const steps = rig.accepted.map(({ plan: planned }) => planned);
    assert.deepEqual(
      steps.map((planned) => planned.map(({ parts }) => parts)),
      [
        [3, 2],
        [2, 1, 3],
      ],
    );
    assert.deepEqual(
      steps.map((planned) => planned.map(({ concatReference }) => concatReference > 0)),
      [
        [false, true],
        [true, false, false],
      ],
    );
  });
});

import assert from 'node:assert/strict';
import type { Message } from '../../core/message.ts';
import type { AnsweredQuery } from '../inbound-contract.ts';
import { type OpenStore, testWith } from './open-store.ts';
import { accept, accepted, dayMs, idOf, sampleMessage, sampleStep, start } from './sample.ts';

/** Which message an incoming one answers (contract §9.1). */
export function testAnswered(open: OpenStore): void {
  const handset = '31612345678';
  const query: AnsweredQuery = {
    channel: 'SMS',
    connection: 'op',
    from: handset,
    to: '3669',
    context: null,
    accounts: null,
    since: start - 5 * dayMs,
  };
  const sent = (index: number, fields: Partial<Message> = {}): Message =>
    sampleMessage(index, { msisdn: handset, from: '3669', reference: `r${index}`, ...fields });

  testWith(open, 'it is the newest message from that sender to that number', async (store) => {
    assert.deepEqual(await store.inbound.answered([query]), [null]);
    const groupings = ['a', null, 'c'] as const;
    await accept(store, [
      sent(1),
      sent(2, { groupings }),
      sent(3, { from: '4000' }),
      sent(4, { msisdn: '31600000000' }),
    ]);
    assert.deepEqual(await store.inbound.answered([query]), [
      { id: idOf(2), account: 'demo', reference: 'r2', groupings, isContext: false },
    ]);
  });

  const cases: readonly (readonly [string, Partial<Message>, Partial<AnsweredQuery>, boolean])[] = [
    ['the sender is written with a plus', { from: '+31620000000' }, { to: '31620000000' }, true],
    ['the sender is written with zeros', { from: '0031620000000' }, { to: '31620000000' }, true],
    ['the sender is a name in other letters', { from: 'Bakery' }, { to: 'BAKERY' }, true],
    ['the sender is another', { from: '3670' }, {}, false],
    ['it went by another channel', { plan: [sampleStep({ channel: 'RCS' })] }, {}, false],
    [
      'the connection is the sender where it is not SMS',
      { from: 'Shop', plan: [sampleStep({ channel: 'WhatsApp', connection: 'wa' })] },
      { channel: 'WhatsApp', connection: 'wa', to: '31620000000' },
      true,
    ],
    [
      'another connection is not',
      { from: 'Shop', plan: [sampleStep({ channel: 'WhatsApp', connection: 'wa' })] },
      { channel: 'WhatsApp', connection: 'wa2', to: '31620000000' },
      false,
    ],
    ['five days are not over', { acceptedAt: start - 5 * dayMs }, {}, true],
    ['five days are over', { acceptedAt: start - 5 * dayMs - 1 }, {}, false],
    ['its account is asked for', {}, { accounts: ['x', 'demo'] }, true],
    ['another account is asked for', {}, { accounts: ['x'] }, false],
  ];
  for (const [title, fields, change, isFound] of cases) {
    testWith(open, title, async (store) => {
      await accept(store, [sent(1, fields)]);
      const [found] = await store.inbound.answered([{ ...query, ...change }]);
      assert.equal(found?.id, isFound ? idOf(1) : undefined);
    });
  }

  testWith(open, 'an account is passed over to an older message of another', async (store) => {
    await accept(store, [sent(1)]);
    await accept(store, [sent(2, { account: 'other' })], { account: 'other' });
    const asked = [query, { ...query, accounts: ['demo'] }];
    const found = await store.inbound.answered(asked);
    assert.deepEqual(
      found.map((one) => one?.id),
      [idOf(2), idOf(1)],
    );
  });

  testWith(open, 'the message that the provider names goes first, however old', async (store) => {
    await accept(store, [sent(1, { acceptedAt: start - 9 * dayMs, from: 'x' }), sent(2)]);
    await store.dispatch.submitted([accepted(1, 'wamid.1')], null, start);
    const context = 'wamid.1';
    const asked = [
      { ...query, context },
      { ...query, context: 'wamid.9' },
      { ...query, context, connection: 'other' },
      { ...query, context, accounts: ['x'] },
    ];
    const found = await store.inbound.answered(asked);
    assert.deepEqual(
      found.map((one) => (one === null ? null : [one.id, one.isContext])),
      [[idOf(1), true], [idOf(2), false], [idOf(2), false], null],
    );
  });

  testWith(open, 'it is found behind many others', async (store) => {
    const others = (first: number) =>
      Array.from({ length: 1500 }, (_, index) => sampleMessage(first + index, { wants: 0 }));
    await accept(store, [sent(1)]);
    await accept(store, others(10));
    await accept(store, [sent(5000, { account: 'other' })], { account: 'other' });
    await accept(store, others(6000));
    const asked = [query, { ...query, accounts: ['demo'] }, { ...query, to: '1' }];
    const found = await store.inbound.answered(asked);
    assert.deepEqual(
      found.map((one) => one?.id),
      [idOf(5000), idOf(1), undefined],
    );
  });
}

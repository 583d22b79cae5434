import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InboundPart } from '../core/inbound.ts';
import { accept, accepted, idOf, sampleMessage, start } from '../store/conformance/sample.ts';
import { answeredWithinMs, groupsMax } from './inbound.ts';
import { partsWaitMs, providerIdKeptMs, repeatWindowMs } from './repeats.ts';
import { accountOf, InboundStage, partOf } from './test-stage.ts';

const sweepMs = 5_000;
const shop = accountOf('shop', { numbers: [{ number: '3669', keyword: null }] });

function concatOf(sequence: number, total = 2, fields: Partial<InboundPart> = {}): InboundPart {
  return partOf(`${sequence}/${total} `, { concat: { reference: 7, total, sequence }, ...fields });
}

/** An outbound message of the account to the handset, from 3669. */
function sentBy(account: string, index = 1) {
  const groupings = ['a', null, 'c'] as const;
  const fields = { account, msisdn: '31612345678', from: '3669', reference: 'order1', groupings };
  return sampleMessage(index, { ...fields, acceptedAt: start });
}

describe('whose it is', () => {
  test('the number’s owner goes before all others', async () => {
    const stage = await new InboundStage([shop, accountOf('other')], { operator: 'other' }).begin();
    await accept(stage.store, [sentBy('other')], { account: 'other' });
    await stage.take(partOf('Hi'));
    assert.deepEqual(
      stage.queued.map(({ queue, message }) => [queue, message.account, message.reference]),
      [['inbound:shop', 'shop', null]],
      'and the reference of another account is not told to it',
    );
  });

  test('then who wrote to the handset last, then the connection’s account', async () => {
    const accounts = [accountOf('one'), accountOf('two'), accountOf('rest')];
    const stage = await new InboundStage(accounts, { operator: 'rest' }).begin();
    await accept(stage.store, [sentBy('one', 1)], { account: 'one' });
    await accept(stage.store, [sentBy('two', 2)], { account: 'two' });
    await stage.take(partOf('Hi'), partOf('Hi', { to: '4000' }));
    assert.deepEqual(
      stage.queued.map(({ message }) => [message.account, message.answers, message.groupings]),
      [
        ['two', idOf(2), ['a', null, 'c']],
        ['rest', null, [null, null, null]],
      ],
    );
  });

  test('five days after it was written to, a handset answers nobody', async () => {
    const stage = await new InboundStage([accountOf('one')]).begin();
    await accept(stage.store, [sentBy('one')], { account: 'one' });
    stage.clock.shiftWall(answeredWithinMs);
    await stage.take(partOf('in time'));
    stage.clock.shiftWall(1);
    await stage.take(partOf('late'));
    assert.deepEqual(
      stage.queued.map(({ message }) => message.text),
      ['in time'],
    );
  });

  test('what is nobody’s is kept, counted, and said once', async () => {
    const stage = await new InboundStage([accountOf('one')]).begin();
    await stage.take(partOf('a'), partOf('b'));
    assert.equal(stage.queued.length, 0);
    assert.deepEqual(stage.inbound.counts, {
      taken: 2,
      unassigned: 2,
      repeated: 0,
      incomplete: 0,
    });
    assert.deepEqual(stage.logged, ['An incoming message belongs to no account; it is kept.']);
    const found = await stage.store.inbound.find({ account: '', limit: 9 });
    assert.deepEqual(
      found.map(({ message }) => message.text),
      ['b', 'a'],
    );
  });

  test('an account that is configured no more gets nothing', async () => {
    const stage = await new InboundStage([]).begin();
    await accept(stage.store, [sentBy('gone')], { account: 'gone' });
    await stage.take(partOf('a'));
    assert.equal(stage.inbound.counts.unassigned, 1);
  });

  test('a keyword decides over a long message by its first part', async () => {
    const accounts = ['bread', 'meat'].map((word) =>
      accountOf(word, { numbers: [{ number: '3669', keyword: word }] }),
    );
    const stage = await new InboundStage(accounts).begin();
    await stage.take(concatOf(2, 2, { text: 'bread' }), concatOf(1, 2, { text: 'meat and ' }));
    assert.deepEqual(
      stage.queued.map(({ queue, message }) => [queue, message.text]),
      [['inbound:meat', 'meat and bread']],
    );
  });

  test('an account with sessions gets it twice, one without a webhook not at all', async () => {
    const both = accountOf('shop', { numbers: shop.numbers, hasSessions: true });
    const none = accountOf('none', {
      numbers: [{ number: '4000', keyword: null }],
      webhook: null,
      events: null,
    });
    const stage = await new InboundStage([both, none]).begin();
    await stage.take(
      partOf('a'),
      partOf('b', { to: '4000' }),
      partOf('', { to: '4000', event: 'x' }),
    );
    assert.deepEqual(
      stage.queued.map(({ queue }) => queue),
      ['inbound:shop', 'smpp:shop'],
    );
    assert.equal((await stage.store.inbound.find({ account: 'none', limit: 9 })).length, 2);
  });
});

describe('a reply that the channel ties to a message', () => {
  test('is told with that message’s reference as its context', async () => {
    const stage = await new InboundStage([accountOf('shop')]).begin();
    const plan = [
      { channel: 'WhatsApp', connection: 'wa', parts: 1, timeoutMs: null, concatReference: 0 },
    ] as const;
    await accept(stage.store, [{ ...sentBy('shop'), plan }], { account: 'shop' });
    await accept(stage.store, [{ ...sentBy('shop', 2), reference: null, plan }], {
      account: 'shop',
    });
    const batch = [
      accepted(1, 'wamid.1', { connection: 'wa' }),
      accepted(2, 'wamid.2', { connection: 'wa' }),
    ];
    await stage.store.dispatch.submitted(batch, null, start);
    const wa = { channel: 'WhatsApp', connection: 'wa' } as const;
    await stage.take(
      partOf('a', { ...wa, context: 'wamid.1' }),
      partOf('b', { ...wa, context: 'wamid.2' }),
      partOf('c', { ...wa, context: 'wamid.9' }),
    );
    assert.deepEqual(
      stage.queued.map(({ message }) => [message.context, message.answers]),
      [
        ['order1', idOf(1)],
        [idOf(2), idOf(2)],
        ['wamid.9', idOf(2)],
      ],
    );
  });
});

describe('what comes again', () => {
  test('is one message for a short time where the provider gives no id', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(partOf('yes'));
    await stage.take(partOf('yes'), partOf('yes!'), partOf('yes', { from: '31600000000' }));
    stage.clock.shiftWall(repeatWindowMs - 1);
    await stage.take(partOf('yes'));
    stage.clock.shiftWall(1);
    await stage.take(partOf('yes'));
    assert.deepEqual(
      stage.queued.map(({ message }) => message.text),
      ['yes', 'yes!', 'yes', 'yes'],
    );
    assert.equal(stage.inbound.counts.repeated, 2);
    assert.ok(repeatWindowMs < 60_000, 'two equal texts a minute apart are two messages');
  });

  test('is known by the provider’s id for as long as providers repeat', async () => {
    const stage = await new InboundStage([shop]).begin();
    const media = { uri: 'https://gw.example/fileproxy/files/1', contentType: 'a/b', title: '' };
    const part = partOf('', { providerId: 'wamid.1', media });
    await stage.take(part);
    const again = partOf('', { ...part, media: { ...media, uri: 'https://gw.example/x' } });
    stage.clock.shiftWall(providerIdKeptMs - 1);
    await stage.take(again, partOf('', { providerId: 'wamid.2' }));
    assert.equal(stage.inbound.counts.repeated, 1);
    assert.deepEqual(stage.spare, ['https://gw.example/x'], 'its file is not needed twice');
    stage.clock.shiftWall(1);
    await stage.take(part);
    assert.equal(stage.queued.length, 3);
  });

  test('has the id of one connection only', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(
      partOf('a', { providerId: '1' }),
      partOf('a', { providerId: '1', connection: 'other' }),
      partOf('', { providerId: '1', event: 'isTyping' }),
    );
    assert.equal(stage.inbound.counts.repeated, 0);
  });
});

describe('long messages', () => {
  test('are one message when their last part has come', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(concatOf(3, 3), concatOf(1, 3), concatOf(1, 3));
    await stage.clock.advance(partsWaitMs - sweepMs);
    await stage.take(concatOf(2, 3), concatOf(2, 3));
    assert.deepEqual(
      stage.queued.map(({ message }) => message.text),
      ['1/3 2/3 3/3 '],
    );
    assert.deepEqual(stage.inbound.counts, { taken: 1, unassigned: 0, repeated: 2, incomplete: 0 });
  });

  test('are delivered as what came when the rest stays away', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(concatOf(3, 3), concatOf(1, 3));
    await stage.clock.advance(partsWaitMs);
    assert.deepEqual(stage.queued, []);
    await stage.clock.advance(sweepMs);
    assert.deepEqual(stage.texts(), ['1/3 3/3 ']);
    assert.deepEqual(JSON.parse(stage.calls[0]?.body ?? '').message.custom, {
      incomplete: { parts: [1, 3], total: 3 },
    });
    assert.equal(stage.inbound.counts.incomplete, 1);
    assert.equal(stage.inbound.counts.taken, 1);
  });

  test('one of one part is no long message', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(concatOf(1, 1));
    assert.equal(stage.queued.length, 1);
  });

  test('many that never complete do not grow without end', async () => {
    const stage = await new InboundStage([shop]).begin();
    const parts = Array.from({ length: groupsMax }, (_, index) =>
      concatOf(1, 2, { from: String(31_600_000_000 + index) }),
    );
    await stage.take(...parts);
    assert.equal(stage.inbound.counts.incomplete, 0);
    await stage.take(concatOf(1, 2, { from: '31700000000' }));
    assert.equal(stage.inbound.counts.incomplete, 1);
    assert.deepEqual(
      stage.queued.map(({ message }) => message.from),
      ['31600000000'],
    );
  });
});

describe('words', () => {
  const isOut = (stage: InboundStage) => stage.optOuts.has('shop', 'SMS', '31612345678');

  test('STOP opts out and START opts in, and both are told', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(partOf('please stop'));
    assert.ok(!isOut(stage));
    await stage.take(partOf('Stop.'));
    assert.ok(isOut(stage));
    assert.ok(!stage.optOuts.has('shop', 'WhatsApp', '31612345678'));
    assert.ok(!stage.optOuts.has('other', 'SMS', '31612345678'));
    await stage.take(partOf('start'));
    assert.ok(!isOut(stage));
    assert.equal(stage.queued.length, 3);
  });

  test('an account and channel has words of its own', async () => {
    const words = { SMS: { stop: ['basta'], start: [] } };
    const own = accountOf('shop', { numbers: shop.numbers, words });
    const stage = await new InboundStage([own]).begin();
    await stage.take(partOf('stop'), partOf('stop', { channel: 'WhatsApp' }));
    assert.ok(!isOut(stage));
    assert.ok(stage.optOuts.has('shop', 'WhatsApp', '31612345678'));
    await stage.take(partOf('BASTA!'));
    assert.ok(isOut(stage));
  });

  test('binary content, events, parts and what is nobody’s are no words', async () => {
    const stage = await new InboundStage([shop]).begin();
    await stage.take(
      partOf('stop', { isBinary: true }),
      partOf('stop', { event: 'SuggestionClick' }),
      concatOf(1, 2, { text: 'stop' }),
      concatOf(2, 2, { text: '' }),
      partOf('stop', { to: '4000' }),
    );
    assert.equal(stage.optOuts.size, 0);
  });
});

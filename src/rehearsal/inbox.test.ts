import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ArrivingPart, createInbox, incompleteMax } from './inbox.ts';
import { samplePart } from './test-part.ts';

const createPart = (text: string, change: Partial<ArrivingPart> = {}): ArrivingPart =>
  samplePart({ text, ...change });

function createSet(key: string, texts: readonly string[], from = 'Chappe'): ArrivingPart[] {
  return texts.map((text, index) =>
    createPart(text, { from, concat: { key, total: texts.length, sequence: index + 1 } }),
  );
}

test('a message of one part is seen at once', () => {
  const inbox = createInbox(10);
  assert.deepEqual(inbox.receive(createPart('hello'), 1000), {
    id: 1,
    channel: 'SMS',
    from: 'Chappe',
    text: 'hello',
    encoding: 'gsm7',
    parts: 1,
    flash: false,
    receivedAt: 1000,
    state: 'unread',
  });
});

test('parts are seen as one text once all have come, in any order, some twice', () => {
  const texts = fc.array(fc.string(), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(texts, fc.infiniteStream(fc.nat()), (pieces, order) => {
      const inbox = createInbox(10);
      const waiting = createSet('7', pieces);
      while (waiting.length > 1) {
        const [part] = waiting.splice((order.next().value ?? 0) % waiting.length, 1);
        assert.ok(part);
        assert.equal(inbox.receive(part, 1), null);
        assert.equal(inbox.receive(part, 1), null);
      }
      const [last] = waiting;
      assert.ok(last);
      const seen = inbox.receive(last, 5);
      assert.equal(seen?.text, pieces.join(''));
      assert.equal(seen?.parts, pieces.length);
      assert.deepEqual(inbox.incomplete, []);
    }),
  );
});

test('a missing part keeps the message from being seen', () => {
  const inbox = createInbox(10);
  const [first, , third] = createSet('7', ['a', 'b', 'c']);
  assert.ok(first && third);
  inbox.receive(third, 20);
  inbox.receive(first, 30);
  assert.deepEqual(inbox.messages, []);
  assert.deepEqual(inbox.incomplete, [{ from: 'Chappe', total: 3, present: [1, 3], since: 20 }]);
});

test('parts of different senders, keys and totals never mix', () => {
  const inbox = createInbox(10);
  const sets = [
    createSet('7', ['a1', 'a2']),
    createSet('7', ['b1', 'b2'], 'Other'),
    createSet('8', ['c1', 'c2']),
    createSet('7', ['d1', 'd2', 'd3']),
  ];
  for (const sequence of [0, 1, 2]) {
    for (const set of sets) {
      const part = set[sequence];
      if (part !== undefined) inbox.receive(part, 1);
    }
  }
  assert.deepEqual(
    inbox.messages.map((message) => message.text),
    ['a1a2', 'b1b2', 'c1c2', 'd1d2d3'],
  );
});

test('the same set again is another message', () => {
  const inbox = createInbox(10);
  for (const part of [...createSet('7', ['a', 'b']), ...createSet('7', ['a', 'b'])]) {
    inbox.receive(part, 1);
  }
  assert.equal(inbox.messages.length, 2);
});

test('an inbox keeps the latest messages and no more', () => {
  const inbox = createInbox(10);
  for (let count = 1; count <= 100; count++) {
    inbox.receive(createPart(`message ${count}`), count);
    assert.ok(inbox.messages.length <= 10);
    assert.equal(inbox.messages.at(-1)?.text, `message ${count}`);
  }
  assert.equal(inbox.messages.length, 10);
  inbox.clear();
  assert.equal(inbox.messages.length, 0);
});

test('only so many unfinished messages are kept', () => {
  const inbox = createInbox(10);
  for (let key = 0; key <= incompleteMax; key++) {
    const [first] = createSet(String(key), ['a', 'b']);
    assert.ok(first);
    inbox.receive(first, key);
  }
  assert.equal(inbox.incomplete.length, incompleteMax);
  assert.equal(inbox.incomplete[0]?.since, 1);
});

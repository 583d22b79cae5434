import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConcatGroups, type HeldPart } from './concat-groups.ts';
import { heldBytesMax, partHoldMs, partIdleMs } from './limits.ts';

function part(
  request: string,
  sequence: number,
  total = 3,
  fields: { reference?: number; bytes?: number; data_coding?: number } = {},
): HeldPart<string> {
  const { reference = 7, bytes = 3, data_coding = 0 } = fields;
  return {
    request,
    data: {
      alphabet: 'default',
      data_coding,
      elements: [],
      octets: Buffer.alloc(bytes),
      concat: { form: 'udh', reference, referenceWidth: 8, total, sequence },
    },
  };
}

const names = (parts: readonly HeldPart<string>[] | null) =>
  parts?.map(({ request }) => request) ?? null;

describe('parts of longer messages', () => {
  test('the last one brings all, in order, whatever order they came in', () => {
    const groups = new ConcatGroups<string>();
    assert.equal(groups.add('a', part('three', 3), 0).whole, null);
    assert.equal(groups.add('a', part('one', 1), 1).whole, null);
    const { whole, alone } = groups.add('a', part('two', 2), 2);
    assert.deepEqual(names(whole), ['one', 'two', 'three']);
    assert.deepEqual(alone, []);
    assert.equal(groups.size, 0);
  });

  test('what differs in its reference or its addresses belongs to another message', () => {
    const groups = new ConcatGroups<string>();
    groups.add('a', part('a1', 1, 2), 0);
    assert.equal(groups.add('b', part('b2', 2, 2), 0).whole, null);
    assert.equal(groups.add('a', part('c2', 2, 2, { reference: 8 }), 0).whole, null);
    assert.deepEqual(names(groups.add('a', part('a2', 2, 2), 0).whole), ['a1', 'a2']);
  });

  for (const [title, second] of [
    ['the same place again', part('new', 1)],
    ['another total', part('new', 2, 4)],
    ['another data_coding', part('new', 2, 3, { data_coding: 8 })],
  ] as const) {
    test(`${title}: the reference is used anew, and what was there goes alone`, () => {
      const groups = new ConcatGroups<string>();
      groups.add('a', part('old', 1), 0);
      const { whole, alone } = groups.add('a', second, 1);
      assert.equal(whole, null);
      assert.deepEqual(names(alone), ['old']);
      assert.equal(groups.size, 1);
    });
  }

  test('after a pause parts go alone, not before', () => {
    const groups = new ConcatGroups<string>();
    groups.add('a', part('one', 1), 0);
    groups.add('a', part('two', 2), 300);
    assert.deepEqual(groups.expire(300 + partIdleMs - 1), []);
    assert.deepEqual(names(groups.expire(300 + partIdleMs)), ['one', 'two']);
    assert.equal(groups.size, 0);
  });

  test('nor do they wait for ever when parts keep trickling in', () => {
    const groups = new ConcatGroups<string>();
    let now = 0;
    for (let sequence = 1; now < partHoldMs; now += partIdleMs - 100, sequence++) {
      assert.deepEqual(groups.expire(now), []);
      groups.add('a', part(String(sequence), sequence, 255), now);
    }
    assert.ok(groups.expire(now).length > 5);
  });

  test('so many octets wait and no more', () => {
    const groups = new ConcatGroups<string>();
    const bytes = heldBytesMax / 4;
    for (const sequence of [1, 2, 3, 4]) {
      const { alone } = groups.add('a', part(String(sequence), sequence, 9, { bytes }), 0);
      assert.deepEqual(alone, []);
    }
    const { alone } = groups.add('a', part('5', 5, 9, { bytes: 1 }), 0);
    assert.deepEqual(names(alone), ['1', '2', '3', '4', '5']);
    assert.deepEqual(
      groups.add('a', part('1', 1, 9, { bytes }), 0).alone,
      [],
      'there is room again',
    );
  });

  test('who leaves takes its messages apart, and no others', () => {
    const groups = new ConcatGroups<string>();
    groups.add('a', part('mine', 1), 0);
    groups.add('a', part('yours', 2), 0);
    groups.add('b', part('yours too', 1), 0);
    const released = groups.releaseWhere((request) => request === 'mine');
    assert.deepEqual(names(released), ['mine', 'yours']);
    assert.equal(groups.size, 1);
  });
});

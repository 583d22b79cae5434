import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReceiptAnswer } from '../contract.ts';
import { cleanId, forgottenAfterMisses, ProviderIds, pinnedAfterMatches } from './provider-ids.ts';

const parked: ReceiptAnswer = { kind: 'parked' };

function matchedBy(keyIndex: number): ReceiptAnswer {
  return { kind: 'applied', keyIndex };
}

/** Which of the keys for an id in a receipt is the id of the response: its index, or -1. */
function find(response: string, receipt: string, ids = new ProviderIds('auto')): number {
  ids.sawResponseId(response);
  return ids.keysOf([receipt]).keys.indexOf(response);
}

test('the vectors of public threads are found (sms-operators §8.1)', () => {
  const vectors = [
    ['39f99dd5', '0972660181'],
    ['39f99dd5', '972660181'],
    ['39F99DD5', '972660181'],
    ['812FC7470000001B', '9308878062554710043'],
    ['00B8BE19', '00B8BE19'],
    ['00B8BE19', 'B8BE19'],
    ['00B8BE19', 'b8be19'],
    ['B8BE19', '00B8BE19'],
    ['0e999f21-81ef-4974-a414-3de98174e3c7', '0e999f21-81ef-4974-a414-3de98174e3c7'],
    ['1101C1-C9D03D-F000', '1101c1-c9d03d-f000'],
    ['972660181', '39f99dd5'],
    ['0972660181', '39F99DD5'],
    ['9308878062554710043', '812fc7470000001b'],
  ] as const;
  for (const [response, receipt] of vectors) {
    assert.notEqual(find(response, receipt), -1, `${response} for ${receipt}`);
    // After a restart no response has shown yet how wide ids are.
    const { keys } = new ProviderIds('auto').keysOf([receipt]);
    assert.ok(keys.includes(response), `${response} for ${receipt} without a response before`);
  }
});

test('only the id as it came matches by itself; a conversion needs the destination', () => {
  const { keys, exact } = new ProviderIds('auto').keysOf(['0972660181']);
  assert.equal(exact, 1);
  assert.equal(keys[0], '0972660181');
  assert.ok(keys.length > 1);
});

test('an id that is no number is not converted and loses no zero', () => {
  const uuid = '0e999f21-81ef-4974-a414-3de98174e3c7';
  const { keys } = new ProviderIds('auto').keysOf([uuid]);
  assert.deepEqual(keys, [uuid, uuid.toUpperCase()]);
  assert.deepEqual(new ProviderIds('auto').keysOf(['00xyz']).keys, ['00xyz', '00XYZ']);
});

test('ids of 64 bits are not rounded', () => {
  assert.equal(find('812FC7470000001B', '9308878062554710000'), -1);
});

test('no key is there twice', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[0-9a-fA-F-]{1,20}$/), { maxLength: 2 }), (ids) => {
      const { keys, exact, formMasks } = new ProviderIds('auto').keysOf(ids);
      assert.equal(new Set(keys).size, keys.length);
      assert.equal(formMasks.length, keys.length);
      assert.equal(exact, new Set(ids).size);
      assert.deepEqual(keys.slice(0, exact), [...new Set(ids)]);
    }),
  );
});

test('hexadecimal and decimal are each other, whatever the id', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), fc.boolean(), (number, isUpper) => {
      const hex = isUpper ? number.toString(16).toUpperCase() : number.toString(16);
      assert.notEqual(find(hex, number.toString()), -1);
      assert.notEqual(find(number.toString(), hex), -1);
    }),
  );
});

test('a configured conversion matches by itself', () => {
  const hexDec = new ProviderIds('hex-dec').keysOf(['0972660181']);
  assert.ok(hexDec.keys.indexOf('39f99dd5') < hexDec.exact);
  assert.ok(hexDec.keys.indexOf('0972660181') >= hexDec.exact);
  const decHex = new ProviderIds('dec-hex').keysOf(['39f99dd5']);
  assert.ok(decHex.keys.indexOf('972660181') < decHex.exact);
  assert.equal(decHex.keys.includes('39f99dd5'), true);
});

test('"same" converts nothing but case and zeros', () => {
  const { keys, exact } = new ProviderIds('same').keysOf(['00ab']);
  assert.equal(exact, 1);
  assert.ok(keys.includes('ab') && keys.includes('00AB'));
  assert.ok(!keys.includes('171'));
});

test('the form is pinned after so many matches that agree, not before', () => {
  const ids = new ProviderIds('auto');
  for (let number = 0; number < pinnedAfterMatches; number++) {
    assert.equal(ids.isPinned, false);
    const decimal = String(0x39f99dd5 + number);
    const keys = ids.keysOf([decimal]);
    ids.learn(keys, matchedBy(keys.keys.indexOf((0x39f99dd5 + number).toString(16))));
  }
  assert.equal(ids.isPinned, true);
  assert.deepEqual(ids.keysOf(['972660181']), { keys: ['39f99dd5'], exact: 1, formMasks: [] });
  assert.deepEqual(ids.keysOf(['no-number']).keys, ['no-number']);
});

test('a match that contradicts the others begins the count anew', () => {
  const ids = new ProviderIds('auto');
  const learn = (receipt: string, response: string) => {
    const keys = ids.keysOf([receipt]);
    ids.learn(keys, matchedBy(keys.keys.indexOf(response)));
  };
  for (let count = 1; count < pinnedAfterMatches; count++) learn('abc1', 'abc1');
  learn('abc1', 'ABC1');
  assert.equal(ids.isPinned, false);
  for (let count = 1; count < pinnedAfterMatches - 1; count++) learn('abc1', 'ABC1');
  assert.equal(ids.isPinned, false);
  learn('abc1', 'ABC1');
  assert.equal(ids.isPinned, true);
  assert.deepEqual(ids.keysOf(['abc1']).keys, ['ABC1']);
});

test('matches that say nothing about the form do not mislead', () => {
  const ids = new ProviderIds('auto');
  const learn = (receipt: string, response: string) => {
    const keys = ids.keysOf([receipt]);
    ids.learn(keys, matchedBy(keys.keys.indexOf(response)));
  };
  // Digits alone are the same in upper case; one letter tells.
  for (let count = 0; count < 50; count++) learn(`1${count + 100}`, `1${count + 100}`);
  learn('1abc', '1ABC');
  for (let count = 0; count < 49; count++) learn(`1${count + 100}`, `1${count + 100}`);
  assert.equal(ids.isPinned, true);
  assert.deepEqual(ids.keysOf(['2def']).keys, ['2DEF']);
});

test('a pinned form that matches nothing any more is forgotten', () => {
  const ids = new ProviderIds('auto');
  for (let count = 0; count < pinnedAfterMatches; count++)
    ids.learn(ids.keysOf(['abc']), matchedBy(0));
  assert.equal(ids.isPinned, true);
  for (let count = 1; count < forgottenAfterMisses; count++) ids.learn(ids.keysOf(['abc']), parked);
  assert.equal(ids.isPinned, true);
  ids.learn(ids.keysOf(['abc']), matchedBy(0));
  for (let count = 0; count < forgottenAfterMisses; count++) ids.learn(ids.keysOf(['abc']), parked);
  assert.equal(ids.isPinned, false);
});

test('what stands around an id is no part of it', () => {
  assert.equal(cleanId('abc'), 'abc');
  assert.equal(cleanId(' "abc"\0 '), 'abc');
  assert.equal(cleanId("'a b'"), 'a b');
  assert.equal(cleanId('\0'), '');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  createSenderCheck,
  createSourceAddresses,
  isDestination,
  readAddress,
  readHandset,
  type SenderRules,
} from './addresses.ts';
import { settingsFor } from './test-stage.ts';

function addressOf(from: string, change: Readonly<Record<string, unknown>> = {}): string | null {
  const rules: SenderRules = settingsFor(2775, change);
  const address = createSourceAddresses(rules)(from);
  return address === null ? null : `${address.ton}/${address.npi} ${address.text}`;
}

test('source addresses follow the table (sms-operators §3.1)', () => {
  const cases: readonly (readonly [string, string | null, object?])[] = [
    ['Chappe', '5/0 Chappe'],
    ['CM Telecom', '5/0 CM Telecom'],
    ['A1', '5/0 A1'],
    ['12-34', '5/0 12-34'],
    ['elevenchars', '5/0 elevenchars'],
    ['twelve chars', null],
    ['1234567890€', null],
    ['123456789€', '5/0 123456789\x1be'],
    ['Łódź', null],
    ['Zoë', null],
    ['Åse', '5/0 \x0ese'],
    ['a@b', null],
    ['', null],
    ['0031612345678', '1/1 31612345678'],
    ['+31612345678', '1/1 31612345678'],
    ['31612345678', '1/1 31612345678'],
    ['0012345678', '1/1 12345678'],
    ['1234567890123456', '1/1 1234567890123456'],
    ['12345678901234567', null],
    ['+12345678901234567', null],
    ['3669', '3/0 3669'],
    ['112', '3/0 112'],
    ['12345678', '3/0 12345678'],
    ['123456789', '1/1 123456789'],
    ['3669', '0/1 3669', { shortCodePlan: '0/1' }],
    ['3669', '6/0 3669', { shortCodePlan: '6/0' }],
    ['3669', '1/1 3669', { shortCodePlan: '1/1' }],
    ['112', '5/0 112', { shortCodePlan: '5/0' }],
    ['0612345678', '0/1 0612345678'],
    ['0612345678', '2/1 0612345678', { nationalPlan: '2/1' }],
    ['Åse', '5/0 Åse', { defaultAlphabet: 'latin1' }],
    ['a@b', '5/0 a@b', { defaultAlphabet: 'latin1' }],
    ['a@b', '5/0 a@b', { defaultAlphabet: 'packed' }],
  ];
  for (const [from, expected, change] of cases) {
    assert.equal(addressOf(from, { ...change }), expected, from);
  }
});

test('a sender can be written, or the operator has not allowed it anyway', () => {
  const cases: readonly (readonly [string, boolean, object?])[] = [
    ['Chappe', true],
    ['0031612345678', true],
    ['a@b', false],
    ['a@b', true, { defaultAlphabet: 'latin1' }],
    ['[Bakery]', true],
    ['[Bakery]12', false],
    ['it`s', false],
    ['a@b', true, { allowedSenders: ['Chappe'] }],
    ['a@b', true, { allowedSenders: ['Chappe'], substituteSender: 'Chappe' }],
    ['a@b', false, { allowedSenders: ['Chappe', 'a@b'] }],
    ['Chappe', true, { allowedSenders: ['Chappe'] }],
  ];
  for (const [from, expected, change] of cases) {
    const takesSender = createSenderCheck(settingsFor(2775, { ...change }));
    assert.equal(takesSender(from), expected, `${from} ${JSON.stringify(change)}`);
  }
});

test('a sender the operator does not allow is replaced, or refused', () => {
  const allowed = { allowedSenders: ['Chappe', '3669'] };
  assert.equal(addressOf('Chappe', allowed), '5/0 Chappe');
  assert.equal(addressOf('Other', allowed), null);
  assert.equal(addressOf('Other', { ...allowed, substituteSender: '3669' }), '3/0 3669');
  assert.equal(addressOf('Chappe', { ...allowed, substituteSender: '3669' }), '5/0 Chappe');
});

test('whatever the sender, the address fits its field and has no NUL', () => {
  for (const defaultAlphabet of ['gsm', 'latin1', 'ascii', 'packed']) {
    const find = createSourceAddresses(settingsFor(2775, { defaultAlphabet }));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 24 }), (from) => {
        const address = find(from);
        if (address === null) return true;
        const octets = Buffer.from(address.text, 'latin1');
        return octets.length > 0 && octets.length <= 20 && !octets.includes(0);
      }),
    );
  }
});

test('thousands of senders do not fill the memory, nor change what is answered', () => {
  const find = createSourceAddresses(settingsFor(2775));
  for (let index = 0; index < 3_000; index++) assert.equal(find(`s${index}`)?.text, `s${index}`);
  assert.equal(find('s0')?.text, 's0');
});

test('addresses of the operator come into our form', () => {
  assert.equal(readAddress(1, '31612345678'), '31612345678');
  assert.equal(readAddress(1, '+31612345678'), '31612345678');
  assert.equal(readAddress(0, '0031612345678'), '31612345678');
  assert.equal(readAddress(5, '+00 name'), '+00 name');
  assert.equal(readAddress(3, '3669'), '3669');
  assert.equal(readHandset('+31612345678'), '31612345678');
  assert.equal(readHandset('Chappe'), null);
  assert.equal(readHandset(''), null);
});

test('a destination is 1 to 20 digits', () => {
  for (const good of ['1', '31612345678', '1'.repeat(20)]) assert.equal(isDestination(good), true);
  for (const bad of ['', '+31', '1'.repeat(21), 'a', '1 2'])
    assert.equal(isDestination(bad), false);
});

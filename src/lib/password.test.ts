import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashCostMax, hashPassword, isPasswordHash, verifyPassword } from './password.ts';

describe('passwords', () => {
  test('a hash takes its own password and no other', async () => {
    const hash = hashPassword('bakery12');
    assert.equal(isPasswordHash(hash), true);
    assert.equal(await verifyPassword('bakery12', hash), true);
    for (const wrong of ['bakery1', 'bakery123', 'Bakery12', '']) {
      assert.equal(await verifyPassword(wrong, hash), false, wrong);
    }
  });

  test('the same password never has the same hash, nor is it in there', () => {
    const [first, second] = [hashPassword('bakery12', 2), hashPassword('bakery12', 2)];
    assert.notEqual(first, second);
    assert.doesNotMatch(first, /bakery/);
  });

  test('a hash may cost so much and no more', () => {
    const tail = hashPassword('x', 2).split('$').slice(2).join('$');
    assert.equal(isPasswordHash(`scrypt$${hashCostMax}$${tail}`), true);
    assert.equal(isPasswordHash(`scrypt$${hashCostMax * 2}$${tail}`), false);
    assert.equal(isPasswordHash(`scrypt$1000$${tail}`), false, 'no power of two');
    assert.equal(isPasswordHash(`scrypt$0$${tail}`), false);
  });

  test('what is no hash is refused', () => {
    for (const text of ['', 'bakery12', 'scrypt$2$8$1$short$short', '$2b$10$abcdefghijklmnop']) {
      assert.equal(isPasswordHash(text), false, text);
      assert.throws(() => void verifyPassword('x', text), /not the hash/);
    }
  });
});

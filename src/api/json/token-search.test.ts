import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { candidatesMax, searchToken } from './token-search.ts';

const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';
const other = '00000000-0000-0000-0000-000000000000';
const search = (text: string) => searchToken(Buffer.from(text), (found) => found === token);

describe('the token in a text that is not parsed', () => {
  for (const [title, text, found] of [
    ['alone', `"${token}"`, true],
    ['in a document', `{"messages":{"authentication":{"productToken":"${token}"}}}`, true],
    ['behind others', `["${other}","${other.replaceAll('0', 'f')}","${token}"]`, true],
    ['behind text that is not ASCII', `{"a":"ë🍞 – ","b":"${token}"}`, true],
    ['not a string of its own', `"x${token}"`, false],
    ['with something behind it', `"${token}x"`, false],
    ['without hyphens', `"${token.replaceAll('-', '')}"`, false],
    ['another one', `"${other}"`, false],
    ['with a letter that is no digit', `"${token.replace('a', 'g')}"`, false],
    ['cut off', `"${token}`, false],
    ['nothing', '', false],
  ] as const) {
    test(`${title}: ${found ? 'found' : 'not found'}`, () => {
      assert.equal(search(text), found ? token : null);
    });
  }

  test('capitals are no other token', () => {
    const capitals = token.toUpperCase();
    assert.equal(
      searchToken(Buffer.from(`"${capitals}"`), () => true),
      capitals,
    );
  });

  for (const [before, found] of [
    [candidatesMax - 1, true],
    [candidatesMax, false],
  ] as const) {
    test(`behind ${before} others: ${found ? 'found' : 'not found'}`, () => {
      assert.equal(search(`"${other}",`.repeat(before) + `"${token}"`), found ? token : null);
    });
  }

  test('wherever it is, it is found', () => {
    const noise = fc.string({ unit: fc.constantFrom('-', '"', '5', 'a', 'é', '{', ' ') });
    fc.assert(
      fc.property(noise, noise, (before, after) => {
        assert.equal(search(`${before}"${token}"${after}`), token);
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  candidatesMax,
  jsonEdges,
  searchedBytesMax,
  searchToken,
  xmlEdges,
} from './token-search.ts';

const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';
const other = '00000000-0000-0000-0000-000000000000';
const isKnown = (given: string) => given === token;
const search = (text: string) => searchToken(Buffer.from(text), jsonEdges, isKnown);

describe('the token in a text that is not parsed', () => {
  for (const [title, text, found] of [
    ['alone', `"${token}"`, 'known'],
    ['in a document', `{"messages":{"authentication":{"productToken":"${token}"}}}`, 'known'],
    ['behind others', `["${other}","${other.replaceAll('0', 'f')}","${token}"]`, 'known'],
    ['behind text that is not ASCII', `{"a":"ë🍞 – ","b":"${token}"}`, 'known'],
    ['not a string of its own', `"x${token}"`, 'none'],
    ['with something behind it', `"${token}x"`, 'none'],
    ['without hyphens', `"${token.replaceAll('-', '')}"`, 'none'],
    ['another one', `"${other}"`, 'unknown'],
    ['with a letter that is no digit', `"${token.replace('a', 'g')}"`, 'none'],
    ['cut off', `"${token}`, 'none'],
    ['nothing', '', 'none'],
  ] as const) {
    test(`${title}: ${found}`, () => {
      assert.equal(search(text), found);
    });
  }

  test('capitals are no other token', () => {
    const capitals = token.toUpperCase();
    const isCapitals = (given: string) => given === capitals;
    assert.equal(searchToken(Buffer.from(`"${capitals}"`), jsonEdges, isCapitals), 'known');
  });

  for (const [title, text, found] of [
    ['in an element', `<PRODUCTTOKEN>${token}</PRODUCTTOKEN>`, 'known'],
    ['on a line of its own', `<PRODUCTTOKEN>\r\n\t${token}\n</PRODUCTTOKEN>`, 'known'],
    ['in a CDATA section', `<PRODUCTTOKEN><![CDATA[${token}]]></PRODUCTTOKEN>`, 'known'],
    ['another one', `<PRODUCTTOKEN>${other}</PRODUCTTOKEN>`, 'unknown'],
    ['in an attribute', `<PRODUCTTOKEN is="${token}"/>`, 'none'],
    ['within a word', `<PRODUCTTOKEN>x${token}</PRODUCTTOKEN>`, 'none'],
  ] as const) {
    test(`XML, ${title}: ${found}`, () => {
      assert.equal(searchToken(Buffer.from(text), xmlEdges, isKnown), found);
    });
  }

  for (const [before, found] of [
    [candidatesMax - 1, 'known'],
    [candidatesMax, 'unknown'],
  ] as const) {
    test(`behind ${before} others: ${found}`, () => {
      assert.equal(search(`"${other}",`.repeat(before) + `"${token}"`), found);
    });
  }

  const filler = (bytes: number) => ' '.repeat(bytes);
  const quoted = `"${token}"`;
  for (const [title, text, found] of [
    ['ends at the first limit', [searchedBytesMax - quoted.length, searchedBytesMax + 1], 'known'],
    ['ends beyond it', [searchedBytesMax - quoted.length + 1, searchedBytesMax + 1], 'none'],
    ['begins at the last one', [searchedBytesMax + 1, searchedBytesMax - quoted.length], 'known'],
    ['begins before it', [searchedBytesMax + 1, searchedBytesMax - quoted.length + 1], 'none'],
    ['is in the middle of as much as is searched', [50_000, 50_000], 'known'],
  ] as const) {
    test(`in a long text it ${title}: ${found}`, () => {
      assert.equal(search(filler(text[0]) + quoted + filler(text[1])), found);
    });
  }

  test('wherever it is, it is found', () => {
    const noise = fc.string({ unit: fc.constantFrom('-', '"', '5', 'a', 'é', '{', ' ') });
    fc.assert(
      fc.property(noise, noise, (before, after) => {
        assert.equal(search(`${before}"${token}"${after}`), 'known');
      }),
    );
  });
});

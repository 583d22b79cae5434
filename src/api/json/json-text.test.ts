import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isExact, parseExactly, parseJson } from './json-text.ts';
import { defaultJsonLimits } from './limits.ts';

test('a number is exact when its text has the digits that were sent', () => {
  for (const number of [0, -1, 9_007_199_254_740_991, -9_007_199_254_740_991, 0.5, 1e-7]) {
    assert.ok(isExact(number), String(number));
  }
  for (const number of [9_007_199_254_740_992, -9_007_199_254_740_992, 2 ** 70, 1e21]) {
    assert.ok(!isExact(number), String(number));
  }
});

const long = '9007199254740993';

const documents: [text: string, value: unknown][] = [
  [long, long],
  [`-${long}`, `-${long}`],
  [`[${long},${long}]`, [long, long]],
  [`{"a":${long},"b":1}`, { a: long, b: 1 }],
  [`{"${long}": ${long} }`, { [long]: long }],
  [`["\\"${long}",${long}]`, [`"${long}`, long]],
  [`["\\\\",${long}]`, ['\\', long]],
  ['[123456789012345]', [123_456_789_012_345]],
  [`[${long}.5,${long}e2,true,false]`, [Number(`${long}.5`), Number(`${long}e2`), true, false]],
  [`\ufeff[${long}]`, [long]],
];

test('long whole numbers become texts, and nothing else does', () => {
  for (const [text, value] of documents) {
    assert.deepEqual(parseExactly(Buffer.from(text)), value, text);
  }
});

test('any other document is the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const body = Buffer.from(JSON.stringify(value, null, indent));
      const expected = JSON.stringify(parseJson(body, defaultJsonLimits), (_key, one: unknown) =>
        typeof one === 'number' && /^-?\d{16,}$/.test(String(one)) ? String(one) : one,
      );
      assert.equal(JSON.stringify(parseExactly(body)), expected);
    }),
    { numRuns: 1000 },
  );
});

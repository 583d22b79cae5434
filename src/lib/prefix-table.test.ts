import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createPrefixTable } from './prefix-table.ts';

test('the longest known prefix wins', () => {
  const table = createPrefixTable([
    ['1', 'US'],
    ['1204', 'CA'],
    ['316', 'mobile'],
    ['31', 'NL'],
  ]);
  const cases: [digits: string, value: string | undefined][] = [
    ['12045551234', 'CA'],
    ['12035551234', 'US'],
    ['1', 'US'],
    ['31612345678', 'mobile'],
    ['31761234567', 'NL'],
    ['3', undefined],
    ['4', undefined],
    ['', undefined],
    ['x31', undefined],
    ['31x6', 'NL'],
    ['31６', 'NL'],
  ];
  for (const [digits, value] of cases) assert.equal(table.find(digits), value, digits);
});

test('an empty table knows nothing', () => {
  assert.equal(createPrefixTable([]).find('31612345678'), undefined);
});

test('what is no prefix is refused', () => {
  for (const prefix of ['', '+31', '3 1', 'a']) {
    assert.throws(() => createPrefixTable([[prefix, 'x']]), TypeError, prefix);
  }
  const twice = [
    ['31', 'a'],
    ['31', 'b'],
  ] as const;
  assert.throws(() => createPrefixTable(twice), TypeError);
});

test('it finds what comparing with every prefix finds', () => {
  const digits = fc.stringMatching(/^[0-3]{1,5}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(digits, { maxLength: 30, size: 'max' }),
      digits,
      (prefixes, number) => {
        const table = createPrefixTable(
          prefixes.map((prefix) => [prefix, `of ${prefix}`] as const),
        );
        const longest = prefixes
          .filter((prefix) => number.startsWith(prefix))
          .toSorted((a, b) => b.length - a.length)[0];
        assert.equal(table.find(number), longest === undefined ? undefined : `of ${longest}`);
      },
    ),
    { numRuns: 500 },
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createSenderMatcher } from './sender-pattern.ts';

describe('sender patterns', () => {
  const cases: [pattern: string, sender: string, matches: boolean][] = [
    ['Bakery', 'Bakery', true],
    ['Bakery', 'bAKERY', true],
    ['Bakery', 'Bakery ', false],
    ['Bakery', 'MyBakery', false],
    ['Bak*', 'Bak', true],
    ['Bak*', 'Bakery', true],
    ['Bak*', 'Butcher', false],
    ['*ery', 'Bakery', true],
    ['*ery', 'Bakerys', false],
    ['B*y', 'Bakery', true],
    ['B*y', 'By', true],
    ['B*B', 'B', false],
    ['*ak*r*', 'Bakery', true],
    ['*ak*k*', 'Bakery', false],
    ['a*ab*b', 'aabb', true],
    ['a*ab*b', 'aab', false],
    ['**', '', true],
    ['', '', true],
    ['', 'x', false],
    ['+31*', '+31612345678', true],
    ['+31*', '0031612345678', false],
    ['a.c', 'abc', false],
  ];
  for (const [pattern, sender, matches] of cases) {
    test(`"${pattern}" ${matches ? 'fits' : 'does not fit'} "${sender}"`, () => {
      assert.equal(createSenderMatcher([pattern])(sender), matches);
    });
  }

  test('any of several fits', () => {
    const hasSender = createSenderMatcher(['Bakery', 'But*']);
    assert.deepEqual(['Bakery', 'Butcher', 'Baker'].map(hasSender), [true, true, false]);
  });

  test('a pattern fits what the same regular expression fits', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const senders = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(letters, senders, (pattern, sender) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(sender);
        assert.equal(createSenderMatcher([pattern])(sender), expected);
      }),
      { numRuns: 1000 },
    );
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InboundAccount } from '../core/inbound-account.ts';
import { createOwners } from './owners.ts';

function account(id: string, numbers: InboundAccount['numbers']): InboundAccount {
  return { id, numbers, webhook: null, events: null, words: {}, hasSessions: false };
}

const owners = createOwners(
  [
    account('bakery', [
      { number: '+31620000000', keyword: null },
      { number: '3669', keyword: 'bread' },
    ]),
    account('butcher', [{ number: '3669', keyword: 'Meat' }]),
    account('town', [{ number: '3669', keyword: null }]),
    account('club', [{ number: '4000', keyword: 'CLUB' }]),
    account('name', [{ number: 'Bakery', keyword: null }]),
  ],
  new Map([['operator', 'town']]),
);

test('a number belongs to who has it, a shared one to whose keyword comes first', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['31620000000', 'anything', 'bakery'],
    ['+31620000000', '', 'bakery'],
    ['0031620000000', '', 'bakery'],
    ['31620000001', '', null],
    ['3669', 'BREAD two', 'bakery'],
    ['3669', ' bread!', 'bakery'],
    ['3669', 'meat', 'butcher'],
    ['3669', 'two bread', 'town'],
    ['3669', '', 'town'],
    ['4000', 'club', 'club'],
    ['4000', 'clubs', null],
    ['bakery', 'x', 'name'],
    ['', '', null],
  ];
  for (const [to, text, expected] of cases) {
    assert.equal(owners.byNumber(to, text), expected, `${to} ${text}`);
  }
});

test('a connection may have an account for the rest', () => {
  assert.equal(owners.byConnection('operator'), 'town');
  assert.equal(owners.byConnection('other'), null);
  assert.equal(owners.account('bakery')?.id, 'bakery');
  assert.equal(owners.account('nobody'), null);
});

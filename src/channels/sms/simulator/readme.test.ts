import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { disturbances } from './disturbances.ts';
import { readSmscChange } from './settings.ts';
import { defaultSwitches, describeSwitches, switchSchema } from './switches.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

test('the table of switches is the one the code has', () => {
  const expected = describeSwitches().map(({ name, default: value, choices, description }) =>
    [`\`${name}\``, `\`${value}\``, choices.join(', '), description].join(' | '),
  );
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line.split('|').slice(1, -1);
      return cells.map((cell) => cell.trim()).join(' | ');
    });
  assert.deepEqual(rows, expected);
});

test('every disturbance is named', () => {
  for (const disturbance of disturbances) assert.ok(readme.includes(`\`${disturbance}\``));
});

test('the defaults are allowed by their own schema', () => {
  assert.deepEqual(switchSchema.parse(defaultSwitches), defaultSwitches);
});

test('settings are checked, and only what was given is taken', () => {
  const change = { all: { wire: 'split' }, accounts: { demo: { rate: 10 } }, strangers: true };
  assert.deepEqual(readSmscChange(change), change);
  for (const bad of [
    null,
    { all: { wire: 'round' } },
    { all: { colour: 1 } },
    { accounts: { demo: { swallowChance: 1.1 } } },
    { strangers: 'yes' },
    { other: {} },
  ]) {
    const read = readSmscChange(bad);
    assert.ok('faults' in read && read.faults.length > 0, JSON.stringify(bad));
  }
});

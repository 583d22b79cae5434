import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCrashPoint } from './crash-point.ts';

test('nothing is said, nothing happens', () => {
  assert.equal(readCrashPoint(undefined, assert.fail), null);
  assert.equal(readCrashPoint('', assert.fail), null);
});

test('the process dies at the place, in the batch with the number', () => {
  const deaths: string[] = [];
  let batch = 0;
  const crash = readCrashPoint('T2:after-commit:3', () => deaths.push(`batch ${batch}`));
  assert.ok(crash !== null);
  for (const kinds of [
    ['T2', 'T1'],
    ['T1', 'T1', 'T1'],
    ['T2', 'T2'],
  ]) {
    batch++;
    for (const kind of kinds) crash.count(kind);
    crash.pass('before-commit');
    assert.deepEqual(deaths, []);
    crash.pass('after-commit');
  }
  assert.deepEqual(deaths, ['batch 3']);
});

for (const value of [
  'T1',
  'T1:before-commit',
  'T1:before-commit:0',
  'T1:during-commit:1',
  ':after-commit:1',
]) {
  test(`"${value}" is no crash point`, () => {
    assert.throws(() => readCrashPoint(value, assert.fail), /not a crash point/);
  });
}

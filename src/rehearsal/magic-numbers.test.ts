import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryErrors } from '../core/status.ts';
import { magicErrorOf } from './magic-numbers.ts';

test('every error number of the specification can be asked for', () => {
  for (const error of Object.keys(deliveryErrors).map(Number)) {
    assert.equal(magicErrorOf(`31612000${String(error).padStart(2, '0')}`), error);
    if (error < 10) assert.equal(magicErrorOf(`31612000${error}`), error);
  }
});

const ordinary = [
  ['no zeros before the error', '31612345624'],
  ['two zeros only', '31612340024'],
  ['no such error', '31612000032'],
  ['no such error of one digit', '3161200001'],
  ['zeros alone', '31612000000'],
  ['the error is not at the end', '31612000241'],
  ['too short', '024'],
  ['nothing', ''],
] as const;

for (const [name, number] of ordinary) {
  test(`a number is ordinary: ${name}`, () => {
    assert.equal(magicErrorOf(number), 0);
  });
}

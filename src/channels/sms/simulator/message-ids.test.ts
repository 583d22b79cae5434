import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '../../../lib/random.ts';
import { convertId, createSmscIds } from './message-ids.ts';

/** The vectors of sms-operators §8.1, and their negative twins. */
const conversions = [
  ['39f99dd5', 'decimal', '972660181'],
  ['812FC7470000001B', 'decimal', '9308878062554710043'],
  ['972660181', 'hex', '39f99dd5'],
  ['00B8BE19', 'no-zeros', 'B8BE19'],
  ['0', 'no-zeros', '0'],
  ['972660181', 'zeros', '00972660181'],
  ['1101C1-C9D03D-F000', 'lower', '1101c1-c9d03d-f000'],
  ['1101c1-c9d03d', 'upper', '1101C1-C9D03D'],
  ['39f99dd5', 'same', '39f99dd5'],
  ['39f99dd5', 'quoted', '"39f99dd5"'],
  ['39f99dd5', 'padded', '39f99dd5  '],
  ['0e999f21-81ef-4974-a414-3de98174e3c7', 'decimal', '0e999f21-81ef-4974-a414-3de98174e3c7'],
  ['39f99dd5', 'hex', '39f99dd5'],
] as const;

for (const [id, form, converted] of conversions) {
  test(`${id} as ${form} is ${converted}`, () => {
    assert.equal(convertId(id, form), converted);
  });
}

const shapes = [
  ['decimal', /^\d{10}$/],
  ['hex', /^[\da-f]{8}$/],
  ['HEX', /^[\dA-F]{8}$/],
  ['hex64', /^[\dA-F]{16}$/],
  ['uuid', /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/],
  ['dashes', /^[\dA-F]{6}-[\dA-F]{6}-F000$/],
] as const;

for (const [form, shape] of shapes) {
  test(`ids in the form ${form} look like it and are all different`, () => {
    const next = createSmscIds(createSeededRandom(1));
    const ids = Array.from({ length: 1000 }, () => next(form));
    for (const id of ids) assert.match(id, shape);
    assert.equal(new Set(ids).size, ids.length);
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '../../src/lib/random.ts';
import { crashPlaces, planCycles } from './plan.ts';
import { survivals } from './power-image.ts';

function plan(cycles: number, seed: number) {
  return planCycles(cycles, createSeededRandom(seed));
}

test('the same seed plans the same storm, another seed another', () => {
  assert.deepEqual(plan(40, 1), plan(40, 1));
  assert.notDeepEqual(plan(40, 1), plan(40, 2));
});

test('in forty cycles every named place comes twice, and each remnant of the disk with each kind of death', () => {
  const plans = plan(40, 3);
  const places = new Map(crashPlaces.map((place) => [place, 0]));
  for (const { firstDeath } of plans) {
    if (firstDeath.kind !== 'point') continue;
    const place = firstDeath.point.replace(/:\d+$/, '');
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  assert.equal(places.size, crashPlaces.length);
  for (const count of places.values()) assert.ok(count >= 2);
  const met = new Set(plans.map(({ firstDeath, survival }) => `${firstDeath.kind} ${survival}`));
  assert.equal(met.size, 3 * survivals.length);
});

test('the first gateway of all dies while it makes its file', () => {
  assert.equal(plan(1, 4)[0]?.firstDeath.kind, 'start');
});

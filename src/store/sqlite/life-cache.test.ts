import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin } from '../../core/lifecycle.ts';
import { idOf, sampleMessage } from '../conformance/sample.ts';
import { type HeldLife, LifeCache } from './life-cache.ts';

function lifeOf(index: number): HeldLife {
  const message = sampleMessage(index);
  return {
    n: index,
    envelope: message,
    live: begin(message),
    queued: null,
    wake: null,
    pending: 'none',
    hasMovedLane: false,
    hasMovedWake: false,
    hasNewStep: false,
  };
}

test('a message is found by its id and its number', () => {
  const cache = new LifeCache(10);
  const lives = [1, 2, 3].map(lifeOf);
  for (const life of lives) cache.add(life);
  for (const life of lives) {
    assert.equal(cache.get(life.envelope.id), life);
    assert.equal(cache.getByNumber(life.n), life);
  }
  assert.equal(cache.get(idOf(4)), undefined);
  assert.equal(cache.getByNumber(4), undefined);
});

test('what is used stays, what is not goes, and there is never more than twice the limit', () => {
  const cache = new LifeCache(10);
  for (let index = 1; index <= 100; index++) {
    cache.add(lifeOf(index));
    assert.notEqual(cache.getByNumber(1), undefined);
  }
  const held = Array.from({ length: 100 }, (_, index) => cache.get(idOf(index + 1)));
  const kept = held.filter((life) => life !== undefined).length;
  assert.ok(kept >= 10 && kept <= 20, `${kept} are kept`);
  assert.equal(cache.get(idOf(50)), undefined);
});

test('what was deleted or cleared is gone', () => {
  const cache = new LifeCache(2);
  for (const index of [1, 2, 3]) cache.add(lifeOf(index));
  cache.delete(idOf(1));
  assert.equal(cache.get(idOf(1)), undefined);
  assert.equal(cache.getByNumber(1), undefined);
  assert.notEqual(cache.get(idOf(3)), undefined);
  cache.clear();
  assert.equal(cache.get(idOf(3)), undefined);
  assert.equal(cache.getByNumber(2), undefined);
});

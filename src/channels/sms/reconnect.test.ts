import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '../../lib/random.ts';
import { goodBindMs, Reconnect } from './reconnect.ts';

const settings = { reconnectFirstMs: 1_000, reconnectLongestMs: 60_000 };

function between(value: number, min: number, max: number): void {
  assert.ok(value >= min && value <= max, `${value} is not between ${min} and ${max}`);
}

test('waits double from 1 to 60 s and are spread by a fifth', () => {
  const reconnect = new Reconnect(settings, createSeededRandom(1));
  for (const base of [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000)) {
    between(reconnect.waitAfter('network'), base * 0.8, base * 1.2);
  }
});

test('credentials wait 60 to 300 s, an old session 30 to 60 s', () => {
  const reconnect = new Reconnect(settings, createSeededRandom(2));
  for (const base of [60, 120, 240, 300, 300].map((seconds) => seconds * 1_000)) {
    between(reconnect.waitAfter('credentials'), base * 0.8, base * 1.2);
  }
  for (let turn = 0; turn < 20; turn++)
    between(reconnect.waitAfter('already-bound'), 30_000, 60_000);
});

test('another kind of failure begins its own row', () => {
  const reconnect = new Reconnect(settings, createSeededRandom(3));
  for (let turn = 0; turn < 5; turn++) reconnect.waitAfter('network');
  between(reconnect.waitAfter('credentials'), 48_000, 72_000);
  between(reconnect.waitAfter('network'), 800, 1_200);
});

test('a bind that lasted makes the next wait short; one that fell over at once does not', () => {
  const reconnect = new Reconnect(settings, createSeededRandom(4));
  for (let turn = 0; turn < 4; turn++) reconnect.waitAfter('network');
  reconnect.ended(goodBindMs - 1);
  between(reconnect.waitAfter('network'), 12_800, 19_200);
  reconnect.ended(goodBindMs);
  between(reconnect.waitAfter('network'), 800, 1_200);
});

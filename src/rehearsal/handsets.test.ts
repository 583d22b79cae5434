import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carrierOf } from './carriers.ts';
import { findObstacle, type HandsetPatch, type Obstacle, readNumber } from './handset.ts';
import { createHandsets } from './handsets.ts';
import { samplePart } from './test-part.ts';
import { createVirtualClock } from './virtual-clock.ts';

const clock = createVirtualClock({ startAt: 1_000_000 });

const part = samplePart();

test('any number written to becomes a handset', () => {
  const handsets = createHandsets({ clock });
  assert.equal(handsets.find('31612345678'), undefined);
  handsets.receive('31612345678', part);
  assert.equal(handsets.find('31612345678')?.inbox.messages[0]?.text, 'Hello');
});

test('listeners hear of messages and changes until they stop', () => {
  const handsets = createHandsets({ clock });
  const heard: string[] = [];
  const stopMessages = handsets.onMessage((number, { text }) => heard.push(`${number} ${text}`));
  const stopChanges = handsets.onChange(({ number, settings }) =>
    heard.push(`${number} ${settings.on}`),
  );
  handsets.receive('1', part);
  handsets.change('1', { on: false });
  stopMessages();
  stopChanges();
  handsets.receive('1', part);
  handsets.change('1', { on: true });
  assert.deepEqual(heard, ['1 Hello', '1 false']);
});

test('the handset that was not used for the longest time goes first', () => {
  const handsets = createHandsets({ clock, handsetsMax: 3 });
  for (const number of ['1', '2', '3', '1', '4']) handsets.use(number);
  assert.equal(handsets.size, 3);
  assert.deepEqual(
    handsets.recent(10).map(({ number }) => number),
    ['4', '1', '3'],
  );
});

test('pages go on where the last one ended', () => {
  const handsets = createHandsets({ clock });
  for (const number of ['1', '2', '3', '4', '5']) handsets.use(number);
  const first = handsets.recent(2);
  const second = handsets.recent(2, first.at(-1)?.usedAt);
  const third = handsets.recent(2, second.at(-1)?.usedAt);
  assert.deepEqual(
    [first, second, third].map((page) => page.map(({ number }) => number)),
    [['5', '4'], ['3', '2'], ['1']],
  );
});

test('a change leaves alone what it does not name', () => {
  const handsets = createHandsets({ clock });
  handsets.change('31612345678', { simFull: true, apps: { WhatsApp: false } });
  const { settings } = handsets.change('31612345678', { slowMs: 500 });
  assert.equal(settings.simFull, true);
  assert.equal(settings.on, true);
  assert.deepEqual(settings.apps, { WhatsApp: false, RCS: true, Viber: true, Push: true });
  assert.equal(settings.slowMs, 500);
});

test('a handset out of coverage comes back by itself, or when told', () => {
  const handsets = createHandsets({ clock });
  const { settings } = handsets.change('1', { outOfCoverageMs: 500 });
  assert.equal(findObstacle(settings, '', clock.now() + 499), 'absent');
  assert.equal(findObstacle(settings, '', clock.now() + 500), null);
  assert.equal(handsets.change('1', { outOfCoverageMs: 0 }).settings.outOfCoverageUntil, null);
});

const obstacles: readonly (readonly [HandsetPatch, Obstacle | null])[] = [
  [{}, null],
  [{ on: false }, 'absent'],
  [{ simFull: true }, 'memory-full'],
  [{ optedOut: true }, 'opted-out'],
  [{ barred: true }, 'barred'],
  [{ unknown: true }, 'unknown'],
  [{ contentFilter: 'WIN' }, 'content-filter'],
  [{ contentFilter: 'lose' }, null],
  [{ apps: { WhatsApp: false } }, null],
  [{ unknown: true, on: false, simFull: true }, 'unknown'],
  [{ on: false, simFull: true }, 'absent'],
];

for (const [patch, obstacle] of obstacles) {
  test(`${JSON.stringify(patch)} keeps an SMS away: ${obstacle}`, () => {
    const { settings } = createHandsets({ clock }).change('1', patch);
    assert.equal(findObstacle(settings, 'You win!', clock.now()), obstacle);
  });
}

const numbers = [
  ['0031612345678', '31612345678'],
  ['+31612345678', '31612345678'],
  ['31612345678', '31612345678'],
  ['+31 (6) 12-34.56 78', '31612345678'],
  ['123', '123'],
  ['12', null],
  ['', null],
  ['+', null],
  ['31612x', null],
  ['1'.repeat(20), '1'.repeat(20)],
  ['1'.repeat(21), null],
] as const;

for (const [text, digits] of numbers) {
  test(`${JSON.stringify(text)} is the number ${digits}`, () => {
    assert.equal(readNumber(text), digits);
  });
}

test('a number has the network of its country, and always the same', () => {
  assert.match(carrierOf('31612345678').mccmnc, /^204/);
  assert.match(carrierOf('447700900123').mccmnc, /^234/);
  assert.match(carrierOf('15551234567').mccmnc, /^310/);
  assert.equal(carrierOf('99912345').mccmnc, '00101');
  assert.equal(carrierOf('31612345678'), carrierOf('31612345678'));
  const networks = new Set([0, 1, 2].map((last) => carrierOf(`3161234567${last}`).mccmnc));
  assert.equal(networks.size, 3);
});

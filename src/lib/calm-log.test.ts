import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calmFailures, failureLogPeriodMs, failuresKnownMax } from './calm-log.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

function createRig() {
  const lines: string[] = [];
  let now = 0;
  const write =
    (level: string) =>
    (sentence: string, fields: object = {}) =>
      void lines.push([level, sentence, JSON.stringify(fields)].join(' '));
  const log: Log = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
  };
  const clock: Clock = {
    now: () => assert.fail('wall time jumps'),
    monotonic: () => now,
    after: () => assert.fail('no timers'),
    every: () => assert.fail('no timers'),
    soon: () => assert.fail('no timers'),
  };
  return {
    lines,
    log: calmFailures(log, clock),
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('the same failure is told once in a period, and then how often it was', () => {
  const { log, lines, pass } = createRig();
  for (let time = 0; time < 1000; time++) log.error('It failed.', { reason: 'full', count: time });
  assert.deepEqual(lines, ['error It failed. {"reason":"full","count":0}']);
  pass(failureLogPeriodMs - 1);
  log.error('It failed.', { reason: 'full' });
  assert.equal(lines.length, 1);
  pass(1);
  log.error('It failed.', { reason: 'full' });
  assert.equal(lines[1], 'error It failed. {"reason":"full","repeated":1000}');
  pass(failureLogPeriodMs);
  log.error('It failed.', { reason: 'full' });
  assert.equal(lines[2], 'error It failed. {"reason":"full"}');
});

for (const { what, sentence, fields } of [
  { what: 'another sentence', sentence: 'It broke.', fields: { reason: 'full' } },
  { what: 'another reason', sentence: 'It failed.', fields: { reason: 'empty' } },
  { what: 'another name', sentence: 'It failed.', fields: { reason: 'full', connection: 'a' } },
]) {
  test(`${what} is another failure`, () => {
    const { log, lines } = createRig();
    log.warn('It failed.', { reason: 'full' });
    log.warn(sentence, fields);
    assert.equal(lines.length, 2);
  });
}

test('what is no failure, or only of interest, is told every time', () => {
  const { log, lines } = createRig();
  for (let time = 0; time < 2; time++) {
    log.warn('A connection is passed over.', { connection: 'a', cause: 'errors' });
    log.error('No more.');
    log.info('It failed.', { reason: 'full' });
    log.debug('It failed.', { reason: 'full' });
  }
  assert.equal(lines.length, 8);
});

test('so many failures are remembered, and no more', () => {
  const { log, lines } = createRig();
  const fail = (index: number) => log.warn('It failed.', { reason: `r${index}` });
  for (let index = 0; index < failuresKnownMax; index++) fail(index);
  fail(0);
  assert.equal(lines.length, failuresKnownMax);
  fail(failuresKnownMax);
  fail(0);
  assert.equal(lines.length, failuresKnownMax + 2);
});

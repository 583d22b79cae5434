import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Breaker } from './breaker.ts';
import { callsAtOnceMax, Pace, slowMs } from './pace.ts';

function failTimes(breaker: Breaker, times: number, at: number): void {
  for (let count = 0; count < times; count++) breaker.failed(at, at);
}

describe('a breaker', () => {
  it('opens after ten failures in a row, not after nine', () => {
    const breaker = new Breaker();
    // Good calls keep the part of failures below what opens it by itself.
    for (let count = 0; count < 10; count++) breaker.succeeded(1_000);
    failTimes(breaker, 9, 1_000);
    assert.equal(breaker.isOpen, false);
    assert.equal(breaker.failuresInRow, 9);
    failTimes(breaker, 1, 1_000);
    assert.equal(breaker.isOpen, true);
    assert.equal(breaker.openUntil, 11_000);
  });

  it('starts counting anew with each success', () => {
    const breaker = new Breaker();
    for (let round = 0; round < 10; round++) {
      for (let count = 0; count < 5; count++) breaker.succeeded(round);
      failTimes(breaker, 9, round);
    }
    assert.equal(breaker.isOpen, false);
  });

  for (const [succeeded, failed, isOpen] of [
    [3, 7, true],
    [4, 7, false],
    [2, 7, false],
    [30, 70, true],
    [31, 69, false],
  ] as const) {
    it(`is ${isOpen ? 'open' : 'closed'} after ${failed} failures among ${succeeded + failed} calls`, () => {
      const breaker = new Breaker();
      // Spread, so that no run of ten failures opens it.
      let done = 0;
      for (let round = 1; round <= succeeded; round++) {
        breaker.succeeded(0);
        for (; done < Math.floor((round * failed) / succeeded); done++) breaker.failed(0, 0);
      }
      assert.equal(done, failed);
      assert.equal(breaker.isOpen, isOpen);
    });
  }

  it('forgets calls after half a minute', () => {
    const breaker = new Breaker();
    failTimes(breaker, 6, 0);
    breaker.succeeded(0);
    failTimes(breaker, 3, 29_000);
    assert.equal(breaker.isOpen, true, 'nine of ten within the window');
    const later = new Breaker();
    failTimes(later, 6, 0);
    later.succeeded(0);
    failTimes(later, 3, 31_000);
    assert.equal(later.isOpen, false);
    failTimes(later, 6, 500_000);
    assert.equal(later.isOpen, false, 'six of six are too few');
  });

  it('waits longer after each probe that fails, five minutes at most, and closes with a success', () => {
    const breaker = new Breaker();
    failTimes(breaker, 10, 0);
    const waits: number[] = [breaker.openUntil];
    for (let probe = 0; probe < 6; probe++) {
      const at = breaker.openUntil;
      breaker.failed(at, at + 50);
      waits.push(breaker.openUntil - at - 50);
    }
    assert.deepEqual(waits, [10_000, 30_000, 60_000, 120_000, 300_000, 300_000, 300_000]);
    breaker.succeeded(2_000_000);
    assert.equal(breaker.isOpen, false);
    failTimes(breaker, 8, 2_000_001);
    assert.equal(breaker.isOpen, false, 'it counts from the start');
  });

  it('does not take calls that began before it opened for probes', () => {
    const breaker = new Breaker();
    failTimes(breaker, 10, 0);
    const { openUntil } = breaker;
    breaker.failed(openUntil - 9_000, openUntil + 1_000);
    assert.equal(breaker.openUntil, openUntil);
  });
});

describe('the pace', () => {
  it('rises by one for each round that went well, up to the limit', () => {
    const pace = new Pace();
    const seen = new Set<number>();
    for (let count = 0; count < 1_000; count++) {
      seen.add(pace.limit);
      pace.succeeded(5);
    }
    assert.equal(pace.limit, callsAtOnceMax);
    assert.deepEqual([...seen].slice(0, 3), [4, 5, 6]);
  });

  it('halves once for all calls that were under way together, down to one', () => {
    const pace = new Pace();
    for (let count = 0; count < 1_000; count++) pace.succeeded(5);
    for (let count = 0; count < 32; count++) pace.failed(100, 200 + count);
    assert.equal(pace.limit, callsAtOnceMax / 2);
    for (let count = 0; count < 10; count++) pace.failed(1_000 + count * 10, 1_005 + count * 10);
    assert.equal(pace.limit, 1);
  });

  it('does not rise while answers are slow', () => {
    const pace = new Pace();
    for (let count = 0; count < 100; count++) pace.succeeded(slowMs * 3);
    assert.equal(pace.isSlow, true);
    assert.ok(pace.limit <= 5);
    for (let count = 0; count < 20; count++) pace.succeeded(5);
    assert.equal(pace.isSlow, false);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { durationMaxMs, Histogram } from './histogram.ts';

test('quantiles are exact to 1 % against a sorted list', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: durationMaxMs, noNaN: true }), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (durations, fraction) => {
        const histogram = new Histogram();
        for (const duration of durations) histogram.record(duration);
        const sorted = durations.toSorted((a, b) => a - b);
        const rank = Math.max(1, Math.ceil(fraction * sorted.length));
        const exact = sorted[rank - 1] ?? Number.NaN;
        const found = histogram.quantileMs(fraction);
        assert.ok(Math.abs(found - exact) <= exact * 0.01 + 0.001, `${found} for ${exact}`);
      },
    ),
  );
});

test('an empty histogram has zeros, and what lies outside the range counts at its edge', () => {
  const histogram = new Histogram();
  assert.equal(histogram.quantileMs(0.99), 0);
  histogram.record(-5);
  histogram.record(durationMaxMs * 10);
  assert.equal(histogram.count, 2);
  assert.equal(histogram.quantileMs(0.5), 0);
  assert.equal(histogram.quantileMs(1), durationMaxMs);
});

test('adding two histograms is recording everything in one', () => {
  const [first, second, whole] = [new Histogram(), new Histogram(), new Histogram()];
  for (let i = 0; i < 1000; i += 1) {
    (i % 3 === 0 ? first : second).record(i / 7);
    whole.record(i / 7);
  }
  first.add(second);
  for (const fraction of [0.01, 0.5, 0.99, 1]) {
    assert.equal(first.quantileMs(fraction), whole.quantileMs(fraction));
  }
  assert.equal(first.count, whole.count);
});

test('clearing forgets all records', () => {
  const histogram = new Histogram();
  histogram.record(5);
  histogram.clear();
  assert.deepEqual([histogram.count, histogram.maxMs, histogram.quantileMs(1)], [0, 0, 0]);
});

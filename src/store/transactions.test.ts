import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, receipt, sampleMessage, start } from './conformance/sample.ts';
import { MemoryRows } from './memory/memory-rows.ts';
import { accept, record, submitted, sweepParked } from './transactions.ts';

/** A receipt that stayed parked although its part is there: T2 and T3 of two nodes missed each other. */
function missEachOther(): MemoryRows {
  const rows = new MemoryRows();
  accept(rows, { account: 'demo', messages: [sampleMessage(1)], now: start, wallet: 'none' });
  submitted(rows, [accepted(1, 'a')], null, start);
  rows.park(receipt('a'), start, start + 1000);
  return rows;
}

test('the sweep finds the part that a parked receipt missed', () => {
  const rows = missEachOther();
  assert.equal(sweepParked(rows, start + 999, 10, 0).looked, 0);
  const { looked, reports, dropped } = sweepParked(rows, start + 1000, 10, 0);
  assert.deepEqual([looked, dropped], [1, 0]);
  assert.deepEqual(
    reports.map(({ report }) => report.status),
    [2],
  );
  assert.equal(rows.parked.size, 0);
  assert.deepEqual(
    record(rows, [receipt('a')], start).results.map(({ kind }) => kind),
    ['duplicate'],
  );
});

test('a receipt that was parked and came again is applied once', () => {
  const rows = missEachOther();
  record(rows, [receipt('a')], start);
  assert.deepEqual(sweepParked(rows, start + 1000, 10, 0).reports, []);
  assert.equal(rows.parked.size, 0);
});

test('a parked receipt is looked at each second for a minute, then each minute', () => {
  const rows = new MemoryRows();
  record(rows, [receipt('nobody')], start);
  const looks: number[] = [];
  for (let second = 0; second <= 300; second++) {
    if (sweepParked(rows, start + second * 1000, 10, 0).looked > 0) looks.push(second);
  }
  assert.deepEqual(looks, [
    ...Array.from({ length: 60 }, (_, index) => index + 1),
    120,
    180,
    240,
    300,
  ]);
});

test('a transaction that throws leaves no trace', () => {
  const rows = missEachOther();
  const before = JSON.stringify([...rows.messages]);
  const messages = [sampleMessage(2), sampleMessage(3), sampleMessage(1)];
  assert.throws(
    () => rows.run(() => accept(rows, { account: 'demo', messages, now: start, wallet: 'none' })),
    /exists already/,
  );
  assert.equal(JSON.stringify([...rows.messages]), before);
  assert.equal(rows.live.size, 1);
  assert.equal(rows.ready.get('op')?.size, 0);
});

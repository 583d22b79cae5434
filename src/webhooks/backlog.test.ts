import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OutboxReport } from '../store/contract.ts';
import { Backlog, type Held, heldMax, pageMax } from './backlog.ts';

function rowOf(sequence: number, message = sequence, due = 1_000): OutboxReport {
  const messageId = message.toString(16).padStart(32, '0');
  return {
    queue: 'status:demo',
    report: {
      messageId,
      account: 'demo',
      status: 0,
      error: 0,
      createdAt: 0,
      channel: 'SMS',
      from: '',
      to: '',
      reference: null,
      groupings: [null, null, null],
      operator: null,
    },
    attempts: 0,
    due,
    sequence,
    isFollowing: false,
  };
}

const messageOf = (row: OutboxReport) => row.report.messageId;

function rowsOf(first: number, count: number): OutboxReport[] {
  return Array.from({ length: count }, (_, index) => rowOf(first + index));
}

function open(isCaughtUp = true, inAllMax = 100_000) {
  const budget = { held: 0, heldMax: inAllMax };
  return { budget, backlog: new Backlog(budget, isCaughtUp, messageOf) };
}

function takeAll(backlog: Backlog): Held[] {
  const all: Held[] = [];
  for (let held = backlog.next(); held !== undefined; held = backlog.next()) all.push(held);
  return all;
}

function sequencesOf(all: readonly Held[]): number[] {
  return all.map((held) => held.row.sequence);
}

describe('reports that are offered', () => {
  it('are handed out in their order', () => {
    const { backlog } = open();
    for (const row of rowsOf(1, 3)) backlog.offer(row);
    assert.deepEqual(sequencesOf(takeAll(backlog)), [1, 2, 3]);
  });

  it('stay in the store while that holds unread ones', () => {
    const { backlog } = open(false);
    backlog.offer(rowOf(1));
    assert.equal(backlog.size, 0);
    backlog.endRead(backlog.beginRead(), [rowOf(1)]);
    assert.equal(backlog.isCaughtUp, true);
    backlog.offer(rowOf(2));
    assert.deepEqual(sequencesOf(takeAll(backlog)), [1, 2]);
  });

  it('are taken once only, whether read or offered', () => {
    const { backlog } = open();
    backlog.offer(rowOf(1));
    backlog.offer(rowOf(1));
    backlog.endRead(backlog.beginRead(), [rowOf(1), rowOf(2)]);
    assert.deepEqual(sequencesOf(takeAll(backlog)), [1, 2]);
    assert.equal(backlog.size, 2);
  });

  it('that come during a read follow what was read', () => {
    const { backlog } = open(false);
    const reading = backlog.beginRead();
    backlog.offer(rowOf(3, 1));
    assert.equal(backlog.size, 0);
    backlog.endRead(reading, [rowOf(1, 1), rowOf(2, 2)]);
    assert.deepEqual(sequencesOf(takeAll(backlog)), [1, 2]);
    assert.equal(backlog.size, 3);
  });

  it('beyond the limit are read back from just before the first of them', () => {
    const { backlog } = open();
    for (const row of rowsOf(1, heldMax)) backlog.offer(row);
    assert.equal(backlog.size, heldMax);
    backlog.endRead(backlog.beginRead(), rowsOf(1, pageMax - 1));
    backlog.offer(rowOf(heldMax + 1));
    assert.equal(backlog.size, heldMax);
    assert.equal(backlog.isCaughtUp, false);
    assert.deepEqual(backlog.beginRead().after, { due: 1_000, sequence: pageMax - 1 });
  });

  it('before the cursor bring it back', () => {
    const { backlog } = open(false);
    backlog.endRead(backlog.beginRead(), [rowOf(50, 50, 2_000), ...rowsOf(51, pageMax - 1)]);
    assert.equal(backlog.isCaughtUp, false);
    backlog.offer(rowOf(7, 7, 900));
    assert.deepEqual(backlog.beginRead().after, { due: 900, sequence: 6 });
  });

  it('share a limit with all other queues', () => {
    const { backlog, budget } = open(true, 10);
    for (const row of rowsOf(1, 20)) backlog.offer(row);
    assert.equal(budget.held, 10);
    assert.equal(backlog.hasRoom, false);
    for (const held of takeAll(backlog)) backlog.told(held);
    assert.equal(budget.held, 0);
  });
});

describe('reports of one message', () => {
  it('are handed out one at a time, by sequence', () => {
    const { backlog } = open();
    for (const sequence of [1, 2, 3]) backlog.offer(rowOf(sequence, 9));
    for (const sequence of [1, 2, 3]) {
      const all = takeAll(backlog);
      assert.deepEqual(sequencesOf(all), [sequence]);
      for (const held of all) backlog.told(held);
    }
    assert.equal(backlog.size, 0);
  });

  it('leave memory together when one is postponed', () => {
    const { backlog, budget } = open();
    for (const sequence of [1, 2, 3]) backlog.offer(rowOf(sequence, 9));
    const [first] = takeAll(backlog);
    assert.ok(first !== undefined);
    backlog.postponed(first);
    assert.equal(backlog.size, 0);
    assert.equal(budget.held, 0);
    assert.deepEqual(takeAll(backlog), []);
  });
});

describe('a page that is older than what happened meanwhile', () => {
  it('does not bring back what was told', () => {
    const { backlog } = open();
    backlog.offer(rowOf(1));
    const [held] = takeAll(backlog);
    const reading = backlog.beginRead();
    assert.ok(held !== undefined);
    backlog.told(held);
    backlog.endRead(reading, [rowOf(1), rowOf(2)]);
    assert.deepEqual(sequencesOf(takeAll(backlog)), [2]);
  });

  it('does not bring back what was postponed, nor what was offered behind it', () => {
    const { backlog } = open();
    backlog.offer(rowOf(1, 9));
    const [held] = takeAll(backlog);
    const reading = backlog.beginRead();
    backlog.offer(rowOf(3, 9));
    assert.ok(held !== undefined);
    backlog.postponed(held);
    backlog.endRead(reading, [rowOf(1, 9), rowOf(2, 9), rowOf(4, 4)]);
    assert.deepEqual(sequencesOf(takeAll(backlog)), [4]);
  });

  it('is not taken after everything was dropped', () => {
    const { backlog } = open(false);
    const reading = backlog.beginRead();
    backlog.offer(rowOf(2));
    backlog.drop();
    backlog.endRead(reading, [rowOf(1)]);
    assert.equal(backlog.size, 0);
    assert.equal(backlog.isCaughtUp, false);
  });

  it('is asked for again when the read fails', () => {
    const { backlog } = open();
    const reading = backlog.beginRead();
    backlog.offer(rowOf(1));
    backlog.failRead(reading);
    assert.equal(backlog.isReading, false);
    assert.equal(backlog.isCaughtUp, false);
    assert.equal(backlog.size, 0);
  });
});

describe('dropping', () => {
  it('keeps what is handed out and reads the rest again from the start', () => {
    const { backlog, budget } = open();
    for (const row of [rowOf(1, 9), rowOf(2, 9), rowOf(3), rowOf(4)]) backlog.offer(row);
    const out = backlog.next();
    backlog.drop();
    assert.equal(backlog.size, 1);
    assert.equal(budget.held, 1);
    assert.equal(backlog.hasReady, false);
    const reading = backlog.beginRead();
    assert.equal(reading.after, null);
    backlog.endRead(reading, [rowOf(1, 9), rowOf(2, 9), rowOf(3), rowOf(4)]);
    assert.deepEqual(sequencesOf(takeAll(backlog)), [3, 4]);
    assert.ok(out !== undefined);
    backlog.told(out);
    assert.deepEqual(sequencesOf(takeAll(backlog)), [2]);
  });
});

it('a report does not overtake an earlier one of its message that waits in the store', () => {
  const { backlog } = open();
  const late = { ...rowOf(2), isFollowing: true };
  backlog.offer(late);
  assert.deepEqual(takeAll(backlog), []);
  const reading = backlog.beginRead();
  const earlier = { ...rowOf(1), report: late.report };
  backlog.endRead(reading, [earlier, { ...late, isFollowing: false }]);
  assert.deepEqual(
    takeAll(backlog).map(({ row }) => row.sequence),
    [1],
  );
});

it('a report that follows one that is held here hangs behind it', () => {
  const { backlog } = open();
  backlog.offer(rowOf(1));
  const [first] = takeAll(backlog);
  backlog.offer({ ...rowOf(2), report: rowOf(1).report, isFollowing: true });
  assert.deepEqual(takeAll(backlog), []);
  assert.ok(first !== undefined);
  backlog.told(first);
  assert.deepEqual(
    takeAll(backlog).map(({ row }) => row.sequence),
    [2],
  );
});

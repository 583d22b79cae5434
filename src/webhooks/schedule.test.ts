import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { giveUpAfterMs, giveUpAt, nextTry } from './schedule.ts';

const minuteMs = 60_000;
const createdAt = Date.parse('2026-03-01T00:00:00Z');
/** Its random end is zero, so there is no spread. */
const plainId = '019d0000000070008000000000000000';

function waitAfter(attempts: number, fields: Partial<Parameters<typeof nextTry>[0]> = {}) {
  const now = createdAt + 5_000;
  const failure = { attempts, createdAt, now, retryAfterMs: 0, messageId: plainId, ...fields };
  const due = nextTry(failure);
  return due === null ? null : due - failure.now;
}

describe('a report that failed', () => {
  for (const [attempts, minutes] of [
    [1, 1],
    [2, 5],
    [3, 15],
    [4, 30],
    [5, 60],
    [6, 60],
    [7, 60],
    [170, 60],
  ] as const) {
    it(`${attempts} times waits for ${minutes} minutes`, () => {
      assert.equal(waitAfter(attempts), minutes * minuteMs);
    });
  }

  it('waits a little longer, by its id, the same each time', () => {
    const messageId = '019d00000000700080000000ffff8000';
    const wait = waitAfter(1, { messageId });
    assert.equal(wait, waitAfter(1, { messageId }));
    assert.equal(wait, Math.round(minuteMs * (1 + 0.1 * (0x8000 / 0xffff))));
  });

  it('never waits less than planned nor more than a tenth longer', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(0xffff), (attempts, tail) => {
        const messageId = plainId.slice(0, -4) + tail.toString(16).padStart(4, '0');
        const plain = waitAfter(attempts + 1) ?? 0;
        const wait = waitAfter(attempts + 1, { messageId }) ?? 0;
        assert.ok(wait >= plain && wait <= plain * 1.1);
      }),
    );
  });

  it('waits longer if it was asked to, but not shorter', () => {
    assert.equal(waitAfter(1, { retryAfterMs: 90_000 }), 90_000);
    assert.equal(waitAfter(1, { retryAfterMs: 1_000 }), minuteMs);
  });

  it('is given up when the next try would come after seven days', () => {
    const last = giveUpAt(createdAt);
    assert.equal(last - createdAt, 7 * 24 * 60 * minuteMs);
    assert.equal(waitAfter(6, { now: last - 60 * minuteMs }), 60 * minuteMs);
    assert.equal(waitAfter(6, { now: last - 60 * minuteMs + 1 }), null);
  });

  it('is not given up early because it was asked to wait', () => {
    const now = createdAt + giveUpAfterMs - 2 * 60 * minuteMs;
    assert.equal(waitAfter(6, { now, retryAfterMs: 24 * 60 * minuteMs }), 2 * 60 * minuteMs);
  });

  it('is tried about 170 times in all', () => {
    let now = createdAt;
    let tries = 1;
    for (;;) {
      const due = nextTry({ attempts: tries, createdAt, now, retryAfterMs: 0, messageId: plainId });
      if (due === null) break;
      now = due;
      tries++;
    }
    assert.equal(tries, 172);
  });
});

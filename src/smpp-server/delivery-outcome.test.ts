import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandStatus, nameCommandStatus } from '../smpp/command-status.ts';
import { giveUpAfterMs } from '../webhooks/schedule.ts';
import { judgeAnswer, nextDelivery } from './delivery-outcome.ts';

const meanings = {
  taken: [commandStatus.ESME_ROK],
  refused: [commandStatus.ESME_RX_P_APPN, commandStatus.ESME_RX_R_APPN],
  busy: [commandStatus.ESME_RTHROTTLED, commandStatus.ESME_RMSGQFUL],
};

describe('what an answer means', () => {
  for (const [meaning, answers] of Object.entries(meanings)) {
    for (const answer of answers) {
      test(`${nameCommandStatus(answer)} is ${meaning}`, () => {
        assert.equal(judgeAnswer(answer), meaning);
      });
    }
  }

  test('every other answer is "later": nothing is given up for a status that may pass', () => {
    const known = new Set<number>(Object.values(meanings).flat());
    const others = [...Object.values(commandStatus), 0x400, 0xffff_ffff];
    for (const answer of others.filter((one) => !known.has(one))) {
      assert.equal(judgeAnswer(answer), 'later', nameCommandStatus(answer));
    }
  });

  test('no answer is "lost"', () => {
    assert.equal(judgeAnswer('lost'), 'lost');
  });
});

describe('when it is tried again', () => {
  const waitsOf = (outcome: 'busy' | 'later' | 'lost', tries: number) =>
    Array.from({ length: tries }, (_, index) => {
      const due = nextDelivery({ outcome, attempts: index + 1, bornAt: 0, now: 1_000 });
      return due === null ? null : (due - 1_000) / 1_000;
    });

  test('after a refusal: in 1 s, then later and later, up to 10 minutes', () => {
    assert.deepEqual(waitsOf('later', 8), [1, 5, 15, 60, 300, 600, 600, 600]);
    assert.deepEqual(waitsOf('busy', 2), [1, 5]);
  });

  test('after a loss: in 5 s, then later and later, up to 4 hours', () => {
    assert.deepEqual(waitsOf('lost', 8), [5, 30, 120, 600, 3_600, 14_400, 14_400, 14_400]);
  });

  test('it ends with the seven days', () => {
    const failure = { outcome: 'later', attempts: 1, bornAt: 0 } as const;
    const last = giveUpAfterMs - 1_000;
    assert.equal(nextDelivery({ ...failure, now: last - 1 }), giveUpAfterMs - 1);
    assert.equal(nextDelivery({ ...failure, now: last }), null);
  });

  test('what is always lost is sent 47 times at most', () => {
    let [tries, now] = [1, 0];
    for (;;) {
      const due = nextDelivery({ outcome: 'lost', attempts: tries, bornAt: 0, now });
      if (due === null) break;
      now = due;
      tries++;
    }
    assert.equal(tries, 47);
  });
});

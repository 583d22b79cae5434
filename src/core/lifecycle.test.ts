import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, begin, beginRefused, hasEnded, rank } from './lifecycle.ts';
import {
  accepted,
  cancelled,
  dayMs,
  describeEffect,
  due,
  firstRetryMs,
  intended,
  later,
  over,
  planOf,
  play,
  receipt,
  refused,
  type Story,
  secondRetryMs,
  start,
  submit,
  submitPart,
  testStories,
  unknown,
  waitMs,
  withdrawn,
} from './test-plays.ts';

const stories: readonly Story[] = [
  {
    title: 'sent and delivered',
    plan: planOf(1),
    facts: [submit(accepted), receipt('delivered')],
    effects: [
      ['unqueue 0', 'report 0'],
      ['unqueue 0', 'report 2'],
    ],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'read implies delivered',
    plan: planOf(1),
    facts: [submit(accepted), receipt('read'), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 2', 'report 4'], []],
    progress: 'r',
    rank: 'read',
  },
  {
    title: 'read after delivered',
    plan: planOf(1),
    facts: [submit(accepted), receipt('delivered'), receipt('read')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 2'], ['report 4']],
    progress: 'r',
    rank: 'read',
  },
  {
    title: 'an intermediate receipt changes nothing',
    plan: planOf(1),
    facts: [submit(accepted), receipt('enroute')],
    effects: [['unqueue 0', 'report 0'], []],
    progress: 'e',
    rank: 'enroute',
  },
  {
    title: 'a receipt before the submit answer: "accepted" is not told any more',
    plan: planOf(1),
    facts: [receipt('delivered'), submit(accepted)],
    effects: [['unqueue 0', 'report 2'], []],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'delivered when all parts are',
    plan: planOf(2),
    facts: [
      submitPart(0, 0, accepted),
      submitPart(0, 1, accepted),
      receipt('delivered', 0, 1),
      receipt('delivered', 0, 0),
    ],
    effects: [[], ['unqueue 0', 'report 0'], [], ['unqueue 0', 'report 2']],
    progress: 'dd',
    rank: 'end',
  },
  {
    title: 'read when all parts are',
    plan: planOf(2),
    facts: [receipt('read', 0, 0), receipt('delivered', 0, 1), receipt('read', 0, 1)],
    effects: [[], ['unqueue 0', 'report 2'], ['report 4']],
    progress: 'rr',
    rank: 'read',
  },
  {
    title: 'failed as soon as one part is',
    plan: planOf(2),
    facts: [
      submitPart(0, 0, accepted),
      submitPart(0, 1, accepted),
      receipt('failed', 0, 0),
      receipt('delivered', 0, 1),
    ],
    effects: [[], ['unqueue 0', 'report 0'], ['unqueue 0', 'report 3 error 5'], []],
    progress: 'fd',
    rank: 'end',
  },
  {
    title: 'a rejected receipt is told as 1, an expired one as 3',
    plan: planOf(1),
    facts: [receipt('rejected'), receipt('expired')],
    effects: [['unqueue 0', 'report 1 error 5'], []],
    progress: 'f',
    rank: 'end',
  },
  {
    title: 'of two ends of the operator the first counts',
    plan: planOf(1),
    facts: [submit(accepted), receipt('failed'), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 3 error 5'], []],
    progress: 'f',
    rank: 'end',
  },
  {
    title: 'refused for ever',
    plan: planOf(1),
    facts: [submit(refused)],
    effects: [['unqueue 0', 'report 1 error 23']],
    progress: 'f',
    rank: 'end',
  },
  {
    title: 'the last step tries again, and again',
    plan: planOf(1),
    facts: [submit(later), { ...submit(later), at: 1000 }],
    effects: [[`queue 0 at ${firstRetryMs}`], [`queue 0 at ${1000 + secondRetryMs}`]],
    progress: '.',
    rank: 'accepted',
  },
  {
    title: 'parts that are refused together count once',
    plan: planOf(3),
    facts: [
      submitPart(0, 0, later),
      submitPart(0, 1, later),
      submitPart(0, 2, later),
      submitPart(0, 0, accepted),
      submitPart(0, 1, later),
    ],
    effects: [
      [`queue 0 at ${firstRetryMs}`],
      [`queue 0 at ${firstRetryMs}`],
      [`queue 0 at ${firstRetryMs}`],
      [],
      [`queue 0 at ${secondRetryMs}`],
    ],
    progress: 'e..',
    rank: 'accepted',
  },
  {
    title: 'as many refusals as the error allows end the last step',
    plan: planOf(1),
    facts: [
      submitPart(0, 0, { ...later, attemptsMax: 2 }),
      submitPart(0, 0, { ...later, attemptsMax: 2 }),
    ],
    effects: [[`queue 0 at ${firstRetryMs}`], ['unqueue 0', 'report 1 error 28']],
    progress: '.',
    rank: 'end',
  },
  {
    title: 'a retry beyond the validity is left to the sweep',
    plan: planOf(1),
    facts: [{ ...submit(later), at: dayMs - firstRetryMs }, due(dayMs)],
    effects: [['unqueue 0'], ['unqueue 0', 'report 3 error 8']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'a retry within the validity is queued',
    plan: planOf(1),
    facts: [{ ...submit(later), at: dayMs - firstRetryMs - 1 }],
    effects: [[`queue 0 at ${dayMs - 1}`]],
    progress: '.',
    rank: 'accepted',
  },
  {
    title: 'a part in doubt that is refused expires with the validity, not an hour later',
    plan: planOf(1),
    facts: [submit(unknown), { ...submit(later), at: 5 }, due(dayMs)],
    effects: [['unqueue 0'], [`queue 0 at ${5 + firstRetryMs}`], ['unqueue 0', 'report 3 error 8']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'want of credit to the end is told as 21',
    plan: planOf(1),
    facts: [submitPart(0, 0, { ...later, error: 22 }), due(dayMs)],
    effects: [[`queue 0 at ${firstRetryMs}`], ['unqueue 0', 'report 3 error 21']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'sent and no answer: not sent again, a receipt may still come',
    plan: planOf(1),
    facts: [submit(unknown), receipt('delivered')],
    effects: [['unqueue 0'], ['unqueue 0', 'report 2']],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'a late answer settles the doubt',
    plan: planOf(2),
    facts: [submitPart(0, 0, unknown), submitPart(0, 1, accepted), submitPart(0, 0, accepted)],
    effects: [[], ['unqueue 0'], ['unqueue 0', 'report 0']],
    progress: 'ee',
    rank: 'enroute',
  },
  {
    title: 'an intent leaves the lane before anything is sent',
    plan: planOf(2),
    facts: [intended(), submitPart(0, 0, accepted), submitPart(0, 1, accepted)],
    effects: [['unqueue 0'], ['unqueue 0'], ['unqueue 0', 'report 0']],
    progress: 'ee',
    rank: 'enroute',
  },
  {
    title: 'an intent that is taken back returns the part to its lane',
    plan: planOf(2),
    facts: [intended(), submitPart(0, 0, accepted), withdrawn(1), submitPart(0, 1, accepted)],
    effects: [['unqueue 0'], ['unqueue 0'], ['queue 0 at 0'], ['unqueue 0', 'report 0']],
    progress: 'ee',
    rank: 'enroute',
  },
  {
    title: 'what was sent is not taken back',
    plan: planOf(1),
    facts: [intended(), submit(accepted), withdrawn(0)],
    effects: [['unqueue 0'], ['unqueue 0', 'report 0'], []],
    progress: 'e',
    rank: 'enroute',
  },
  {
    title: 'what has not gone out is taken back by its sender, once',
    plan: planOf(2),
    facts: [cancelled, cancelled, submitPart(0, 0, accepted)],
    effects: [['unqueue 0', 'report 3 error 5'], [], []],
    progress: 'e.',
    rank: 'end',
  },
  {
    title: 'what has gone out in part is not',
    plan: planOf(2),
    facts: [submitPart(0, 0, accepted), cancelled],
    effects: [[], []],
    progress: 'e.',
    rank: 'accepted',
  },
  {
    title: 'nor is what may have gone out',
    plan: planOf(1),
    facts: [intended(), cancelled],
    effects: [['unqueue 0'], []],
    progress: '?',
    rank: 'accepted',
  },
  {
    title: 'a second answer to the same part adds nothing',
    plan: planOf(1),
    facts: [submit(accepted), submit(accepted), submit(refused), submit(later), submit(unknown)],
    effects: [['unqueue 0', 'report 0'], [], [], [], []],
    progress: 'e',
    rank: 'enroute',
  },
  {
    title: 'the last step is never asked back for its time',
    plan: planOf(1),
    facts: [submit(accepted), due(waitMs), due(over), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], [], ['unqueue 0', 'report 3 error 8'], ['report 2']],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'unsent at the end of the validity',
    plan: planOf(1),
    facts: [due(dayMs - 1), due(dayMs)],
    effects: [[], ['unqueue 0', 'report 3 error 8']],
    progress: '.',
    rank: 'assumedEnd',
  },
  {
    title: 'sent and silent: an hour longer',
    plan: planOf(1),
    facts: [submit(accepted), due(dayMs), due(over - 1), due(over)],
    effects: [['unqueue 0', 'report 0'], [], [], ['unqueue 0', 'report 3 error 8']],
    progress: 'e',
    rank: 'assumedEnd',
  },
  {
    title: 'a delivery outranks the end that we assumed',
    plan: planOf(1),
    facts: [submit(accepted), due(over), receipt('delivered')],
    effects: [['unqueue 0', 'report 0'], ['unqueue 0', 'report 3 error 8'], ['report 2']],
    progress: 'd',
    rank: 'end',
  },
  {
    title: 'the operator confirms the end that we assumed; then it is final',
    plan: planOf(2),
    facts: [due(dayMs), receipt('failed', 0, 0), receipt('delivered', 0, 1)],
    effects: [['unqueue 0', 'report 3 error 8'], [], []],
    progress: 'fd',
    rank: 'end',
  },
  {
    title: 'facts of parts that do not exist change nothing',
    plan: planOf(1),
    facts: [receipt('delivered', 0, 1), receipt('delivered', 1, 0), submitPart(3, 0, accepted)],
    effects: [[], [], []],
    progress: '.',
    rank: 'accepted',
  },
];

describe('stories of a message with one step', () => testStories(stories));

test('a message begins in its first step, due at its wait or the end of its validity', () => {
  assert.deepEqual(begin(planOf(2)), {
    step: 0,
    rank: rank.accepted,
    told: 0,
    attempts: 0,
    progress: '..',
    lastError: 0,
    due: start + dayMs,
  });
  assert.equal(begin(planOf(2, 1)).due, start + waitMs);
  assert.equal(begin(planOf(1, 3)).progress, './...');
});

test('a message that is refused at once has ended and is told so, if wanted', () => {
  const { live, effects } = beginRefused(planOf(1), 30);
  assert.ok(hasEnded(live) && live.due === null);
  assert.deepEqual(effects.map(describeEffect), ['report 1 error 30']);
  assert.deepEqual(beginRefused({ ...planOf(1), wants: 0 }, 30).effects, []);
});

test('a fact that changes nothing leaves the very same state', () => {
  const { live } = play(planOf(1), [submit(accepted)]);
  for (const fact of [receipt('enroute'), submit(refused), due(0), intended(1)]) {
    assert.equal(advance(planOf(1), live, fact, start).live, live);
  }
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Breaker, type BreakerState, defaultBreaker as settings } from './breaker.ts';

/** A fact and the instant at which it is told, milliseconds after the start. */
type Fact =
  | { at: number; answered: [good: number, failed: number] }
  | { at: number; link: 'up' | 'throttled' | 'down' };

function tell(facts: readonly Fact[]): Breaker {
  const breaker = new Breaker(settings, 0);
  for (const fact of facts) {
    if ('link' in fact) breaker.link(fact.link, fact.at);
    else breaker.answered(...fact.answered, fact.at);
  }
  return breaker;
}

const { answersMin, failuresInRow, downMs, openMs, openLongestMs, trialsGood, windowMs } = settings;
const half = answersMin / 2;
const failed: Fact = { at: 0, answered: [0, failuresInRow] };

/** Throttled for `ms` of the window, in samples of a quarter second. */
function throttled(ms: number): Fact[] {
  const facts: Fact[] = [];
  for (let at = 0; at <= ms; at += 250) facts.push({ at, link: 'throttled' });
  return facts;
}

describe('the breaker', () => {
  const cases: [title: string, facts: Fact[], at: number, state: BreakerState][] = [
    ['closed at first', [], 0, 'closed'],
    ['closed after good answers', [{ at: 0, answered: [1000, 0] }], 1, 'closed'],
    ['open when half of enough answers fail', [{ at: 0, answered: [half, half] }], 1, 'open'],
    ['closed when fewer than half do', [{ at: 0, answered: [half + 1, half - 1] }], 1, 'closed'],
    ['closed when there are too few', [{ at: 0, answered: [half - 1, half - 1] }], 1, 'closed'],
    ['open after failures in a row', [failed], 1, 'open'],
    ['closed after one less', [{ at: 0, answered: [0, failuresInRow - 1] }], 1, 'closed'],
    [
      'closed when a success lies between them, and there are too few',
      [
        { at: 0, answered: [0, half - 1] },
        { at: 1, answered: [1, 0] },
        { at: 2, answered: [0, half - 1] },
      ],
      3,
      'closed',
    ],
    [
      'closed when the failures lie too far back',
      [
        { at: 0, answered: [1, half - 1] },
        { at: windowMs + 1, answered: [half - 1, 0] },
        { at: windowMs + 2, answered: [0, 1] },
      ],
      windowMs + 3,
      'closed',
    ],
    ['open until the wait is over', [failed], openMs - 1, 'open'],
    ['on trial after it', [failed], openMs, 'trial'],
    [
      'closed after good answers on trial',
      [failed, { at: openMs, answered: [trialsGood, 0] }],
      openMs,
      'closed',
    ],
    [
      'still on trial after too few',
      [failed, { at: openMs, answered: [trialsGood - 1, 0] }],
      openMs,
      'trial',
    ],
    [
      'open for twice as long after a failure on trial',
      [failed, { at: openMs, answered: [3, 1] }],
      3 * openMs - 1,
      'open',
    ],
    [
      'and on trial again after that',
      [failed, { at: openMs, answered: [3, 1] }],
      3 * openMs,
      'trial',
    ],
    [
      'what was under way when it opened changes nothing',
      [failed, { at: 1, answered: [100, 100] }],
      openMs,
      'trial',
    ],
    ['a short loss of the link is waited for', [{ at: 0, link: 'down' }], downMs - 1, 'closed'],
    ['a longer one opens', [{ at: 0, link: 'down' }], downMs, 'open'],
    [
      'a loss is measured from its beginning',
      [
        { at: 0, link: 'down' },
        { at: downMs - 1, link: 'down' },
      ],
      downMs,
      'open',
    ],
    [
      'closed when it came back in time',
      [
        { at: 0, link: 'down' },
        { at: downMs - 1, link: 'up' },
      ],
      downMs,
      'closed',
    ],
    [
      'on trial when it came back late',
      [
        { at: 0, link: 'down' },
        { at: downMs, link: 'up' },
      ],
      downMs,
      'trial',
    ],
    ['open as long as the link is down', [failed, { at: 1, link: 'down' }], 1e9, 'open'],
    ['closed when throttled for a while', throttled(windowMs / 2 - 250), windowMs / 2, 'closed'],
    ['open when throttled for half of the window', throttled(windowMs / 2), windowMs / 2, 'open'],
    [
      'open while throttled although the wait is over',
      throttled(windowMs / 2),
      windowMs / 2 + openMs,
      'open',
    ],
    [
      'on trial when the throttle is over as well',
      [...throttled(windowMs / 2), { at: windowMs / 2 + openMs, link: 'up' }],
      windowMs / 2 + openMs,
      'trial',
    ],
    [
      'open again when it is throttled on trial',
      [failed, { at: openMs, link: 'throttled' }, { at: openMs + 1, link: 'up' }],
      openMs + 2,
      'open',
    ],
  ];
  for (const [title, facts, at, state] of cases) {
    test(title, () => assert.equal(tell(facts).state(at), state));
  }

  test('it says what opened it', () => {
    assert.equal(tell([failed]).cause(1), 'failures');
    assert.equal(tell([{ at: 0, link: 'down' }]).cause(downMs), 'down');
    assert.equal(tell(throttled(windowMs / 2)).cause(windowMs / 2), 'throttling');
    const back = tell([
      { at: 0, link: 'down' },
      { at: downMs, link: 'up' },
    ]);
    assert.equal(back.cause(downMs), 'down');
  });

  test('the wait grows to the longest and no further', () => {
    const breaker = tell([failed]);
    let openedAt = 0;
    const waits: number[] = [];
    for (let round = 0; round < 40; round++) {
      let at = openedAt;
      while (breaker.state(at) === 'open') at += 1_000;
      waits.push(at - openedAt);
      breaker.answered(0, 1, at);
      openedAt = at;
    }
    assert.deepEqual(waits.slice(0, 5), [5_000, 10_000, 20_000, 40_000, 60_000]);
    assert.equal(Math.max(...waits), openLongestMs);
  });

  test('on trial a trickle passes, counted by the second', () => {
    const breaker = tell([failed]);
    const pass = (at: number): number => {
      let passed = 0;
      while (passed < 100 && breaker.admits(at)) {
        breaker.admitted(at);
        passed++;
      }
      return passed;
    };
    assert.equal(pass(openMs - 1), 0);
    assert.equal(pass(openMs), settings.trialsPerSecond);
    assert.equal(pass(openMs + 999), 0);
    assert.equal(pass(openMs + 1_000), settings.trialsPerSecond);
  });

  const anyFact = fc.oneof(
    fc.record({
      after: fc.nat(10_000),
      answered: fc.tuple(fc.nat(20), fc.nat(20)),
    }),
    fc.record({
      after: fc.nat(10_000),
      link: fc.constantFrom('up' as const, 'throttled' as const, 'down' as const),
    }),
  );
  const anyFacts = fc.array(anyFact, { maxLength: 60 }).map((list) => {
    let at = 0;
    return list.map(({ after, ...fact }): Fact => {
      at += after;
      return { ...fact, at };
    });
  });

  test('without a new fact it changes at most once, and never back', () => {
    const allowed = ['closed', 'open', 'trial', 'closed open', 'open trial'];
    fc.assert(
      fc.property(anyFacts, fc.array(fc.nat(20_000), { maxLength: 30 }), (facts, pauses) => {
        const breaker = tell(facts);
        let at = facts.at(-1)?.at ?? 0;
        const seen = [breaker.state(at)];
        for (const pause of pauses) {
          at += pause;
          const state = breaker.state(at);
          if (state !== seen.at(-1)) seen.push(state);
        }
        assert.ok(allowed.includes(seen.join(' ')), seen.join(' '));
      }),
      { numRuns: 2_000 },
    );
  });

  test('it always comes back: after the longest wait with its link up, five good answers close it', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const breaker = tell(facts);
        let at = facts.at(-1)?.at ?? 0;
        breaker.link('up', at);
        at += openLongestMs;
        breaker.answered(trialsGood, 0, at);
        assert.equal(breaker.state(at), 'closed');
      }),
      { numRuns: 1_000 },
    );
  });

  test('good answers and a link that is up never open it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5_000), fc.nat(50))), (steps) => {
        const breaker = tell([]);
        let at = 0;
        for (const [after, good] of steps) {
          at += after;
          breaker.answered(good, 0, at);
          breaker.link('up', at);
          assert.equal(breaker.state(at), 'closed');
          assert.equal(breaker.admits(at), true);
        }
      }),
    );
  });
});

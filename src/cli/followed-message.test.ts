import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countUntold, describeEvent, type FollowedEvent, hasEnded } from './followed-message.ts';

const event: FollowedEvent = {
  at: '2026-11-22T17:42:31.935Z',
  kind: 'submitted',
  channel: 'SMS',
  connection: 'operator',
  part: 1,
  state: 'accepted',
  error: null,
  errorDescription: '',
  detail: '',
};
const throttled = { error: 28, errorDescription: 'too fast' };

for (const [change, said] of [
  [{ detail: 'a1' }, 'part 1 over SMS to "operator": accepted, id a1'],
  [
    { state: 'later', detail: '2', ...throttled },
    'part 1 over SMS to "operator": refused for now, attempt 2 (28: too fast)',
  ],
  [
    { state: 'later', detail: '0', ...throttled },
    'part 1 over SMS to "operator": refused for now (28: too fast)',
  ],
  [
    { state: 'refused', part: 3, error: 23, errorDescription: 'wrong number' },
    'part 3 over SMS to "operator": refused (23: wrong number)',
  ],
  [{ state: 'unknown' }, 'part 1 over SMS to "operator": no answer, and it is not sent again'],
  [{ kind: 'receipt', state: 'enroute' }, 'part 1 over SMS: on its way'],
  [{ kind: 'receipt', state: 'delivered' }, 'part 1 over SMS: delivered'],
  [
    { kind: 'receipt', state: 'failed', error: 24, errorDescription: 'unreachable' },
    'part 1 over SMS: failed (24: unreachable)',
  ],
  [{ kind: 'report', state: 'rejected', ...throttled }, 'rejected (28: too fast)'],
  [{ kind: 'told', state: 'delivered', detail: '204' }, 'delivered: answered 204'],
  [{ kind: 'told', state: 'delivered', detail: '0' }, 'delivered: given up'],
] as const) {
  test(`in words: ${said}`, () => assert.equal(describeEvent({ ...event, ...change }), said));
}

for (const [state, ended] of [
  ['queued', false],
  ['accepted', false],
  ['rejected', true],
  ['delivered', true],
  ['failed', true],
  ['read', true],
] as const) {
  test(`${state} is ${ended ? 'an' : 'no'} end`, () => {
    assert.equal(hasEnded({ state, events: [] }), ended);
  });
}

test('reports that wait are those neither told nor given up', () => {
  const report = { ...event, kind: 'report' };
  const told = { ...event, kind: 'told', detail: '0' };
  assert.equal(countUntold({ state: 'accepted', events: [event, report, report, told] }), 1);
  assert.equal(countUntold({ state: 'accepted', events: [report, told] }), 0);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advance, begin, type Fact, receiptGraceMs } from '../core/lifecycle.ts';
import type { Message } from '../core/message.ts';
import { messageState } from '../smpp/tlvs.ts';
import type { MessageEvent } from '../store/contract.ts';
import { combineStates, type MessageState, readState, writeState } from './message-states.ts';

const at = Date.UTC(2026, 10, 22, 12);
const message: Message = {
  id: '0'.repeat(32),
  account: 'bakery',
  door: 'smpp',
  acceptedAt: at,
  expiresAt: at + 60_000,
  from: 'Bakery',
  to: '31612345678',
  msisdn: '31612345678',
  reference: null,
  groupings: [null, null, null],
  operator: null,
  tariff: null,
  plan: [{ channel: 'SMS', connection: 'op', parts: 1, timeoutMs: null, concatReference: 0 }],
  wants: 0,
  reportTo: 'smpp:bakery',
  content: { text: 'A', encoding: 'gsm7', udh: null, partsMax: 1, rich: null, appKey: null },
};

/** What history would hold after these facts, one second apart, without any report. */
function stateAfter(...facts: readonly (Fact & { at?: number })[]): MessageState {
  let live = begin(message);
  const events: MessageEvent[] = [];
  for (const [index, fact] of facts.entries()) {
    const now = fact.at ?? at + (index + 1) * 1_000;
    live = advance(message, live, fact, now).live;
    const common = { at: now, step: 0, part: 0, detail: '' };
    if (fact.kind === 'receipt') {
      events.push({ ...common, kind: 'receipt', state: fact.state, error: fact.error });
    } else if (fact.kind === 'submitted') {
      const error = 'error' in fact.outcome ? fact.outcome.error : 0;
      events.push({ ...common, kind: 'submitted', state: fact.outcome.kind, error });
    }
  }
  return readState({ message, live, events });
}

const place = { step: 0, part: 0 };
const sent: Fact = {
  kind: 'submitted',
  ...place,
  outcome: { kind: 'accepted', providerId: 'p' },
};
const refused: Fact = { kind: 'submitted', ...place, outcome: { kind: 'refused', error: 29 } };
const receipt = (
  state: 'delivered' | 'failed' | 'rejected' | 'expired',
  error: 0 | 5 | 24,
): Fact => ({
  kind: 'receipt',
  ...place,
  state,
  error,
});

describe('how query_sm shows a message', () => {
  for (const [title, state, expected] of [
    ['accepted', stateAfter(), [messageState.ENROUTE, null, 0]],
    ['sent', stateAfter(sent), [messageState.ENROUTE, null, 0]],
    [
      'delivered',
      stateAfter(sent, receipt('delivered', 0)),
      [messageState.DELIVERED, at + 2_000, 0],
    ],
    [
      'failed',
      stateAfter(sent, receipt('failed', 24)),
      [messageState.UNDELIVERABLE, at + 2_000, 24],
    ],
    ['refused by the operator', stateAfter(refused), [messageState.REJECTED, at + 1_000, 29]],
    [
      'expired at the operator',
      stateAfter(sent, receipt('expired', 5)),
      [messageState.EXPIRED, at + 2_000, 5],
    ],
    [
      'expired with us',
      stateAfter({ kind: 'due', at: at + 60_000 + receiptGraceMs }),
      [messageState.EXPIRED, at + 60_000, 8],
    ],
    ['taken back', stateAfter({ kind: 'cancelled' }), [messageState.UNDELIVERABLE, at, 0]],
  ] as const) {
    test(title, () => assert.deepEqual([state.state, state.endedAt, state.error], expected));
  }

  test('on the wire the end is a time in UTC, or nothing', () => {
    const ended = writeState('x', stateAfter(sent, receipt('delivered', 0)));
    assert.equal(ended.final_date, '261122120002000+');
    assert.equal(writeState('x', stateAfter()).final_date, '');
  });
});

describe('several messages under one id', () => {
  const open = stateAfter(sent);
  const delivered = stateAfter(sent, receipt('delivered', 0));
  const failed = stateAfter(refused);

  for (const [title, states, expected] of [
    ['none', [], null],
    ['one', [delivered], delivered],
    ['one of them on its way', [delivered, failed, open], open],
    ['all delivered', [delivered, delivered], delivered],
    ['one failed', [delivered, failed], { ...failed, endedAt: delivered.endedAt }],
  ] as const) {
    test(title, () => assert.deepEqual(combineStates(states), expected));
  }
});

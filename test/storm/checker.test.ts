import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Door } from '../../src/core/message.ts';
import type { CallRecord } from '../rig/callbacks.ts';
import type { ReceiptRecord, SubmitRecord } from '../rig/smsc-ledger.ts';
import { checkLedger } from './checker.ts';
import type { StormLedger } from './ledger.ts';
import { writeMessage } from './messages.ts';
import { type Rule, rules } from './rules.ts';

// Numbers with a known fate: 0 is delivered, 3 undeliverable, 7 refused; 10 has three parts.

const noLedger: StormLedger = {
  // Two crashes: one between 1000 and 2000, one between 2000 and 3000.
  starts: [0, 1000, 2000],
  sent: 100,
  acknowledged: [],
  submits: [],
  receipts: [],
  calls: [],
};

function submit(index: number, at: number, fields: Partial<SubmitRecord> = {}): SubmitRecord {
  const { to, body } = writeMessage(index);
  return {
    at,
    systemId: 'chappe',
    destination: (to[0]?.number ?? '').slice(2),
    text: body.content,
    part: 1,
    parts: 1,
    messageId: `${index}-${at}`,
    status: 0,
    answered: true,
    ...fields,
  };
}

function receipt(messageId: string, fields: Partial<ReceiptRecord> = {}): ReceiptRecord {
  return {
    at: 0,
    messageId,
    destination: '',
    stat: 'DELIVRD',
    event: 'answered',
    status: 0,
    ...fields,
  };
}

function call(
  index: number,
  status: number,
  at: number,
  fields: Partial<CallRecord> = {},
): CallRecord {
  const { reference } = writeMessage(index);
  return {
    at,
    reference,
    status,
    error: '',
    webhookId: `${index}-${status}`,
    answer: 200,
    ...fields,
  };
}

function acknowledge(index: number, parts = 1, door: Door = 'json') {
  return { index, parts, at: 0, door };
}

/** Message 0 as it should go. */
const good: StormLedger = {
  ...noLedger,
  acknowledged: [acknowledge(0)],
  submits: [submit(0, 10)],
  receipts: [receipt('0-10', { event: 'sent' }), receipt('0-10')],
  calls: [call(0, 0, 20), call(0, 2, 30)],
};

const parts = [1, 2, 3].map((part) => submit(10, part, { part, parts: 3 }));

/** Each message was submitted before the first crash and again after it. */
function repeatByCrash(indexes: number[]): StormLedger {
  return {
    ...noLedger,
    submits: indexes.flatMap((index) => [submit(index, 10), submit(index, 1010)]),
    receipts: indexes.flatMap((index) => [receipt(`${index}-10`), receipt(`${index}-1010`)]),
    calls: indexes.flatMap((index) => [call(index, 0, 1020), call(index, 2, 1030)]),
  };
}

const duplicatesMax = 2;

const passing: Record<string, StormLedger> = {
  'nothing happened': noLedger,
  'a message over SMPP, told by receipts': {
    ...good,
    acknowledged: [acknowledge(0, 1, 'smpp')],
    calls: good.calls.map((one) => ({ ...one, over: 'smpp' as const })),
  },
  'a message goes its way': good,
  'the customer never got the answer, the message went its way': { ...good, acknowledged: [] },
  'the customer never got the answer, nothing was kept': noLedger,
  'an undeliverable message': {
    ...noLedger,
    acknowledged: [acknowledge(3)],
    submits: [submit(3, 10)],
    receipts: [receipt('3-10', { stat: 'UNDELIV' })],
    calls: [call(3, 0, 20), call(3, 3, 30)],
  },
  'a refused message has no receipt and was never accepted': {
    ...noLedger,
    acknowledged: [acknowledge(7)],
    submits: [submit(7, 10, { status: 11, messageId: '' })],
    calls: [call(7, 1, 20)],
  },
  'a message of three parts': {
    ...noLedger,
    acknowledged: [acknowledge(10, 3)],
    submits: parts,
    receipts: parts.map(({ messageId }) => receipt(messageId)),
    calls: [call(10, 0, 20), call(10, 2, 30)],
  },
  'a crash repeats as many parts as it may': repeatByCrash([1, 2]),
  'a lost response makes the same process send again': {
    ...good,
    submits: [submit(0, 10, { answered: false }), submit(0, 15)],
    receipts: [receipt('0-10'), receipt('0-15')],
  },
  'a receipt is cut off, refused, not answered in time, and then taken': {
    ...good,
    receipts: [
      receipt('0-10', { event: 'cut' }),
      receipt('0-10', { status: 0x64 }),
      receipt('0-10', { event: 'timed out' }),
      receipt('0-10'),
    ],
  },
  'calls that were refused come again': {
    ...good,
    calls: [
      call(0, 0, 20, { answer: 500 }),
      call(0, 0, 25),
      call(0, 2, 30, { answer: 0 }),
      call(0, 2, 35),
    ],
  },
  'the taking of a report was lost in a crash': {
    ...good,
    calls: [call(0, 0, 20), call(0, 0, 1020), call(0, 2, 1030), call(0, 2, 2030)],
  },
  'the test call of a new webhook is no report': {
    ...good,
    calls: [call(0, -1, 1, { reference: '', webhookId: 'test-1' }), ...good.calls],
  },
};

const failing: Record<string, { rule: Rule; also?: Rule; ledger: StormLedger }> = {
  'an acknowledged message is never seen again': {
    rule: 'lost',
    also: 'no-end',
    ledger: { ...noLedger, acknowledged: [acknowledge(0)] },
  },
  'one part of three is lost': {
    rule: 'lost',
    ledger: {
      ...noLedger,
      acknowledged: [acknowledge(10, 3)],
      submits: parts.slice(1),
      receipts: parts.map(({ messageId }) => receipt(messageId)),
      calls: [call(10, 0, 20), call(10, 2, 30)],
    },
  },
  'an acknowledged message gets no end': {
    rule: 'no-end',
    ledger: { ...good, calls: [call(0, 0, 20)] },
  },
  'an end is told and never taken': {
    rule: 'no-end',
    ledger: { ...good, calls: [call(0, 0, 20), call(0, 2, 30, { answer: 500 })] },
  },
  'a message that nobody knows to be accepted gets no end': {
    rule: 'no-end',
    ledger: { ...good, acknowledged: [], calls: [] },
  },
  'two ends': {
    rule: 'two-ends',
    ledger: { ...good, calls: [...good.calls, call(0, 3, 40)] },
  },
  'two ends of a message that was never acknowledged': {
    rule: 'two-ends',
    ledger: { ...good, acknowledged: [], calls: [...good.calls, call(0, 3, 40)] },
  },
  'a message over SMPP is told to the webhook': {
    rule: 'wrong-way',
    ledger: { ...good, acknowledged: [acknowledge(0, 1, 'smpp')] },
  },
  'a message over HTTP is told by receipts': {
    rule: 'wrong-way',
    ledger: { ...good, calls: good.calls.map((one) => ({ ...one, over: 'smpp' as const })) },
  },
  'delivered is told of an undeliverable message': {
    rule: 'wrong-end',
    ledger: {
      ...noLedger,
      submits: [submit(3, 10)],
      receipts: [receipt('3-10')],
      calls: [call(3, 0, 20), call(3, 2, 30)],
    },
  },
  'accepted is told after the end': {
    rule: 'backwards',
    ledger: { ...good, calls: [call(0, 2, 20), call(0, 0, 30)] },
  },
  'accepted comes again after the end, under the same id': {
    rule: 'backwards',
    ledger: { ...good, calls: [...good.calls, call(0, 0, 1040)] },
  },
  'accepted is never told': {
    rule: 'backwards',
    ledger: { ...good, calls: [call(0, 2, 30)] },
  },
  'a report comes under two ids': {
    rule: 'told-again',
    ledger: { ...good, calls: [...good.calls, call(0, 2, 1040, { webhookId: 'other' })] },
  },
  'a report comes without an id': {
    rule: 'told-again',
    ledger: { ...good, calls: [call(0, 0, 20), call(0, 2, 30, { webhookId: null })] },
  },
  'a report that was taken comes again without a crash': {
    rule: 'told-again',
    ledger: { ...good, calls: [...good.calls, call(0, 2, 40)] },
  },
  'a receipt is never answered': {
    rule: 'receipt-lost',
    ledger: { ...good, receipts: [receipt('0-10', { event: 'sent' })] },
  },
  'a receipt is only refused': {
    rule: 'receipt-lost',
    ledger: { ...good, receipts: [receipt('0-10', { status: 0x64 })] },
  },
  'the receipt of a part is missing': {
    rule: 'receipt-lost',
    ledger: {
      ...noLedger,
      submits: parts,
      receipts: parts.slice(1).map(({ messageId }) => receipt(messageId)),
      calls: [call(10, 0, 20), call(10, 2, 30)],
    },
  },
  'a part is sent again without a crash': {
    rule: 'sent-again',
    ledger: {
      ...good,
      submits: [submit(0, 10), submit(0, 15)],
      receipts: [receipt('0-10'), receipt('0-15')],
    },
  },
  'a message is sent again after its end was told': {
    rule: 'sent-again',
    ledger: {
      ...good,
      submits: [submit(0, 10), submit(0, 1010)],
      receipts: [receipt('0-10'), receipt('0-1010')],
    },
  },
  'a crash repeats more than the bound': {
    rule: 'duplicates',
    ledger: repeatByCrash([1, 2, 4]),
  },
  'a number is sent that the customer never used': {
    rule: 'stranger',
    ledger: { ...good, sent: 0 },
  },
  'the text of another message is sent': {
    rule: 'stranger',
    ledger: { ...good, submits: [submit(0, 10, { text: writeMessage(1).body.content })] },
  },
  'a message is sent in more parts than was said': {
    rule: 'stranger',
    ledger: { ...good, submits: [submit(0, 10, { parts: 2 })] },
  },
  'a report about nothing': {
    rule: 'stranger',
    ledger: { ...good, calls: [...good.calls, call(0, 2, 30, { reference: 'x' })] },
  },
};

for (const [name, ledger] of Object.entries(passing)) {
  test(`passes: ${name}`, () => {
    assert.deepEqual(checkLedger(ledger, duplicatesMax).violations, []);
  });
}

for (const [name, { rule, also, ledger }] of Object.entries(failing)) {
  test(`${rule}: ${name}`, () => {
    const broken = checkLedger(ledger, duplicatesMax).violations.map((one) => one.rule);
    assert.deepEqual([...new Set(broken)], also === undefined ? [rule] : [rule, also]);
  });
}

test('each rule of the checker has a ledger that breaks it', () => {
  const broken = new Set(Object.values(failing).map(({ rule }) => rule));
  // The process and its file are judged by the storm.
  assert.deepEqual([...broken, 'gateway', 'damaged'].toSorted(), Object.keys(rules).toSorted());
});

test('repetitions are counted for the crash that caused them', () => {
  const { duplicates, repeatedReports, counts } = checkLedger(
    {
      ...good,
      submits: [
        submit(0, 1500),
        submit(0, 2500),
        submit(1, 10, { answered: false }),
        submit(1, 20),
      ],
      receipts: ['0-1500', '0-2500', '1-10', '1-20'].map((id) => receipt(id)),
      calls: [
        call(1, 0, 30),
        call(1, 0, 1030),
        call(1, 2, 1040),
        call(0, 0, 2510),
        call(0, 2, 2520),
      ],
    },
    duplicatesMax,
  );
  assert.deepEqual(duplicates, [0, 1]);
  assert.deepEqual(repeatedReports, [1, 0]);
  assert.deepEqual(
    [counts.acknowledged, counts.unacknowledged, counts.responsesLost, counts.resent],
    [1, 1, 1, 1],
  );
  assert.deepEqual([counts.delivered, counts.calls, counts.callsRefused], [2, 5, 0]);
});

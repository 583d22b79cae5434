import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { begin } from '../../core/lifecycle.ts';
import type { Message } from '../../core/message.ts';
import { sampleMessage, sampleStep } from '../conformance/sample.ts';
import { type Cell, CellReader } from './cells.ts';
import {
  contentColumns,
  envelopeColumns,
  liveColumns,
  readLive,
  readMessage,
  readReport,
  writeContent,
  writeEnvelope,
  writeLive,
  writeMessage,
  writeReport,
} from './message-codec.ts';

const text = fc.string({ unit: 'grapheme' });
const maybe = fc.option(text);

const anyMessage: fc.Arbitrary<Message> = fc
  .record({
    account: text,
    door: fc.constantFrom('json' as const, 'smpp' as const),
    from: text,
    to: text,
    msisdn: text,
    reference: maybe,
    groupings: fc.tuple(maybe, maybe, maybe),
    operator: maybe,
    tariff: fc.option(fc.nat({ max: 99_999 })),
    plan: fc.array(
      fc.record(
        {
          channel: fc.constantFrom('SMS' as const, 'RCS' as const, 'Push' as const),
          connection: text,
          parts: fc.nat(),
          timeoutMs: fc.option(fc.nat()),
          concatReference: fc.nat(),
        },
        { noNullPrototype: true },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    wants: fc.nat({ max: 31 }),
    reportTo: maybe,
    content: fc.record(
      {
        text,
        encoding: fc.constantFrom('gsm7' as const, 'ucs2' as const, 'binary' as const),
        udh: maybe,
        partsMax: fc.nat(),
        rich: maybe,
        appKey: maybe,
      },
      { noNullPrototype: true },
    ),
  })
  .map((fields) => sampleMessage(1, fields));

test('a message comes back from its cells as it was', () => {
  fc.assert(
    fc.property(anyMessage, (message) => {
      const cells: Cell[] = [];
      writeMessage(cells, message);
      assert.deepEqual(readMessage(new CellReader(cells)), message);
      // Once more: the second reading of a plan takes it from memory.
      assert.deepEqual(readMessage(new CellReader(cells)), message);
    }),
  );
});

test('there is a column for each cell', () => {
  const envelope: Cell[] = [];
  const content: Cell[] = [];
  const live: Cell[] = [];
  const message = sampleMessage(1, { plan: [sampleStep({ parts: 2 }), sampleStep()] });
  writeEnvelope(envelope, message);
  writeContent(content, message.content);
  writeLive(live, begin(message));
  assert.equal(envelope.length, envelopeColumns.length);
  assert.equal(content.length, contentColumns.length);
  assert.equal(live.length, liveColumns.length);
  assert.deepEqual(readLive(new CellReader(live)), begin(message));
});

test('a report comes back from its cells as it was', () => {
  const report = {
    queue: 'status:demo',
    report: {
      messageId: sampleMessage(1).id,
      account: 'demo',
      status: 3,
      error: 24,
      createdAt: 5,
      channel: 'Viber',
      from: 'Chappe',
      to: '+31',
      reference: 'r',
      groupings: [null, 'b', null],
      operator: null,
    },
    attempts: 2,
    due: 7,
    sequence: 9,
    isFollowing: true,
  } as const;
  const cells: Cell[] = [];
  writeReport(cells, report);
  assert.deepEqual(readReport(new CellReader(cells)), report);
});

const wrongCells: readonly (readonly [
  string,
  (cells: CellReader) => unknown,
  readonly unknown[],
])[] = [
  ['a number for a text', (cells) => cells.text(), [1]],
  ['null for a text', (cells) => cells.text(), [null]],
  ['nothing for a text', (cells) => cells.textOrNull(), []],
  ['a text for a number', (cells) => cells.number(), ['1']],
  ['an object for a number or null', (cells) => cells.numberOrNull(), [{}]],
  [
    'an unknown word',
    readReport,
    ['q', 1, 0, 0, 'id', 'demo', 9, 0, 0, 'SMS', '+', null, null, null],
  ],
];

for (const [title, read, cells] of wrongCells) {
  test(`${title} is noticed`, () => {
    assert.throws(() => read(new CellReader(cells)), TypeError);
  });
}

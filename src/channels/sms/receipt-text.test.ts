import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { assertAlike } from '../../lib/test-cost.ts';
import {
  looksLikeReceipt,
  parseReceiptText,
  type ReceiptText,
  receiptTextCharsMax,
} from './receipt-text.ts';

const empty: ReceiptText = { id: '', stat: '', err: '', doneDate: '' };

const usual: ReceiptText = {
  id: '0123456789',
  stat: 'DELIVRD',
  err: '000',
  doneDate: '1010290238',
};

test('every spelling of the fields is read', () => {
  const cases: readonly (readonly [string, Partial<ReceiptText>])[] = [
    [
      'id:0123456789 sub:001 dlvrd:001 submit date:1010290237 done date:1010290238 stat:DELIVRD err:000 text:Hello',
      usual,
    ],
    ['id:0123456789 submit date:1010290237 done date:1010290238 stat:DELIVRD err:000', usual],
    [
      'ID:0123456789 SUB:001 DLVRD:001 SUBMIT DATE:1010290237 DONE DATE:1010290238 STAT:DELIVRD ERR:000 TEXT:',
      usual,
    ],
    ['id:0123456789 submit_date:1010290237 done_date:1010290238 status:DELIVRD error:000', usual],
    [
      'Id: 0123456789 Submit  Date : 1010290237 Done\tdate: 1010290238 Stat :DELIVRD\r\nErr: 000',
      usual,
    ],
    ['err:000 stat:DELIVRD done date:1010290238 submit date:1010290237 id:0123456789', usual],
    ['id:"0123456789" submit date:1010290237, done date:1010290238; stat:DELIVRD, err:000', usual],
    ['id:0123456789\0 stat:DELIVRD\0', { id: '0123456789', stat: 'DELIVRD' }],
    ['id:0123456789 stat:DELIVRD', { id: '0123456789', stat: 'DELIVRD' }],
    ['stat:EXPIRED', { stat: 'EXPIRED' }],
    [
      'id:0e999f21-81ef-4974-a414-3de98174e3c7 stat:DELIVRD',
      { id: '0e999f21-81ef-4974-a414-3de98174e3c7', stat: 'DELIVRD' },
    ],
    ['id:a:b stat:DELIVRD', { id: 'a:b', stat: 'DELIVRD' }],
    ['id: stat:DELIVRD', { stat: 'DELIVRD' }],
    ['id:1 err: text:err:5', { id: '1' }],
    ['id:1 submit date: done date:2 stat:X', { id: '1', doneDate: '2', stat: 'X' }],
    ['id:1 stat:X text:id:2 stat:Y err:9', { id: '1', stat: 'X' }],
    ['id:1 id:2 stat:X stat:Y', { id: '1', stat: 'X' }],
    ['paid:1 restat:2', {}],
    ['date:5', {}],
    ['Hello, see you at 5:30 by the station', {}],
    ['http://example.net/id:5', { id: '5' }],
    [`id:${'1'.repeat(65)} stat:X`, { stat: 'X' }],
    [`id:${'1'.repeat(64)} stat:X`, { id: '1'.repeat(64), stat: 'X' }],
    ['', {}],
    [':', {}],
    ['id:', {}],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(parseReceiptText(text), { ...empty, ...expected }, text);
  }
});

test('what lies beyond the limit is not looked at', () => {
  const padding = ' '.repeat(receiptTextCharsMax - 'id:1'.length);
  assert.equal(parseReceiptText(`${padding}id:1`).id, '1');
  assert.equal(parseReceiptText(`${padding}  id:1`).id, '');
});

test('a receipt has an id and a state', () => {
  assert.equal(looksLikeReceipt('id:1 stat:DELIVRD'), true);
  assert.equal(looksLikeReceipt('id:1'), false);
  assert.equal(looksLikeReceipt('my new status: happy, id: none'), true);
  assert.equal(looksLikeReceipt('stat:DELIVRD'), false);
  assert.equal(looksLikeReceipt('Hello'), false);
});

test('any order of the fields says the same', () => {
  const fields = [
    'id:0123456789',
    'sub:001',
    'submit date:1010290237',
    'done date:1010290238',
    'stat:DELIVRD',
    'err:000',
  ];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(fields, { minLength: fields.length }),
      fc.constantFrom(' ', '  ', '\n', '\t', '\r\n', ' \0'),
      (shuffled, gap) => {
        assert.deepEqual(parseReceiptText(shuffled.join(gap)), usual);
      },
    ),
  );
});

const scraps = fc.constantFrom(
  'id',
  'stat',
  'err',
  'submit date',
  'done',
  'date',
  'text',
  ':',
  ' ',
  '"',
  '\0',
  'DELIVRD',
  '1',
);

test('nothing makes it throw, and values are short and without blanks', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(scraps, { maxLength: 400 }).map((list) => list.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const value of Object.values(parseReceiptText(text))) {
        assert.equal(typeof value, 'string');
        assert.ok(value.length <= 64);
        assert.doesNotMatch(value, /\s/);
      }
    }),
    { numRuns: 1_000 },
  );
});

describe('texts made to be slow', () => {
  for (const scrap of ['id:', 'date:', ': ', 'submit date ', ' :', 'a', 'id : ']) {
    test(`"${scrap}" over and over: only so much of it is read`, async () => {
      const parse = (characters: number) => {
        const text = scrap.repeat(Math.ceil(characters / scrap.length));
        return () => {
          for (let turn = 0; turn < 200; turn++) parseReceiptText(text);
        };
      };
      await assertAlike(parse(receiptTextCharsMax), parse(200_000));
    });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubmitOutcome } from '../../core/lifecycle.ts';
import { createReasonReader, createStatusTable } from './error-tables.ts';
import { readRefusal } from './outcomes.ts';

const standard = createStatusTable([]);

function later(error: 25, attemptsMax: number | null = null): SubmitOutcome {
  return { kind: 'later', error, attemptsMax };
}

function refused(error: 5 | 20 | 23 | 29): SubmitOutcome {
  return { kind: 'refused', error };
}

test('every command_status has its meaning (sms-operators §4)', () => {
  const rows: readonly (readonly [readonly number[], SubmitOutcome])[] = [
    [[0x01, 0x02, 0x03], refused(20)],
    [[0x04, 0x05], later(25)],
    [[0x06, 0x07], refused(20)],
    [[0x08], later(25)],
    [[0x0a], refused(20)],
    [[0x0b], refused(23)],
    [[0x0c], refused(20)],
    [[0x0d, 0x0e, 0x0f], later(25)],
    [[0x11, 0x13, 0x15], refused(20)],
    [[0x33, 0x34, 0x40, 0x42, 0x43, 0x44], refused(20)],
    [[0x45], later(25, 3)],
    [[0x48, 0x49], refused(20)],
    [[0x50, 0x51], refused(23)],
    [[0x53], later(25)],
    [[0x54, 0x55], refused(20)],
    [[0x61, 0x62, 0x63], refused(20)],
    [[0x64], later(25)],
    [[0x65], refused(5)],
    [[0x66], refused(29)],
    [[0xc0, 0xc1, 0xc2, 0xc3, 0xc4], refused(20)],
    [[0xfe], later(25)],
    [[0xff], later(25, 3)],
    [[0x400, 0x411, 0x4ff, 0x500, 0xffff_ffff], refused(5)],
    [[0x16, 0x100, 0x3ff], later(25, 3)],
  ];
  for (const [statuses, expected] of rows) {
    for (const status of statuses) {
      assert.deepEqual(readRefusal(standard(status), 0), expected, `0x${status.toString(16)}`);
    }
  }
});

test('both throttling statuses, and only they, are no outcome', () => {
  for (let status = 1; status <= 0x600; status++) {
    const isThrottle = status === 0x14 || status === 0x58;
    assert.equal(standard(status).kind === 'Q', isThrottle, `0x${status.toString(16)}`);
  }
});

test('a session at fault is told apart from a message at fault', () => {
  for (const status of [0x02, 0x03, 0x04, 0x05, 0x0d, 0x0e, 0x0f, 0x53]) {
    assert.equal(standard(status).kind, 'S');
  }
});

test('what may be tried three times is refused at the third', () => {
  assert.deepEqual(readRefusal(standard(0x45), 1), later(25, 3));
  assert.deepEqual(readRefusal(standard(0x45), 2), refused(5));
  assert.deepEqual(readRefusal(standard(0xff), 1), later(25, 3));
  assert.deepEqual(readRefusal(standard(0xff), 2), { kind: 'refused', error: 25 });
  assert.deepEqual(readRefusal(standard(0x08), 99), later(25));
});

test("the connection's own rules go first", () => {
  const own = createStatusTable([
    { match: 0x411, kind: 'P', error: 22 },
    { match: 0x0b, kind: 'T', error: 24 },
    { match: 0x412, kind: 'Q', error: 28 },
    { match: 0x413, kind: 'S', error: 25 },
  ]);
  assert.deepEqual(readRefusal(own(0x411), 0), { kind: 'refused', error: 22 });
  assert.deepEqual(readRefusal(own(0x0b), 0), { kind: 'later', error: 24, attemptsMax: null });
  assert.equal(own(0x412).kind, 'Q');
  assert.deepEqual(readRefusal(own(0x413), 0), later(25));
  assert.deepEqual(readRefusal(own(0x0a), 0), refused(20));
});

test('every GSM cause has its error (sms-operators §5.2), as err and as network_error_code', () => {
  const read = createReasonReader([]);
  const rows: readonly (readonly [readonly number[], number])[] = [
    [[1, 5], 23],
    [[6, 27], 24],
    [[9], 23],
    [[11, 12], 27],
    [[13], 23],
    [[21, 50, 69], 27],
    [[22, 31], 26],
    [[8, 10], 23],
    [[28, 29, 30], 23],
    [[32], 26],
    [[34, 38, 41, 42, 47], 25],
    [[35, 36, 95, 96, 97, 98, 99, 111], 20],
    [[0, 2, 3, 4, 7, 14, 33, 100, 999], 0],
  ];
  for (const [causes, error] of rows) {
    for (const cause of causes) {
      assert.equal(read(undefined, String(cause)), error, `err:${cause}`);
      assert.equal(read(undefined, String(cause).padStart(4, '0')), error, `err:0${cause}`);
      assert.equal(read({ network_type: 3, error_code: cause }, ''), error);
      assert.equal(read({ network_type: 1, error_code: cause }, ''), 0, 'not of a GSM network');
    }
  }
});

test('err may be hexadecimal, or anything', () => {
  const read = createReasonReader([]);
  assert.equal(read(undefined, '0B'), 27);
  assert.equal(read(undefined, '0x1b'), 24);
  assert.equal(read(undefined, '6F'), 20);
  for (const err of ['', 'none', '00000', '12345', 'zz', '-1', '0x', 'fffff']) {
    assert.equal(read(undefined, err), 0, err);
  }
});

test('the network_error_code counts more than err, but nothing less than err', () => {
  const read = createReasonReader([]);
  assert.equal(read({ network_type: 3, error_code: 27 }, '1'), 24);
  assert.equal(read({ network_type: 3, error_code: 999 }, '1'), 23);
  assert.equal(read({ network_type: 0, error_code: 27 }, '1'), 23);
});

test("the connection's own reasons go first", () => {
  const read = createReasonReader([
    { match: '27', error: 29 },
    { match: 'spam', error: 28 },
    { match: '801', error: 22 },
  ]);
  assert.equal(read(undefined, '027'), 29);
  assert.equal(read(undefined, 'SPAM'), 28);
  assert.equal(read(undefined, '0801'), 22);
  assert.equal(read({ network_type: 8, error_code: 801 }, ''), 22);
  assert.equal(read(undefined, '6'), 24);
});

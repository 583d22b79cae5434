import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodePdu, encodePdu } from './codec.ts';
import { commandStatus } from './command-status.ts';
import { boundFrameBytesMax, Framer, unboundFrameBytesMax } from './framer.ts';
import { PduFault } from './pdu-fault.ts';
import { joinHex, pduVectors } from './test-vectors.ts';

const frames = pduVectors.map(joinHex);
const stream = Buffer.concat(frames);

/** What a framer makes of the chunks, each frame copied. */
function cut(framer: Framer, chunks: Buffer[]): Buffer[] {
  const found: Buffer[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let frame = framer.next(); frame !== null; frame = framer.next()) {
      found.push(Buffer.from(frame));
    }
  }
  return found;
}

function makeFrame(command_length: number): Buffer {
  const frame = Buffer.alloc(Math.max(command_length, 16), 0x61);
  frame.writeUInt32BE(command_length, 0);
  frame.writeUInt32BE(0x15, 4);
  frame.writeUInt32BE(0, 8);
  frame.writeUInt32BE(9, 12);
  return frame;
}

describe('frames come out whole', () => {
  test('of one chunk', () => {
    assert.deepEqual(cut(new Framer(), [stream]), frames);
  });

  test('at every split point of every vector', () => {
    for (const frame of frames) {
      for (let at = 0; at <= frame.length; at += 1) {
        const chunks = [frame.subarray(0, at), frame.subarray(at)];
        assert.deepEqual(cut(new Framer(), chunks), [frame], `split at ${at}`);
      }
    }
  });

  test('at every split point of all vectors in a row', () => {
    for (let at = 0; at <= stream.length; at += 1) {
      const chunks = [stream.subarray(0, at), stream.subarray(at)];
      assert.deepEqual(cut(new Framer(), chunks), frames, `split at ${at}`);
    }
  });

  test('octet by octet', () => {
    const chunks = Array.from(stream, (_, at) => stream.subarray(at, at + 1));
    assert.deepEqual(cut(new Framer(), chunks), frames);
  });

  test('at any splits', () => {
    const splits = fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 40 });
    fc.assert(
      fc.property(splits, (points) => {
        const ends = [...points.sort((a, b) => a - b), stream.length];
        const chunks = ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
        assert.deepEqual(cut(new Framer(), chunks), frames);
      }),
    );
  });

  test('and decode to the PDUs that went in', () => {
    const pdus = cut(new Framer(), [stream]).map((frame) => decodePdu(frame));
    assert.deepEqual(
      pdus,
      pduVectors.map(({ pdu }) => pdu),
    );
  });
});

describe('copies', () => {
  test('a frame inside one chunk is a view of it', () => {
    const framer = new Framer();
    framer.push(stream);
    assert.equal(framer.next()?.buffer, stream.buffer);
  });

  test('a frame across chunks has a buffer of its own', () => {
    const framer = new Framer();
    const [frame = Buffer.alloc(0)] = frames;
    const first = Buffer.from(frame.subarray(0, 20));
    framer.push(first);
    assert.equal(framer.next(), null);
    first.fill(0);
    framer.push(frame.subarray(20));
    assert.deepEqual(framer.next(), frame);
  });
});

describe('hasPartial', () => {
  test('is true from the first octet to the last', () => {
    const framer = new Framer();
    const [frame = Buffer.alloc(0)] = frames;
    assert.equal(framer.hasPartial, false);
    for (let at = 0; at < frame.length; at += 1) {
      framer.push(frame.subarray(at, at + 1));
      assert.equal(framer.next() !== null, at === frame.length - 1);
      assert.equal(framer.hasPartial, at < frame.length - 1);
    }
  });
});

describe('limits', () => {
  function catchFault(framer: Framer, chunks: Buffer[]): PduFault {
    try {
      cut(framer, chunks);
    } catch (error) {
      assert.ok(error instanceof PduFault, String(error));
      return error;
    }
    return assert.fail('no fault');
  }

  const cases: [string, Framer, number, number][] = [
    ['before the bind', new Framer(), 16, unboundFrameBytesMax],
    ['after the bind', new Framer(boundFrameBytesMax), 16, boundFrameBytesMax],
  ];
  for (const [title, framer, min, max] of cases) {
    test(`${title}, ${min} to ${max} octets`, () => {
      assert.equal(cut(framer, [makeFrame(min), makeFrame(max)]).length, 2);
      for (const command_length of [min - 1, max + 1]) {
        const fault = catchFault(new Framer(framer.frameBytesMax), [makeFrame(command_length)]);
        assert.equal(fault.kind, 'fatal');
        assert.equal(fault.command_status, commandStatus.ESME_RINVCMDLEN);
      }
    });
  }

  for (const command_length of [0, 1, 15, 0x7fffffff, 0x80000000, 0xffffffff]) {
    test(`command_length ${command_length} is fatal wherever it is split`, () => {
      const bytes = makeFrame(16);
      bytes.writeUInt32BE(command_length, 0);
      for (let at = 0; at <= bytes.length; at += 1) {
        catchFault(new Framer(boundFrameBytesMax), [bytes.subarray(0, at), bytes.subarray(at)]);
      }
    });
  }

  test('the fault names the PDU when its header is there, and nothing otherwise', () => {
    const tooLong = makeFrame(unboundFrameBytesMax + 1);
    const { command_id, sequence_number } = catchFault(new Framer(), [tooLong]);
    assert.deepEqual({ command_id, sequence_number }, { command_id: 0x15, sequence_number: 9 });
    const early = catchFault(new Framer(), [tooLong.subarray(0, 15)]);
    assert.equal(early.sequence_number, 0);
  });

  test('frames before the bad one come out, none after it', () => {
    const framer = new Framer();
    const good = makeFrame(16);
    framer.push(Buffer.concat([good, makeFrame(3), good]));
    assert.deepEqual(framer.next(), good);
    assert.throws(() => framer.next(), PduFault);
    framer.push(good);
    assert.throws(() => framer.next(), PduFault);
  });

  test('a bad PDU in a good frame does not disturb the next', () => {
    const bad = makeFrame(20);
    bad.writeUInt32BE(0xffff, 4);
    const good = encodePdu({ command: 'unbind', command_status: 0, sequence_number: 3 });
    const [first = bad, second = bad] = cut(new Framer(), [Buffer.concat([bad, good])]);
    assert.throws(() => decodePdu(first), PduFault);
    assert.equal(decodePdu(second).command, 'unbind');
  });

  test('the limit holds for the very next frame', () => {
    const framer = new Framer();
    const large = makeFrame(unboundFrameBytesMax + 1);
    framer.push(Buffer.concat([makeFrame(16), large]));
    assert.notEqual(framer.next(), null);
    framer.frameBytesMax = boundFrameBytesMax;
    assert.deepEqual(framer.next(), large);
  });

  test('a chunk must be used up before the next is pushed', () => {
    const framer = new Framer();
    framer.push(makeFrame(16));
    assert.throws(() => framer.push(makeFrame(16)), /before next gave null/);
  });
});

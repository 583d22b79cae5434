import type { Random } from '../../src/lib/random.ts';

/** Values at which lengths, counts and signs turn over. */
const turningPoints = [0, 1, 2, 3, 4, 15, 16, 17, 0x7f, 0x80, 0xfe, 0xff, 0x7fff, 0x8000, 0xffff];
const turningPoints32 = [...turningPoints, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

const mutationsMax = 6;
const insertedBytesMax = 64;

/** A changed copy of one of the seeds: often a single change, at most `mutationsMax`. */
export function mutate(seeds: readonly Buffer[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(pick(seeds, random));
  const count = random.uint32() % 2 === 0 ? 1 : 1 + (random.uint32() % mutationsMax);
  for (let done = 0; done < count; done += 1) bytes = mutateOnce(bytes, seeds, random);
  return bytes;
}

/** Any of the items; they must not be none. */
export function pick<Item>(items: readonly Item[], random: Random): Item {
  const item = items[random.uint32() % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function mutateOnce(bytes: Buffer, seeds: readonly Buffer[], random: Random): Buffer {
  const at = random.uint32() % Math.max(1, bytes.length);
  const end = Math.min(bytes.length, at + 1 + (random.uint32() % insertedBytesMax));
  switch (random.uint32() % 9) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (random.uint32() & 7));
      return bytes;
    case 1:
      bytes[at] = random.uint32();
      return bytes;
    case 2:
      bytes[at] = pick(turningPoints, random);
      return bytes;
    case 3:
      if (at + 2 <= bytes.length) bytes.writeUInt16BE(pick(turningPoints, random), at);
      return bytes;
    case 4:
      if (at + 4 <= bytes.length) bytes.writeUInt32BE(pick(turningPoints32, random), at);
      return bytes;
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 6:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    case 7:
      return Buffer.concat([bytes.subarray(0, at), makeNoise(random), bytes.subarray(at)]);
    default: {
      const other = pick(seeds, random);
      const from = random.uint32() % Math.max(1, other.length);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from)]);
    }
  }
}

/** Noise, or the same octet over and over. */
function makeNoise(random: Random): Buffer {
  const noise = Buffer.alloc(1 + (random.uint32() % insertedBytesMax), random.uint32() & 0xff);
  if (random.uint32() % 2 === 0) return noise;
  for (let at = 0; at < noise.length; at += 1) noise[at] = random.uint32();
  return noise;
}

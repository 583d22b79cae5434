import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/** The largest cell number: twelve bits stand for it in every id. */
export const cellMax = 0xfff;

/** Hands out message ids. */
export interface MessageIds {
  /** 32 lower-case hexadecimal characters, larger than every id this source gave before. */
  next(): string;
}

/**
 * Ids are UUIDv7 (RFC 9562 §5.7) without hyphens whose twelve bits after the version name the
 * cell: they sort by time and tell where a message lives. They are the SMPP message_id as well.
 *
 * Layout: 48 bits of milliseconds, version 7, 12 bits cell, variant 2, 30 bits counter, 32 bits random.
 * The counter starts anew at a random point each millisecond and counts up within it.
 */
export function createMessageIds(clock: Clock, random: Random, cell: number): MessageIds {
  if (!Number.isInteger(cell) || cell < 0 || cell > cellMax) {
    throw new RangeError(`a cell is a whole number from 0 to ${cellMax}, not ${cell}`);
  }
  const octets = Buffer.alloc(16);
  octets.writeUInt16BE(0x7000 | cell, 6);
  let lastMs = 0;
  let counter = 0;
  return {
    next() {
      // Ids never go back with the wall clock: while it lags, the last millisecond goes on.
      const now = clock.now();
      if (now > lastMs) {
        lastMs = now;
        octets.writeUIntBE(now, 0, 6);
        counter = random.uint32() >>> 3;
      } else {
        counter++;
      }
      octets.writeUInt32BE(0x8000_0000 + counter, 8);
      octets.writeUInt32BE(random.uint32(), 12);
      return octets.toString('hex');
    },
  };
}

/** The cell that gave out `id`. */
export function cellOf(id: string): number {
  return Number.parseInt(id.slice(13, 16), 16);
}

/** When `id` was given out, in epoch milliseconds. */
export function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16);
}

import { commandStatus } from './command-status.ts';
import { PduFault } from './pdu-fault.ts';

/**
 * What to make of a peer that breaks the specification's maxima.
 * - `strict`: a fault.
 * - `lenient`, for the links where it is known to happen: a C-Octet String may be longer than its
 *   maximum and the last one may end with the frame, a TLV of a wrong length is kept raw, and
 *   what follows a TLV that cannot be read is dropped. Strings may be sent over-long, too (some
 *   SMSCs hand out passwords of more than 8 characters), up to `lenientStringBytesMax`.
 * Both are equally safe: nothing is copied into a fixed space, nothing is read past the frame.
 */
export type Manner = 'strict' | 'lenient';

/** Octets of a C-Octet String, its NUL counted, that may be sent in lenient manner. */
export const lenientStringBytesMax = 256;

/** command_length, command_id, command_status, sequence_number (SMPP 3.4 §3.2). */
export const headerBytes = 16;

/** Reads the fields of one frame in their order (SMPP 3.4 §3.1); throws nothing but `PduFault`. */
export class FieldReader {
  readonly frame: Buffer;
  readonly lenient: boolean;
  readonly end: number;
  offset: number = headerBytes;

  constructor(frame: Buffer, manner: Manner) {
    this.frame = frame;
    this.lenient = manner === 'lenient';
    this.end = frame.length;
  }

  hasMore(): boolean {
    return this.offset < this.end;
  }

  readUint8(): number {
    const value = this.frame[this.offset];
    if (value === undefined) throw this.truncated();
    this.offset += 1;
    return value;
  }

  readUint16(): number {
    this.need(2);
    const value = this.frame.readUInt16BE(this.offset);
    this.offset += 2;
    return value;
  }

  readUint32(): number {
    this.need(4);
    const value = this.frame.readUInt32BE(this.offset);
    this.offset += 4;
    return value;
  }

  /** A C-Octet String of at most `sizeMax` octets with its NUL; `status` answers a longer one. */
  readCString(sizeMax: number, status: number, name: string): string {
    const { frame, offset: start } = this;
    const limit = Math.min(start + sizeMax, this.end);
    let at = start;
    while (at < limit && frame[at] !== 0) at += 1;
    if (at === limit) at = this.readOn(at, sizeMax, status, name);
    this.offset = Math.min(at + 1, this.end);
    return at === start ? '' : frame.toString('latin1', start, at);
  }

  /** The same for the first field of a response, which peers may send without any body. */
  readCStringIfAny(sizeMax: number, status: number, name: string): string {
    return this.hasMore() ? this.readCString(sizeMax, status, name) : '';
  }

  /** The next `size` octets, which must be there, as text that a NUL may end earlier. */
  readText(size: number): string {
    const { frame, offset: start } = this;
    const limit = start + size;
    let at = start;
    while (at < limit && frame[at] !== 0) at += 1;
    this.offset = limit;
    return at === start ? '' : frame.toString('latin1', start, at);
  }

  /** The next `size` octets as a view of the frame; `status` answers a frame that ends before. */
  readOctets(size: number, status: number, name: string): Buffer {
    const start = this.offset;
    if (size > this.end - start) {
      throw this.fault(status, `${name}: ${size} octets announced, ${this.end - start} left`);
    }
    this.offset = start + size;
    return this.frame.subarray(start, this.offset);
  }

  fault(status: number, message: string): PduFault {
    const { frame } = this;
    return new PduFault(
      'recoverable',
      status,
      frame.readUInt32BE(4),
      frame.readUInt32BE(12),
      message,
    );
  }

  private readOn(from: number, sizeMax: number, status: number, name: string): number {
    if (!this.lenient) {
      if (from === this.end) throw this.truncated();
      throw this.fault(status, `${name}: more than ${sizeMax} octets`);
    }
    const nul = this.frame.indexOf(0, from);
    return nul === -1 ? this.end : nul;
  }

  private need(size: number): void {
    if (size > this.end - this.offset) throw this.truncated();
  }

  private truncated(): PduFault {
    return this.fault(commandStatus.ESME_RINVCMDLEN, 'the PDU ends in the middle of its fields');
  }
}

/**
 * Writes fields one after the other. A value that does not fit its field is a mistake of the
 * caller and throws RangeError. Room is not checked at each field (writing past the end of a
 * Buffer changes nothing): the caller compares `offset` with the length once, at the end.
 */
export class FieldWriter {
  readonly bytes: Buffer;
  readonly lenient: boolean;
  offset: number;

  constructor(bytes: Buffer, offset: number, manner: Manner) {
    this.bytes = bytes;
    this.offset = offset;
    this.lenient = manner === 'lenient';
  }

  writeUint8(value: number, name: string): void {
    if ((value & 0xff) !== value) throw new RangeError(`${name}: ${value} is not an octet`);
    this.bytes[this.offset] = value;
    this.offset += 1;
  }

  writeUint16(value: number, name: string): void {
    if ((value & 0xffff) !== value) throw new RangeError(`${name}: ${value} is not 16 bits`);
    this.bytes[this.offset] = value >>> 8;
    this.bytes[this.offset + 1] = value;
    this.offset += 2;
  }

  writeUint32(value: number, name: string): void {
    if (value >>> 0 !== value) throw new RangeError(`${name}: ${value} is not 32 bits`);
    const { bytes, offset } = this;
    bytes[offset] = value >>> 24;
    bytes[offset + 1] = value >>> 16;
    bytes[offset + 2] = value >>> 8;
    bytes[offset + 3] = value;
    this.offset = offset + 4;
  }

  writeCString(value: string, sizeMax: number, name: string): void {
    const { length } = value;
    if (length >= sizeMax && !(this.lenient && length < lenientStringBytesMax)) {
      throw new RangeError(`${name}: ${length} characters, at most ${sizeMax - 1} fit`);
    }
    const { bytes } = this;
    let at = this.offset;
    for (let index = 0; index < length; index += 1) {
      const code = value.charCodeAt(index);
      // A NUL inside would let whoever chose the text choose the fields that follow.
      if (code === 0 || code > 0xff) {
        throw new RangeError(`${name}: character ${code} at ${index} has no octet`);
      }
      bytes[at] = code;
      at += 1;
    }
    bytes[at] = 0;
    this.offset = at + 1;
  }

  writeOctets(value: Buffer, sizeMin: number, sizeMax: number, name: string): void {
    if (value.length < sizeMin || value.length > sizeMax) {
      throw new RangeError(`${name}: ${value.length} octets, not ${sizeMin} to ${sizeMax}`);
    }
    // Buffer.copy, unlike TypedArray.set, copies only what there is room for.
    value.copy(this.bytes, this.offset);
    this.offset += value.length;
  }
}

import { commandStatus } from './command-status.ts';
import { headerBytes } from './fields.ts';
import { PduFault } from './pdu-fault.ts';

/** Frame limits: a stranger gets a page, a bound peer a full message_payload and its fields. */
export const unboundFrameBytesMax = 4 * 1024;
export const boundFrameBytesMax = 72 * 1024;

/** command_length is the first field (SMPP 3.4 §3.2). */
const lengthBytes = 4;
const noBytes: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream of chunks into frames, one PDU each. `push` a chunk, then call `next` until it
 * gives null. A frame that lies inside one chunk is a view of it; one that spans chunks is
 * gathered into a buffer of its own, each octet copied once, however small the chunks.
 */
export class Framer {
  /** command_length above this is a fault; may be changed at any time. */
  frameBytesMax: number;

  private chunk: Buffer = noBytes;
  private offset = 0;
  /** The beginning of a frame whose rest has yet to come; `gatheredBytes` of it are filled. */
  private gathered: Buffer | null = null;
  private gatheredBytes = 0;
  private fault: PduFault | null = null;

  constructor(frameBytesMax: number = unboundFrameBytesMax) {
    this.frameBytesMax = frameBytesMax;
  }

  /** Whether a frame has begun that is not complete. Meaningful once `next` gave null. */
  get hasPartial(): boolean {
    return this.gathered !== null;
  }

  /** Takes the next chunk of the stream. All frames of the chunk before must have been taken. */
  push(chunk: Buffer): void {
    if (this.offset < this.chunk.length) throw new Error('push before next gave null');
    this.chunk = chunk;
    this.offset = 0;
  }

  /**
   * The next whole frame, or null when it takes another chunk. Throws a fatal `PduFault`, and
   * the same from then on, when command_length is impossible: the framing is lost.
   */
  next(): Buffer | null {
    if (this.fault !== null) throw this.fault;
    if (this.gathered !== null) return this.gather(this.gathered);
    const { chunk, offset } = this;
    const left = chunk.length - offset;
    if (left >= lengthBytes) {
      const command_length = chunk.readUInt32BE(offset);
      this.checkLength(command_length, chunk, offset);
      if (command_length <= left) {
        this.offset = offset + command_length;
        return chunk.subarray(offset, this.offset);
      }
      this.gathered = Buffer.allocUnsafe(command_length);
    } else if (left > 0) {
      this.gathered = Buffer.allocUnsafe(lengthBytes);
    }
    if (this.gathered !== null) this.fill(this.gathered);
    this.releaseChunk();
    return null;
  }

  private gather(begun: Buffer): Buffer | null {
    let frame = begun;
    if (this.gatheredBytes < lengthBytes) {
      this.fill(frame);
      if (this.gatheredBytes < lengthBytes) {
        this.releaseChunk();
        return null;
      }
      const command_length = frame.readUInt32BE(0);
      this.checkLength(command_length, frame, 0);
      frame = Buffer.allocUnsafe(command_length);
      begun.copy(frame, 0, 0, lengthBytes);
      this.gathered = frame;
    }
    this.fill(frame);
    if (this.gatheredBytes < frame.length) {
      this.releaseChunk();
      return null;
    }
    this.gathered = null;
    this.gatheredBytes = 0;
    return frame;
  }

  /** Moves what fits from the chunk to the frame that is being gathered. */
  private fill(frame: Buffer): void {
    const size = Math.min(frame.length - this.gatheredBytes, this.chunk.length - this.offset);
    this.chunk.copy(frame, this.gatheredBytes, this.offset, this.offset + size);
    this.gatheredBytes += size;
    this.offset += size;
  }

  /** A chunk that is used up must not be kept alive by an idle connection. */
  private releaseChunk(): void {
    this.chunk = noBytes;
    this.offset = 0;
  }

  private checkLength(command_length: number, bytes: Buffer, offset: number): void {
    if (command_length >= headerBytes && command_length <= this.frameBytesMax) return;
    // The rest of the header names the PDU for the generic_nack, where it has come already.
    const hasHeader = bytes.length - offset >= headerBytes;
    this.fault = new PduFault(
      'fatal',
      commandStatus.ESME_RINVCMDLEN,
      hasHeader ? bytes.readUInt32BE(offset + 4) : 0,
      hasHeader ? bytes.readUInt32BE(offset + 12) : 0,
      `command_length: ${command_length} is not ${headerBytes} to ${this.frameBytesMax}`,
    );
    this.releaseChunk();
    this.gathered = null;
    throw this.fault;
  }
}

import { boundPdu, encodeNumbered, encodeRefusal, refusalBytesMax } from './codec.ts';
import type { Manner } from './fields.ts';
import type { Pdu, Unnumbered } from './pdus.ts';

/** A quiet session holds a page, a busy one grows to what one write carries well. */
const slabBytesMin = 4 * 1024;
const slabBytesMax = 64 * 1024;

/**
 * Gathers encoded PDUs and hands them over as one piece, a view of a slab. A slab is written from
 * its beginning to its end and then left to whoever still holds views of it, so nothing that has
 * been handed over ever changes.
 */
export class SendBuffer {
  private readonly send: (bytes: Buffer) => void;
  private readonly wake: () => void;
  private readonly manner: Manner;
  private slab: Buffer = Buffer.alloc(0);
  private start = 0;
  private end = 0;

  /** `wake` is called when bytes begin to wait. */
  constructor(send: (bytes: Buffer) => void, wake: () => void, manner: Manner) {
    this.send = send;
    this.wake = wake;
    this.manner = manner;
  }

  write(pdu: Unnumbered<Pdu>, command_status: number, sequence_number: number): void {
    this.makeRoom(boundPdu(pdu, this.manner));
    const { slab, end, manner } = this;
    this.grow(encodeNumbered(pdu, command_status, sequence_number, slab, end, manner));
  }

  writeRefusal(command_id: number, command_status: number, sequence_number: number): void {
    this.makeRoom(refusalBytesMax);
    const { slab, end } = this;
    this.grow(encodeRefusal(command_id, command_status, sequence_number, slab, end));
  }

  flush(): void {
    if (this.end === this.start) return;
    const bytes = this.slab.subarray(this.start, this.end);
    this.start = this.end;
    this.send(bytes);
  }

  private grow(end: number): void {
    const wasEmpty = this.end === this.start;
    this.end = end;
    if (wasEmpty) this.wake();
  }

  private makeRoom(bytes: number): void {
    if (this.slab.length - this.end >= bytes) return;
    this.flush();
    const grown = Math.min(Math.max(2 * this.slab.length, slabBytesMin), slabBytesMax);
    this.slab = Buffer.allocUnsafeSlow(Math.max(grown, bytes));
    this.start = 0;
    this.end = 0;
  }
}

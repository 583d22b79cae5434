import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/**
 * What the HTTP parser has made of the octets that it was given. It works synchronously, so whoever feeds it
 * can look at this before and after.
 */
export interface ParserWork {
  /** Requests begun, and pieces of bodies: what costs time, however few octets it comes in. */
  units: number;
  /** Octets that are still to come of the body of known length that is being read; 0 outside of one. */
  bodyBytesLeft: number;
}

/** Requests that note in `work` what the parser does. For the `IncomingMessage` of a server's options. */
export function createWorkingMessage(work: ParserWork): typeof IncomingMessage {
  return class extends IncomingMessage {
    #bytes = 0;

    constructor(socket: Socket) {
      super(socket);
      work.units++;
      work.bodyBytesLeft = 0;
    }

    /** Called by the parser with each piece of the body, and with null behind the last. */
    override push(piece: Buffer | null): boolean {
      if (piece === null) {
        work.bodyBytesLeft = 0;
      } else {
        work.units++;
        this.#bytes += piece.length;
        // In chunks a body has no known length, and none is declared.
        const declared = Number(this.headers['content-length'] ?? 0);
        work.bodyBytesLeft = Math.max(0, declared - this.#bytes);
      }
      return super.push(piece);
    }
  };
}

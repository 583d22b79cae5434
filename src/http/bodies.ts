import type { IncomingMessage } from 'node:http';
import type { HttpLimits } from './limits.ts';
import type { Refusal } from './router.ts';

/** Receives bodies, within limits for each and for all of them together. */
export interface BodyReceiver {
  /**
   * Calls `onBody` with the whole body, or `onRefusal` as soon as it is known to be too much; neither when
   * the other side goes away. What comes after a refusal runs into nothing, for a while; it is not worth
   * reading when `isCrumbled`. `bytesMax`: what the body may have at most.
   */
  receive(
    request: IncomingMessage,
    bytesMax: number,
    onBody: (body: Buffer) => void,
    onRefusal: (why: Refusal, isCrumbled: boolean) => void,
  ): void;
}

/** What a piece of a body costs besides its octets: the objects around it. Measured: 300. */
const pieceCostBytes = 256;

/**
 * A body comes in pieces, and each takes a microsecond. Many are fine, as a slow line makes them; beyond
 * that they must have a size, or a body of single octets would be a cheap way to keep us busy.
 */
export const piecesMax = 2_048;
const pieceBytesMin = 256;

/** So much is still read after a refusal, so that the answer reaches who is busy sending. */
export const lingerBytesMax = 32 * 1024 * 1024;

/** After each piece of a refused body others get their turn. A body that is taken is read as fast as it comes. */
const lingerPauseMs = 2;

const noBody = Buffer.alloc(0);

/** Smaller buffers are left to the collector. */
const givenBackBytesMin = 2 * 1024;

/**
 * Frees the memory of a buffer that nobody will use again. Left to the collector, the bodies of strangers make
 * it run a full collection several times a second, and everybody waits for it.
 */
export function giveBack({ buffer, byteLength }: Buffer): void {
  if (byteLength < givenBackBytesMin || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** One buffer of all pieces, whose memory is given back. */
function join(pieces: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const piece of pieces) {
    piece.copy(whole, at);
    at += piece.length;
    giveBack(piece);
  }
  return whole;
}

export function createBodyReceiver(
  limits: Pick<HttpLimits, 'bodyBytesTotalMax'>,
  after: (delayMs: number, run: () => void) => unknown,
): BodyReceiver {
  /** What all bodies that are being received hold. */
  let heldInAll = 0;

  return {
    receive(request, bytesMax, onBody, onRefusal) {
      const pieces: Buffer[] = [];
      let bytes = 0;
      let count = 0;
      let held = 0;
      let isRefused = false;
      let isGivenUp = false;

      function release(): void {
        heldInAll -= held;
        held = 0;
        for (const piece of pieces.splice(0)) giveBack(piece);
      }

      function refuse(why: Refusal, isCrumbled = false): void {
        isRefused = true;
        isGivenUp = isCrumbled;
        release();
        onRefusal(why, isCrumbled);
      }

      const declared = Number(request.headers['content-length'] ?? 0);
      if (declared > bytesMax) refuse('body-too-large');
      else if (heldInAll + declared > limits.bodyBytesTotalMax) refuse('busy');

      request.on('data', (piece: Buffer) => {
        bytes += piece.length;
        count++;
        const isCrumbled = count > piecesMax + bytes / pieceBytesMin;
        if (isRefused) {
          giveBack(piece);
          if (isGivenUp) return;
          if (isCrumbled || bytes > bytesMax + lingerBytesMax) {
            request.destroy();
            return;
          }
          request.pause();
          after(lingerPauseMs, () => request.resume());
          return;
        }
        held += piece.length + pieceCostBytes;
        heldInAll += piece.length + pieceCostBytes;
        if (bytes > bytesMax || isCrumbled) refuse('body-too-large', isCrumbled);
        else if (heldInAll > limits.bodyBytesTotalMax) refuse('busy');
        else pieces.push(piece);
      });
      request.once('end', () => {
        if (isRefused) return;
        if (pieces.length > 1) onBody(join(pieces.splice(0), bytes));
        else onBody(pieces.pop() ?? noBody);
      });
      request.once('close', release);
      // The other side went away in the middle: there is nobody left to tell.
      request.on('error', () => {});
    },
  };
}

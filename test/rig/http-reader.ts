/** One HTTP/1.1 message, request or response, as it stood on the wire. */
export interface HttpMessage {
  /** "POST /status HTTP/1.1" or "HTTP/1.1 200 OK". */
  readonly startLine: string;
  /** The header lines, joined by CRLF, as they were sent. */
  readonly headers: string;
  readonly body: Buffer;
}

export const headBytesMax = 16 * 1024;
export const bodyBytesMax = 4 * 1024 * 1024;

/**
 * Cuts a stream into HTTP/1.1 messages framed by Content-Length, several per chunk or one over
 * many chunks. It knows no chunked coding and keeps no header map: the rig talks to programs whose
 * way of writing is known, and has to be cheaper than they are.
 */
export class HttpReader {
  #carry: Buffer | null = null;
  #needed = 0;

  /**
   * Calls `take` for every message that is complete with this chunk; bodies are views of it, to be
   * used at once, and the chunk's memory may be used again afterwards. Returns false when the stream
   * cannot be followed (too large, or framed in another way); the connection must then be closed.
   */
  read(chunk: Buffer, take: (message: HttpMessage) => void): boolean {
    let bytes = chunk;
    if (this.#carry !== null) {
      bytes = Buffer.concat([this.#carry, chunk]);
      this.#carry = null;
      if (bytes.length < this.#needed) {
        this.#carry = bytes;
        return true;
      }
    }
    let at = 0;
    while (at < bytes.length) {
      const headEnd = bytes.indexOf(HEAD_END, at);
      if (headEnd < 0) {
        if (bytes.length - at > headBytesMax) return false;
        return this.#keep(bytes, at, 0);
      }
      const head = bytes.toString('latin1', at, headEnd);
      const bodyBytes = contentLength(head);
      if (bodyBytes < 0 || bodyBytes > bodyBytesMax) return false;
      const bodyStart = headEnd + HEAD_END.length;
      const end = bodyStart + bodyBytes;
      if (end > bytes.length) return this.#keep(bytes, at, end - at);
      const lineEnd = head.indexOf('\r\n');
      take({
        startLine: lineEnd < 0 ? head : head.slice(0, lineEnd),
        headers: lineEnd < 0 ? '' : head.slice(lineEnd + 2),
        body: bytes.subarray(bodyStart, end),
      });
      at = end;
    }
    return true;
  }

  #keep(bytes: Buffer, at: number, needed: number): true {
    this.#carry = Buffer.from(bytes.subarray(at));
    this.#needed = needed;
    return true;
  }
}

/** The value of a header, or null. `name` in lower case. */
export function headerOf(message: HttpMessage, name: string): string | null {
  for (const line of message.headers.split('\r\n')) {
    const colon = line.indexOf(':');
    if (line.slice(0, colon).toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return null;
}

/** -1 when the body is framed in a way we do not read. */
function contentLength(head: string): number {
  const found = CONTENT_LENGTH.exec(head);
  if (found !== null) return Number(found[1]);
  return TRANSFER_ENCODING.test(head) ? -1 : 0;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /\r\ncontent-length:[ \t]*(\d{1,9})/i;
const TRANSFER_ENCODING = /\r\ntransfer-encoding:/i;

/** Most bytes that the headers of an answer may have. */
export const headerBytesMax = 16 * 1024;

/** How long a connection is kept for the next request unless the other side says otherwise. */
const keptMs = 4_000;
/** Given up so long before the other side would, so that no request crosses its goodbye. */
const keptMarginMs = 2_000;
const keptMaxMs = 600_000;

/** `broken`: it is no HTTP/1.1, or has more headers than are read; nothing behind it can be trusted. */
export type Progress = 'more' | 'whole' | 'broken';

/**
 * Reads one answer to a GET or POST (RFC 9112) as far as a webhook needs it: its status, its Retry-After, and where
 * its body ends, which is thrown away. Octets come as Latin-1 text. Anything unusual is broken rather than guessed.
 */
export class AnswerReader {
  /** 0 until all headers of the final answer have come. */
  status = 0;
  retryAfter: string | null = null;
  /** For how long the connection may be kept once the answer is whole; 0: it serves nothing more. */
  keptMs = 0;
  /** What has come of the headers, or of a line between chunks. */
  #gathered = '';
  #body: 'sized' | 'chunked' | 'until-close' = 'until-close';
  /** Octets of the body, or of the chunk and its line end, that are to come. */
  #left = 0;
  #isLastChunk = false;

  read(text: string): Progress {
    return this.status === 0 ? this.#readHeads(text) : this.#readBody(text, 0);
  }

  /** Interim answers (1xx) come before the real one. */
  #readHeads(text: string): Progress {
    const all = this.#gathered + text;
    for (let start = 0; ; ) {
      const end = all.indexOf('\r\n\r\n', start);
      if ((end < 0 ? all.length : end) - start > headerBytesMax) return 'broken';
      if (end < 0) {
        this.#gathered = start === 0 ? all : all.slice(start);
        return isBeginning(this.#gathered) ? 'more' : 'broken';
      }
      const status = this.#readHead(all.slice(start, end));
      if (status === 0) return 'broken';
      start = end + 4;
      if (status < 200) continue;
      this.#gathered = '';
      this.status = status;
      return this.#readBody(all, start);
    }
  }

  /** The status; 0 for headers that are wrong, and for a change of protocol, which nobody asked for. */
  #readHead(head: string): number {
    if (!headForm.test(head)) return 0;
    const status = Number(head.slice(9, 12));
    if (status === 101) return 0;
    const fields = readFields(head);
    if (fields === null) return 0;
    if (status < 200) return status;
    const { length, codings } = fields;
    this.retryAfter = fields.retryAfter;
    if (status === 204 || status === 304) this.#body = 'sized';
    else if (codings !== '') this.#body = codings.endsWith('chunked') ? 'chunked' : 'until-close';
    else if (length !== null) {
      this.#body = 'sized';
      this.#left = length;
    }
    const isOld = head.charCodeAt(7) === 0x30;
    const isLast = fields.isClosing || (isOld && !fields.isKept);
    if (!isLast && this.#body !== 'until-close') this.keptMs = fields.keptMs;
    return status;
  }

  #readBody(text: string, at: number): Progress {
    if (this.#body === 'until-close') return 'more';
    if (this.#body === 'chunked') return this.#readChunks(text, at);
    this.#left -= text.length - at;
    return this.#left > 0 ? 'more' : this.#finish(-this.#left);
  }

  #readChunks(text: string, start: number): Progress {
    const all = this.#gathered + text.slice(start);
    for (let at = 0; ; ) {
      const skipped = Math.min(this.#left, all.length - at);
      this.#left -= skipped;
      at += skipped;
      const end = all.indexOf('\r\n', at);
      if (end < 0) {
        this.#gathered = all.slice(at);
        return this.#gathered.length > headerBytesMax ? 'broken' : 'more';
      }
      const line = all.slice(at, end);
      at = end + 2;
      if (this.#isLastChunk) {
        // Behind the last chunk come trailers and an empty line.
        if (line === '') return this.#finish(all.length - at);
        continue;
      }
      const size = chunkForm.exec(line)?.[1];
      if (size === undefined) return 'broken';
      this.#left = Number.parseInt(size, 16);
      if (this.#left === 0) this.#isLastChunk = true;
      else this.#left += 2;
    }
  }

  /** What comes behind an answer belongs to no request. */
  #finish(surplus: number): Progress {
    if (surplus > 0) this.keptMs = 0;
    return 'whole';
  }
}

/** A status line and header lines, each a token, a colon and text without control characters (RFC 9110 §5.5). */
const headForm =
  /^HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?(?:\r\n[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*)*$/;
const chunkForm = /^([\da-f]{1,8})[\t ]*(?:;.*)?$/i;
const lengthForm = /^\d{1,15}$/;
const closeOption = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const keepOption = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i;
const keptForm = /timeout=(\d{1,9})/i;

const protocol = 'HTTP/1.';

function isBeginning(text: string): boolean {
  return text.startsWith(protocol.slice(0, text.length));
}

/** What headers say about the answer. */
interface Fields {
  length: number | null;
  codings: string;
  retryAfter: string | null;
  keptMs: number;
  isClosing: boolean;
  isKept: boolean;
}

/** Null when they contradict each other, so that nobody knows where the answer ends. */
function readFields(head: string): Fields | null {
  const fields: Fields = {
    length: null,
    codings: '',
    retryAfter: null,
    keptMs,
    isClosing: false,
    isKept: false,
  };
  for (let at = head.indexOf('\r\n'); at >= 0; ) {
    const next = head.indexOf('\r\n', at + 2);
    const line = head.slice(at + 2, next < 0 ? head.length : next);
    if (!readField(fields, line)) return null;
    at = next;
  }
  return fields.length !== null && fields.codings !== '' ? null : fields;
}

/** False when the field is wrong. */
function readField(fields: Fields, line: string): boolean {
  const colon = line.indexOf(':');
  // Most fields say nothing here, and their length shows it.
  if (colon < 10) return true;
  switch (line.slice(0, colon).toLowerCase()) {
    case 'content-length': {
      const value = line.slice(colon + 1).trim();
      if (fields.length !== null || !lengthForm.test(value)) return false;
      fields.length = Number(value);
      break;
    }
    case 'transfer-encoding':
      fields.codings += line
        .slice(colon + 1)
        .trim()
        .toLowerCase();
      break;
    case 'connection': {
      const options = line.slice(colon + 1);
      fields.isClosing ||= closeOption.test(options);
      fields.isKept ||= keepOption.test(options);
      break;
    }
    case 'keep-alive': {
      const seconds = keptForm.exec(line)?.[1];
      if (seconds !== undefined) fields.keptMs = readKeptMs(Number(seconds));
      break;
    }
    case 'retry-after':
      fields.retryAfter = line.slice(colon + 1).trim();
      break;
  }
  return true;
}

function readKeptMs(seconds: number): number {
  return Math.min(Math.max(seconds * 1000 - keptMarginMs, 0), keptMaxMs);
}

import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

const statusOf: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Answers what is no HTTP, or came too late, and ends its connection. Nothing is said when there is no
 * connection left, no TLS either, or when `isAnswered`: an answer has begun that this would run into.
 */
export function answerClientError(
  { code = '' }: NodeJS.ErrnoException,
  connection: Duplex,
  isAnswered: boolean,
): void {
  const status = statusOf[code] ?? (code.startsWith('HPE_') ? 400 : undefined);
  if (status !== undefined && connection.writable && !isAnswered) {
    connection.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
  }
  // Without the error: a stream that is given one writes out its stack, which costs more than all the rest.
  connection.destroy();
}

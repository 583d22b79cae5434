import type { HttpRequest } from './http-client.ts';

/** A request as it is written to a connection. */
export interface RequestText {
  /** ASCII but for the body. */
  readonly text: string;
  readonly encoding: 'latin1' | 'utf8';
}

/** Fields that say where a request goes and where it ends are written here and nowhere else. */
const ownFields: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const token = /^[!#$%&'*+.^_`|~\w-]+$/;
const visible = /^[\t\x20-\x7e]*$/;

/**
 * The request in one piece (RFC 9112), so that it is one write; null when a header cannot be sent.
 *
 * @param path with the query, both percent-encoded.
 */
export function writeRequest(
  host: string,
  path: string,
  { method, headers, body }: Pick<HttpRequest, 'method' | 'headers' | 'body'>,
): RequestText | null {
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (!token.test(name) || !visible.test(value) || ownFields.has(name.toLowerCase())) return null;
    text += `${name}: ${value}\r\n`;
  }
  if (method === 'GET' && body === null) return { text: `${text}\r\n`, encoding: 'latin1' };
  const octets = body === null ? 0 : Buffer.byteLength(body);
  return {
    text: `${text}content-length: ${octets}\r\n\r\n${body ?? ''}`,
    // What is all ASCII is copied as it is.
    encoding: octets === (body?.length ?? 0) ? 'latin1' : 'utf8',
  };
}

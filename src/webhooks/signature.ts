import { createHmac } from 'node:crypto';

/** Key lengths that Standard Webhooks allows, in bytes. */
export const keyBytesMin = 24;
export const keyBytesMax = 64;

const prefix = 'whsec_';
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Reads a signing secret, `whsec_` and Base64; null when it is none or its key has a wrong length. */
export function parseSigningSecret(text: string): Uint8Array | null {
  if (!text.startsWith(prefix)) return null;
  const encoded = text.slice(prefix.length);
  if (!base64.test(encoded)) return null;
  const key = Buffer.from(encoded, 'base64');
  return key.length >= keyBytesMin && key.length <= keyBytesMax ? key : null;
}

/**
 * The headers of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.content`, one signature for
 * each key, so that a key can be changed while the old one still serves. The id is the same for every try of
 * a report. Without a key nothing is signed, and the id still tells a repetition. For the GET form, which has no body, the content is the query as it is sent, without its "?".
 *
 * @param timestamp seconds since the epoch: of this try, not of the report.
 */
export function signatureHeaders(
  keys: readonly Uint8Array[],
  id: string,
  timestamp: number,
  content: string,
): Record<string, string> {
  const stamp = String(timestamp);
  if (keys.length === 0) return { 'webhook-id': id, 'webhook-timestamp': stamp };
  const signed = `${id}.${stamp}.${content}`;
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': stamp,
    'webhook-signature': signatures.join(' '),
  };
}

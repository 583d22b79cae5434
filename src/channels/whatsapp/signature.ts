import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header that Meta signs its calls with: HMAC-SHA256 of the raw body with the app's secret. */
export const signatureHeader = 'x-hub-signature-256';

export function signBody(appSecret: string, body: Uint8Array): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

/** Whether `signature` is that of the octets as they came; they are never parsed before (whatsapp-cloud §7.2). */
export function isSigned(
  appSecret: string,
  body: Uint8Array,
  signature: string | undefined,
): boolean {
  return signature !== undefined && isEqual(signature, signBody(appSecret, body));
}

/** Compares in a time that tells nothing but the length. */
export function isEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

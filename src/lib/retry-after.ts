/** A wait that a server asks for is never believed beyond this. */
export const retryAfterMaxMs = 24 * 60 * 60 * 1000;

const imfDate =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * The wait that a Retry-After header asks for (RFC 9110 §10.2.3: seconds or a date), in milliseconds
 * from `now` and at most `retryAfterMaxMs`; null when there is none that can be used.
 */
export function parseRetryAfter(value: string, now: number): number | null {
  const text = value.trim();
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1000, retryAfterMaxMs);
  if (!imfDate.test(text)) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return null;
  return Math.min(Math.max(at - now, 0), retryAfterMaxMs);
}

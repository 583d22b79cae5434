/** What is temporary and nobody knows for how long: a second is as good as any. */
const usualWaitMs = 1_000;

/** The header of an answer that says when to come again: whole seconds (RFC 9110 §10.2.3), rounded up. */
export function retryAfterIn(waitMs: number = usualWaitMs): { readonly 'retry-after': string } {
  return { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) };
}

/** How long a test waits for something that must come; far beyond what an idle machine needs. */
export const waitMs = 60_000;
const pollMs = 10;

/** Asks again and again until `probe` gives something other than null or false; rejects after `waitMs`. */
export async function until<T>(
  what: string,
  probe: () => T | null | false | Promise<T | null | false>,
): Promise<T> {
  const endsAt = performance.now() + waitMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== false) return found;
    if (performance.now() > endsAt) throw new Error(`waited ${waitMs / 1000} s until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

import { z } from 'zod';
import { keyBytesMax, keyBytesMin, parseSigningSecret } from './webhooks/signature.ts';

/** Values that several parts of the configuration file have. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "_" or "-"');

export const count = z.int().min(1);

export const port = z.int().min(0).max(65_535);

/** Addresses, in CIDR notation. */
export const network = z.union(
  [z.cidrv4(), z.cidrv6()],
  'must be a network such as 192.0.2.0/24; of one address 192.0.2.1/32',
);

/** A webhook's address. */
export const url = z.url(unlessMissing('must be a URL such as https://bakery.example/reports'));

/** Words for a value that is wrong; one that is not there is told as missing. */
export function unlessMissing(message: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) => (input === undefined ? undefined : message),
  };
}

const signingKey = z
  .string()
  .refine(
    (text) => parseSigningSecret(text) !== null,
    `must be "whsec_" followed by the Base64 of ${keyBytesMin} to ${keyBytesMax} bytes`,
  );

/** Key of the Standard Webhooks signature; several while one replaces another. */
export const signingKeys = z.union(
  [signingKey, z.array(signingKey).min(1).max(4)],
  'must be a key, or a list of up to 4 while one replaces another',
);

/** Where a check that looks at several places says what it found. */
export interface FaultList {
  addIssue(issue: { code: 'custom'; path: (string | number)[]; message: string }): void;
}

/** Each entry must have a key of its own; null is none. */
export function refuseTwins<T>(
  list: readonly T[],
  keyOf: (one: T) => string | null,
  place: string,
  field: string,
  faults: FaultList,
): void {
  const seen = new Set<string>();
  for (const [index, one] of list.entries()) {
    const key = keyOf(one);
    if (key === null) continue;
    if (seen.has(key)) {
      const message = 'is used twice; each must be its own';
      faults.addIssue({ code: 'custom', path: [place, index, field], message });
    }
    seen.add(key);
  }
}

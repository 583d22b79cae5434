import { randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';

/** What a hash costs: memory is 128 * cost * blocks octets, time follows. */
const costDefault = 16_384;
const blocksDefault = 8;
const saltBytes = 16;
const keyBytes = 32;

/** A configured hash may not ask for more: 128 MiB and about half a second. */
export const hashCostMax = 131_072;
const memoryBytesMax = 160 * 1024 * 1024;

const pattern = /^scrypt\$(\d{1,7})\$8\$1\$([A-Za-z0-9_-]{22})\$([A-Za-z0-9_-]{43})$/;

/** A password as it is kept: `scrypt$cost$8$1$salt$key`, salt and key in base64url. */
interface ParsedHash {
  readonly cost: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** Whether `text` is a hash that `hashPassword` could have made. */
export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== null;
}

/** Hashes a password with a fresh salt. A small `cost` is for passwords that guard nothing. */
export function hashPassword(password: string, cost: number = costDefault): string {
  const salt = randomBytes(saltBytes);
  const key = scryptSync(password, salt, keyBytes, optionsOf(cost));
  return `scrypt$${cost}$${blocksDefault}$1$${salt.toString('base64url')}$${key.toString('base64url')}`;
}

/** Whether the password is the hashed one; works beside the event loop. Throws for what is no hash. */
export function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parseHash(hash);
  if (parsed === null) throw new Error('this is not the hash of a password');
  return new Promise((resolve, reject) => {
    scrypt(password, parsed.salt, keyBytes, optionsOf(parsed.cost), (error, key) => {
      if (error === null) resolve(timingSafeEqual(key, parsed.key));
      else reject(error);
    });
  });
}

function optionsOf(cost: number) {
  return { N: cost, r: blocksDefault, p: 1, maxmem: memoryBytesMax };
}

function parseHash(text: string): ParsedHash | null {
  const [, costText, salt, key] = pattern.exec(text) ?? [];
  if (costText === undefined || salt === undefined || key === undefined) return null;
  const cost = Number(costText);
  // A power of two, as scrypt wants it.
  if (cost < 2 || cost > hashCostMax || (cost & (cost - 1)) !== 0) return null;
  return { cost, salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') };
}

import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';
import { isProductToken } from '../core/product-token.ts';

const fileName = 'demo-token';

/** The demo account's token as a command finds it: the setting, else the data directory; null if neither. */
export function readDemoToken(
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const set = environment['CHAPPE_DEMO_TOKEN'];
  if (set !== undefined && set !== '') return set;
  try {
    return readFileSync(join(environment['CHAPPE_DATA_DIR'] ?? './data', fileName), 'utf8').trim();
  } catch {
    return null;
  }
}

/**
 * The token kept in `dataDir`; one is made and kept there at the first start, so that it stays the same.
 * @throws {ConfigError} when what is kept is no token.
 */
export function keepDemoToken(dataDir: string): string {
  const path = join(dataDir, fileName);
  if (!existsSync(path)) {
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(path, `${randomUUID()}\n`, { mode: 0o600 });
  }
  const token = readFileSync(path, 'utf8').trim();
  if (isProductToken(token)) return token;
  throw new ConfigError([`${path} does not hold a token: delete it, and another one is made.`]);
}

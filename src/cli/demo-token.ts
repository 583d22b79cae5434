import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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

/** The token kept in `dataDir`; one is made and kept there at the first start, so that it stays the same. */
export function keepDemoToken(dataDir: string): string {
  const path = join(dataDir, fileName);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    const token = randomUUID();
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(path, `${token}\n`, { mode: 0o600 });
    return token;
  }
}

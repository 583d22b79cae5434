import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import type { WebhookApprovals } from './test-call.ts';

/**
 * Approvals in a small file. Only hashes are kept, because URLs may hold secrets. A file that cannot be read
 * counts as empty: the worst is that a webhook gets its test call again.
 */
export function keepApprovals(path: string): WebhookApprovals {
  let approved: Promise<Set<string>> | null = null;
  let writing: Promise<void> = Promise.resolve();

  function load(): Promise<Set<string>> {
    approved ??= readFile(path, 'utf8').then(readKeys, () => new Set<string>());
    return approved;
  }

  return {
    async has(account, url) {
      return (await load()).has(keyOf(account, url));
    },
    async add(account, url) {
      const known = await load();
      known.add(keyOf(account, url));
      // One write after the other, each with all that is known by then.
      writing = writing.catch(() => {}).then(() => write(path, [...known]));
      await writing;
    },
  };
}

function keyOf(account: string, url: string): string {
  return createHash('sha256')
    .update(JSON.stringify([account, url]))
    .digest('hex');
}

function readKeys(text: string): Set<string> {
  try {
    const keys: unknown = JSON.parse(text);
    return new Set(Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : []);
  } catch {
    return new Set();
  }
}

/** Whole or not at all: a new file takes the old one's place. */
async function write(path: string, keys: readonly string[]): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(keys, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

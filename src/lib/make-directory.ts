import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a directory, and those above it that are missing. Throws what the system says. Node's own way never ends
 * where a directory takes no new ones and says that it is not there, as /proc does.
 */
export function makeDirectory(path: string, mode?: number): void {
  const missing: string[] = [];
  for (let at = resolve(path); !exists(at) && dirname(at) !== at; at = dirname(at))
    missing.push(at);
  for (const each of missing.toReversed()) make(each, mode);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Another process may have made it in between. */
function make(path: string, mode: number | undefined): void {
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (!exists(path)) throw error;
  }
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `chappe bench`: hands over to the benchmarks, which are part of the repository only. */
export function bench(args: string[]): Promise<number> {
  const path = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
  if (!existsSync(path)) {
    process.stderr.write(
      'The benchmarks are not installed: run this in a clone of the repository.\n',
    );
    return Promise.resolve(1);
  }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path, ...args], { stdio: 'inherit' });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

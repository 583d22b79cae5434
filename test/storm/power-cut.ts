import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Random } from '../../src/lib/random.ts';
import { cutPower, readDiskLog, type Survival } from './power-image.ts';

/** Why there can be no power cut here, as a sentence that says what to do; null when there can. */
export function whyNoPowerCut(): string | null {
  if (process.platform !== 'linux') return 'Power cuts need Linux.';
  if (spawnSync('gcc', ['--version']).status === 0) return null;
  return 'Power cuts need gcc: apt-get install gcc libc6-dev';
}

/** Pulls the plug of a data directory, over and over. */
export class PowerCut {
  /** For the process that works on the directory. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #dataDir: string;
  readonly #log: string;
  readonly #random: Random;
  #before: Map<string, Buffer> = new Map();

  /** Compiles the preloaded library into `dir`; the data directory must be empty. */
  constructor(dir: string, dataDir: string, random: Random) {
    this.#dataDir = dataDir;
    this.#log = join(dir, 'disk.log');
    this.#random = random;
    const library = join(dir, 'power-cut.so');
    const source = fileURLToPath(new URL('power-cut.c', import.meta.url));
    const flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'];
    const built = spawnSync('gcc', [...flags, '-o', library, source, '-ldl', '-lpthread']);
    if (built.status !== 0) throw new Error(`gcc failed:\n${String(built.stderr)}`);
    this.environment = {
      LD_PRELOAD: library,
      POWER_CUT_DIR: dataDir,
      POWER_CUT_LOG: this.#log,
    };
  }

  /** The process is gone: leaves in the directory what was on the disk, and gives the power back. */
  cut(survival: Survival): void {
    const events = readDiskLog(readFileSync(this.#log));
    const left = cutPower(this.#before, events, survival, this.#random);
    rmSync(this.#log);
    // The folder of received media stays: nothing comes from handsets in a storm.
    for (const entry of readdirSync(this.#dataDir, { withFileTypes: true })) {
      if (entry.isFile()) rmSync(join(this.#dataDir, entry.name));
    }
    for (const [name, bytes] of left) writeFileSync(join(this.#dataDir, name), bytes);
    this.#before = left;
  }
}

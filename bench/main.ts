import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The benchmarks, each a program of its own beside this file. */
const benches: readonly { name: string; file: string; about: string }[] = [
  {
    name: 'e2e',
    file: 'e2e.ts',
    about: 'HTTP in, SMPP out, receipts and reports; beside Kannel when it is installed',
  },
  {
    name: 'fallback',
    file: 'fallback.ts',
    about: 'WhatsApp then SMS with WhatsApp down for a while: each message once, and how soon',
  },
  {
    name: 'smpp-e2e',
    file: 'smpp-e2e.ts',
    about: 'SMPP in and out, receipts both ways; beside single messages over JSON and strangers',
  },
  { name: 'smpp', file: 'smpp-codec.ts', about: 'encoding and decoding of SMPP PDUs' },
  { name: 'store', file: 'store.ts', about: 'the transactions of the stores' },
  {
    name: 'hostile',
    file: 'hostile.ts',
    about: 'how long good messages take beside each kind of attack',
  },
];

const present = benches.filter((bench) => existsSync(pathOf(bench.file)));

const usage = `Usage: npm run bench -- <name> [options]

${present.map(({ name, about }) => `  ${name.padEnd(10)}${about}`).join('\n')}

npm run bench -- <name> --help shows the options of one.
`;

const [name, ...args] = process.argv.slice(2);
const bench = present.find((known) => known.name === name);

if (bench === undefined) {
  const asked = name === undefined || name === '--help' || name === '-h';
  if (!asked) process.stderr.write(`There is no benchmark "${name}".\n\n`);
  process.stdout.write(usage);
  process.exitCode = asked ? 0 : 2;
} else {
  const child = spawn(process.execPath, [pathOf(bench.file), ...args], { stdio: 'inherit' });
  // Ctrl-C reaches the benchmark too; it stops what it started and then we go with it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

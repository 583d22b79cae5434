#!/usr/bin/env node
import { fileURLToPath } from 'node:url';

// Plain JavaScript, so that an older Node can still read it and say what is wrong.
const [major] = process.versions.node.split('.').map(Number);

if (major < 26) {
  console.error(
    `Chappe needs Node 26 or newer; this is Node ${process.versions.node}.\n` +
      'Start it through npm, which brings its own: `npm ci`, then `npm start` or `npm run chappe -- --help`.',
  );
  process.exit(1);
}

// Settings that only count when the process begins, measured with `npm run bench -- e2e`. The first two take a
// third off the resident memory. With one thread that helps to collect garbage, not four, a collection does not wait
// for threads that get no processor. Where a process cannot become another one (Windows), the gateway runs without.
const startFlags = ['--max-semi-space-size=8', '--heap-growing-percent=30', '--v8-pool-size=1'];
const [command] = process.argv.slice(2);
const isTuned = startFlags.every((flag) => process.execArgv.includes(flag));

if (command === 'serve' && !isTuned && process.execve !== undefined) {
  const args = [...startFlags, ...process.execArgv, ...process.argv.slice(1)];
  const environment = {
    // Threads that each have their own arena keep what the other freed.
    MALLOC_ARENA_MAX: '2',
    // Or else each thread loads and keeps the compiler that takes the types out of our files: 17 MB.
    NODE_COMPILE_CACHE: fileURLToPath(new URL('../node_modules/.cache/chappe', import.meta.url)),
    ...process.env,
  };
  process.execve(process.execPath, [process.execPath, ...args], environment);
}

const { main } = await import('../src/main.ts');
await main(process.argv.slice(2));

#!/usr/bin/env node
// Plain JavaScript, so that an older Node can still read it and say what is wrong.
const [major] = process.versions.node.split('.').map(Number);

if (major < 26) {
  console.error(
    `Chappe needs Node 26 or newer; this is Node ${process.versions.node}.\n` +
      'Start it through npm, which brings its own: `npm ci`, then `npm start` or `npm run chappe -- --help`.',
  );
  process.exit(1);
}

const { main } = await import('../src/main.ts');
await main(process.argv.slice(2));

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanUp, type Program, startProgram } from './program.ts';

/** What the pages of docs/reference say of the program that runs: its metrics, paths and commands. */
const root = fileURLToPath(new URL('../../', import.meta.url));
let program: Program;

before(async () => {
  program = await startProgram();
});
after(cleanUp);

function read(file: string): string {
  return readFileSync(join(root, 'docs', file), 'utf8');
}

test('metrics.md has every metric with its kind, its labels and its sentence', async () => {
  const answer = await (await fetch(`${program.url}/metrics`)).text();
  const rows = (read('reference/metrics.md').match(/^\| `chappe_.*$/gm) ?? []).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const labelsOf = new Map(rows.map(([name = '', , labels = '']) => [name, labels]));
  const expected = Array.from(
    answer.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)\n(\1(?:\{(.*?)\})? )?/gm),
    ([, metric = '', help = '', kind = '', sample, given = '']) => {
      const name = `\`${metric}\``;
      const labels = Array.from(given.matchAll(/(\w+)="/g), ([, label]) => `\`${label}\``);
      // One that has no value yet does not show its labels.
      return [name, kind, sample === undefined ? labelsOf.get(name) : labels.join(', '), help];
    },
  ).filter(([name = '']) => !/^`chappe_(?:process|nodejs)_/.test(name));
  assert.ok(expected.length > 10);
  const lines = (list: readonly (readonly unknown[])[]) =>
    list.map((row) => row.join(' ')).toSorted();
  assert.deepEqual(lines(rows), lines(expected));
});

test('every figure that watching.md names is a metric', async () => {
  const answer = await (await fetch(`${program.url}/metrics`)).text();
  const named = [...read('operating/watching.md').matchAll(/`(chappe_\w+)`/g)];
  assert.ok(named.length > 5);
  const unknown = named.filter(([, name = '']) => !answer.includes(`# TYPE ${name} `));
  assert.deepEqual(unknown, []);
});

test('api.md and json.md have every path that OpenAPI has', async () => {
  const pages = read('reference/api.md') + read('reference/json.md');
  const document: { paths: Record<string, object> } = JSON.parse(
    await (await fetch(`${program.url}/api/openapi.json`)).text(),
  );
  const paths = Object.keys(document.paths);
  assert.ok(paths.includes('/v1.0/message'));
  assert.deepEqual(
    paths.filter((path) => !pages.includes(`${path}\``) && !pages.includes(`8080${path}\n`)),
    [],
  );
});

describe('commands.md', { concurrency: 2 }, () => {
  const page = read('reference/commands.md');

  test('has every benchmark, and no other', async () => {
    const child = spawn(process.execPath, ['bench/main.ts', '--help'], { cwd: root });
    const said = Array.from((await text(child.stdout)).matchAll(/^ {2}([a-z][\w-]*) {2,}/gm));
    const table = page.slice(page.indexOf('| name | what it measures |')).split('\n\n')[0] ?? '';
    const named = Array.from(table.matchAll(/^\| `([\w-]+)`/gm), ([, name]) => name);
    assert.ok(named.includes('e2e'));
    assert.deepEqual(
      named,
      said.map(([, name]) => name),
    );
  });

  test('has a section for every command', async () => {
    const child = spawn(process.execPath, ['bin/chappe.mjs', '--help'], { cwd: root });
    const help = await text(child.stdout);
    const said = Array.from(help.matchAll(/^ {2}([a-z][\w-]*) {2,}/gm), ([, name]) => name);
    const named = Array.from(page.matchAll(/^## chappe (\S+)$/gm), ([, name]) => name);
    assert.ok(said.length > 5);
    assert.deepEqual(named, said);
  });

  for (const [title, args, begins] of [
    ['chappe serve', ['bin/chappe.mjs', 'serve', '--help'], '## chappe serve'],
    ['chappe send', ['bin/chappe.mjs', 'send', '--help'], '## chappe send'],
    ['npm run storm', ['test/storm/main.ts', '--help'], '## npm run storm'],
    ['npm run simulate', ['test/simulation/main.ts', '--help'], '## npm run simulate'],
    ['npm run fuzz', ['test/fuzz/main.ts', '--help'], '## npm run fuzz'],
    ['npm run bench -- e2e', ['bench/e2e.ts', '--help'], '| option of `e2e`'],
    ['npm run bench -- fallback', ['bench/fallback.ts', '--help'], '| option of `fallback`'],
    ['npm run bench -- smpp-e2e', ['bench/smpp-e2e.ts', '--help'], '| option of `smpp-e2e`'],
    ['npm run bench -- hostile', ['bench/hostile.ts', '--help'], '| option of `hostile`'],
    ['chappe unassigned', ['bin/chappe.mjs', 'unassigned', '--help'], '## chappe unassigned'],
    ['npm run bench -- smpp', ['bench/smpp-codec.ts', '--help'], '| option of `smpp`'],
    ['npm run bench -- store', ['bench/store.ts', '--help'], '| option of `store`'],
  ] as const) {
    test(`has every option of ${title}, and no other`, async () => {
      const child = spawn(process.execPath, args, { cwd: root });
      const help = await text(child.stdout);
      const ends = begins.startsWith('##') ? /\n## / : /\n\n/;
      const [section = ''] = page.slice(page.indexOf(begins) + 1).split(ends);
      const named = Array.from(section.matchAll(/^\| `(--[\w-]+)/gm), ([, option = '']) => option);
      const said = Array.from(help.matchAll(/^ +(--[\w-]+)/gm), ([, option = '']) => option);
      assert.match(help, /\w/);
      const known = new Set(said);
      known.delete('--help');
      assert.deepEqual(
        named.filter((option) => option !== '--help').toSorted(),
        [...known].toSorted(),
      );
    });
  }
});

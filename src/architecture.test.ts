import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * Who may import whom (ARCHITECTURE.md, DESIGN §3). A part may always import itself. Tests may also
 * reach for what they need to be honest: a real store, the rehearsal's virtual clock, the clients.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  core: [],
  text: [],
  routing: ['core'],
  smpp: ['lib'],
  store: ['core', 'lib'],
  'store/memory': ['store', 'core', 'lib'],
  'store/sqlite': ['store', 'core', 'lib'],
  channels: ['core'],
  'channels/sms': ['channels', 'core', 'text', 'lib', 'smpp'],
  'channels/sms/simulator': ['channels/sms', 'core', 'text', 'lib', 'smpp', 'rehearsal'],
  'channels/whatsapp': ['channels', 'core', 'lib'],
  'channels/whatsapp/simulator': ['channels/whatsapp', 'core', 'lib', 'rehearsal'],
  intake: ['core', 'text', 'routing', 'store', 'lib'],
  dispatch: ['core', 'routing', 'store', 'channels', 'lib'],
  webhooks: ['core', 'store', 'lib'],
  inbound: ['core', 'text', 'store', 'lib', 'webhooks'],
  'smpp-server': ['core', 'text', 'lib', 'smpp', 'store', 'intake', 'webhooks'],
  http: ['api', 'core', 'lib'],
  api: ['core', 'routing', 'lib', 'store', 'intake'],
  rehearsal: ['core', 'text', 'lib', 'api'],
};

/** What lies at the top puts the parts together; nobody imports it but the top itself and the cli. */
const isTop = (file: string) => !file.includes('/') || file.startsWith('cli/');

/** Parts that are pure: no socket, file, timer, clock or randomness, so nothing of Node's but bytes. */
const pure = ['core', 'text', 'routing', 'smpp'];
const pureNodeModules = ['node:buffer'];
/** What of `lib` is as pure as they are. */
const pureLib = ['lib/transient-map.ts'];

/** Tests and what only tests use: `x.test.ts`, `test-x.ts`, conformance suites. */
function isForTests(file: string): boolean {
  return /\.test\.ts$|(^|\/)test-[^/]*\.ts$|^(store|channels)\/conformance(\/|\.ts$)/.test(file);
}

interface Import {
  from: string;
  to: string;
}

function readImports(): { ours: Import[]; others: Import[] } {
  const ours: Import[] = [];
  const others: Import[] = [];
  for (const file of globSync('**/*.ts', { cwd: root })) {
    if (isForTests(file)) continue;
    const text = readFileSync(join(root, file), 'utf8');
    for (const match of text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      const target = match[1] ?? '';
      if (target.startsWith('.')) {
        ours.push({ from: file, to: relative(root, join(root, dirname(file), target)) });
      } else {
        others.push({ from: file, to: target });
      }
    }
  }
  return { ours, others };
}

/** The part a file belongs to: the longest entry of the table that leads to it. */
function partOf(file: string): string {
  const folder = dirname(file);
  const candidates = Object.keys(mayImport).filter(
    (part) => folder === part || folder.startsWith(`${part}/`),
  );
  return candidates.sort((a, b) => b.length - a.length)[0] ?? folder;
}

describe('who may import whom', () => {
  const { ours, others } = readImports();

  test('the table covers the files', () => {
    assert.ok(ours.length > 50, 'the imports were found');
  });

  test('every import is allowed by the table', () => {
    const refused = ours.filter(({ from, to }) => {
      const part = partOf(from);
      const target = partOf(to);
      if (part === target || !(part in mayImport)) return false;
      return !(mayImport[part] ?? []).includes(target);
    });
    assert.deepEqual(refused, []);
  });

  test('nobody imports what puts the parts together', () => {
    const refused = ours.filter(({ from, to }) => isTop(to) && !isTop(from));
    assert.deepEqual(refused, []);
  });

  test('the pure parts use nothing that is not pure', () => {
    const refused = ours.filter(
      ({ from, to }) =>
        pure.includes(partOf(from)) && partOf(to) === 'lib' && !pureLib.includes(to),
    );
    assert.deepEqual(refused, []);
  });

  test('the pure parts use nothing of Node but bytes', () => {
    const refused = others.filter(
      ({ from, to }) =>
        pure.includes(partOf(from)) && to.startsWith('node:') && !pureNodeModules.includes(to),
    );
    assert.deepEqual(refused, []);
  });

  test('there are no cycles, for types either', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of ours) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const cycles: string[] = [];
    function visit(file: string, path: readonly string[]): void {
      const start = path.indexOf(file);
      if (start >= 0) {
        cycles.push([...path.slice(start), file].join(' -> '));
        return;
      }
      if (done.has(file)) return;
      for (const target of next.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    }
    for (const file of next.keys()) visit(file, []);
    assert.deepEqual(cycles, []);
  });
});

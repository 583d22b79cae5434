import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeDirectory } from './make-directory.ts';

const place = mkdtempSync(join(tmpdir(), 'chappe-test-'));
after(() => rmSync(place, { recursive: true }));

test('a directory is made with those above it, once or twice', () => {
  const path = join(place, 'a', 'b', 'c');
  makeDirectory(path, 0o700);
  makeDirectory(path, 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o700);
});

test('what is there stays as it is', () => {
  const path = join(place, 'open');
  makeDirectory(path, 0o755);
  chmodSync(path, 0o705);
  makeDirectory(join(path, 'more'), 0o700);
  assert.equal(statSync(path).mode & 0o777, 0o705);
});

for (const { what, path, code } of [
  { what: 'a file', path: 'file', code: 'EEXIST' },
  { what: 'below a file', path: 'file/below/it', code: 'EEXIST' },
  { what: 'a directory that takes none', path: '/proc/chappe/data', code: 'ENOENT' },
]) {
  test(`no directory can be ${what}`, { skip: process.platform !== 'linux' }, () => {
    writeFileSync(join(place, 'file'), '');
    const wanted = path.startsWith('/') ? path : join(place, path);
    assert.throws(() => makeDirectory(wanted), { code });
  });
}

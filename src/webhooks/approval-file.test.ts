import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { keepApprovals } from './approval-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'chappe-approvals-'));
after(() => rmSync(dir, { recursive: true }));

test('an approval is known to the next process, and only for its account and URL', async () => {
  const path = join(dir, 'kept.json');
  const first = keepApprovals(path);
  assert.equal(await first.has('a', 'https://a.example'), false);
  await Promise.all([first.add('a', 'https://a.example'), first.add('b', 'https://b.example')]);
  const second = keepApprovals(path);
  assert.equal(await second.has('a', 'https://a.example'), true);
  assert.equal(await second.has('b', 'https://b.example'), true);
  assert.equal(await second.has('b', 'https://a.example'), false);
});

test('the file names no URL', async () => {
  const path = join(dir, 'secret.json');
  await keepApprovals(path).add('a', 'https://a.example/secret-path');
  assert.doesNotMatch(readFileSync(path, 'utf8'), /secret-path/);
});

for (const content of ['', '{', '{"a":1}', '[1]']) {
  test(`a file with ${JSON.stringify(content)} counts as empty`, async () => {
    const path = join(dir, 'broken.json');
    writeFileSync(path, content);
    const approvals = keepApprovals(path);
    assert.equal(await approvals.has('a', 'https://a.example'), false);
    await approvals.add('a', 'https://a.example');
    assert.equal(await keepApprovals(path).has('a', 'https://a.example'), true);
  });
}

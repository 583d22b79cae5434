import assert from 'node:assert/strict';
import { test } from 'node:test';
import { json, problem, tooManyRequests } from './problem.ts';

test('no answer of our own API is kept by a cache or guessed at by a browser', () => {
  const answers = [
    json(200, { text: '<script>' }),
    problem(404, 'No', '<script>'),
    tooManyRequests(1),
  ];
  for (const { status, headers } of answers) {
    assert.equal(headers['cache-control'], 'no-store', String(status));
    assert.equal(headers['x-content-type-options'], 'nosniff', String(status));
    assert.match(String(headers['content-type']), /^application\/(?:problem\+)?json/);
  }
});

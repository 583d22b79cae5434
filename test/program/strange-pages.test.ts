import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { request } from 'undici';
import { cleanUp, type Program, startProgram } from './program.ts';

/* What a web page of somebody else, open in a browser on this machine, gets from a rehearsal: nothing. */

let program: Program;
before(async () => {
  program = await startProgram();
});
after(cleanUp);

async function ask(path: string, headers: Record<string, string>, body: string | null = null) {
  const method = body === null ? 'GET' : 'POST';
  const answer = await request(program.url + path, { method, headers, body });
  await answer.body.dump();
  return answer.statusCode;
}

for (const path of ['/api/handsets', '/api/callbacks']) {
  test(`${path} is not read under a name that was made to lead here`, async () => {
    assert.equal(await ask(path, { host: 'evil.example' }), 403);
    assert.equal(await ask(path, {}), 200);
  });
}

test('a form makes no handset write and reports nothing', async () => {
  const evil = { origin: 'https://evil.example', 'content-type': 'text/plain' };
  const written = JSON.stringify({ channel: 'SMS', to: '1234', text: 'STOP' });
  const path = '/api/handsets/0031612345678/messages';
  assert.equal(await ask(path, evil, written), 403);
  assert.equal(await ask(path, {}, written), 202);
  assert.equal(await ask('/api/callbacks', evil, 'made up'), 403);
});

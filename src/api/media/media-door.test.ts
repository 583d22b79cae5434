import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from 'undici';
import { defaultHttpLimits } from '../../http/limits.ts';
import { type HttpListener, listenHttp } from '../../http/listener.ts';
import { createRouteFinder } from '../../http/router.ts';
import { MediaStore, mediaPath } from '../../inbound/media-store.ts';
import { systemClock } from '../../lib/clock.ts';
import { createSystemRandom } from '../../lib/random.ts';
import { problem } from '../problem.ts';
import { createMediaDoor } from './media-door.ts';

const directory = await mkdtemp(join(tmpdir(), 'chappe-files-'));
const random = createSystemRandom();
let media: MediaStore;
let listener: HttpListener;

before(async () => {
  let door = createMediaDoor({ find: async () => null, remove: async () => false });
  listener = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    limits: defaultHttpLimits,
    findRoute: createRouteFinder([
      { path: `${mediaPath}*`, door: (asked) => door(asked), refuse: () => problem(413, '', '') },
    ]),
    onFailure: assert.fail,
    after: (delayMs, run) => systemClock.after(delayMs, run),
  });
  const publicUrl = `http://127.0.0.1:${listener.port}`;
  media = new MediaStore({ directory, publicUrl, random });
  await media.load();
  door = createMediaDoor(media);
});

after(async () => {
  await listener.close(0);
  await rm(directory, { recursive: true });
});

async function keep(contentType: string, bytes: Buffer): Promise<string> {
  const kept = await media.keep({ contentType, bytes }, 0);
  assert.ok('uri' in kept);
  return kept.uri;
}

test('a file comes octet by octet, with headers that let nothing run', async () => {
  const bytes = Buffer.alloc(3_000_000, 'octets \n\u0000');
  const cases: readonly (readonly [string, string, string])[] = [
    ['image/jpeg', 'image/jpeg', 'inline'],
    ['audio/ogg; codecs=opus', 'audio/ogg', 'inline'],
    ['text/html', 'text/html', 'attachment'],
    ['image/svg+xml', 'image/svg+xml', 'attachment'],
    ['application/pdf', 'application/pdf', 'attachment'],
    ['what?', 'application/octet-stream', 'attachment'],
  ];
  for (const [given, type, disposition] of cases) {
    const { statusCode, headers, body } = await request(await keep(given, bytes));
    assert.equal(statusCode, 200);
    assert.deepEqual(
      [headers['content-type'], headers['content-disposition'], headers['content-length']],
      [type, disposition, String(bytes.length)],
    );
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox");
    assert.equal(headers['cache-control'], 'private, no-store');
    assert.ok(Buffer.from(await body.arrayBuffer()).equals(bytes));
  }
});

test('DELETE on exactly that address removes it and answers 204 without a body', async () => {
  const uri = await keep('image/png', Buffer.from('x'));
  for (const wrong of [`${uri}/`, `${uri}0`, uri.slice(0, -1), uri.toUpperCase(), `${uri}/..`]) {
    const { statusCode, body } = await request(wrong.replace('HTTP', 'http'), { method: 'DELETE' });
    assert.equal(statusCode, 404, wrong);
    await body.dump();
  }
  const removed = await request(uri, { method: 'DELETE' });
  assert.equal(removed.statusCode, 204);
  assert.equal(removed.headers['content-length'], undefined);
  assert.equal(await removed.body.text(), '');
  for (const method of ['GET', 'DELETE'] as const) {
    const { statusCode, body } = await request(uri, { method });
    assert.equal(statusCode, 404);
    await body.dump();
  }
});

test('a query does not matter, another method is refused', async () => {
  const uri = await keep('image/png', Buffer.from('x'));
  assert.equal(await (await request(`${uri}?x=1`)).body.text(), 'x');
  const refused = await request(uri, { method: 'PUT', body: 'y' });
  assert.deepEqual([refused.statusCode, refused.headers['allow']], [405, 'GET, DELETE']);
  await refused.body.dump();
});

test('a client that goes away in the middle leaves nothing open', async () => {
  const uri = await keep('video/mp4', Buffer.alloc(20_000_000));
  const { body } = await request(uri);
  body.once('error', () => {});
  body.destroy();
  const again = await request(uri);
  assert.equal((await again.body.arrayBuffer()).byteLength, 20_000_000);
});

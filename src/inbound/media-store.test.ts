import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { createSeededRandom, createSystemRandom } from '../lib/random.ts';
import { type MediaLimits, MediaStore, mediaPath } from './media-store.ts';

const root = await mkdtemp(join(tmpdir(), 'chappe-media-'));
after(() => rm(root, { recursive: true }));

let places = 0;

async function openMedia(limits: Partial<MediaLimits> = {}, directory = join(root, `${places++}`)) {
  const random = createSystemRandom();
  const publicUrl = 'https://gw.example';
  const media = new MediaStore({ directory, publicUrl, random, limits });
  await media.load();
  return { media, directory };
}

function idIn(kept: { uri: string } | { refused: string }): string {
  assert.ok('uri' in kept);
  return kept.uri.slice(-32);
}

test('a file is served as it was kept, after a restart too', async () => {
  const { media, directory } = await openMedia();
  const bytes = Buffer.from('first line\nsecond\n\u0000\u0001');
  const kept = await media.keep({ contentType: 'Image/PNG; charset=x', bytes }, 5);
  assert.ok('uri' in kept);
  assert.match(kept.uri, /^https:\/\/gw\.example\/fileproxy\/files\/[0-9a-f]{32}$/);
  const { media: again } = await openMedia({}, directory);
  for (const store of [media, again]) {
    const file = await store.find(idIn(kept));
    assert.ok(file !== null);
    assert.deepEqual([file.contentType, file.octets], ['image/png', bytes.length]);
    assert.deepEqual(await buffer(file.open()), bytes);
  }
  assert.equal(again.size.files, 1);
});

test('what is no media type is a number of octets', async () => {
  const { media } = await openMedia();
  const types = ['', 'html', 'a/b\nx', 'a/b/c', 'text/html"', `a/${'x'.repeat(200)}`, 'é/é'];
  for (const contentType of types) {
    const id = idIn(await media.keep({ contentType, bytes: Buffer.from('x') }, 0));
    assert.equal((await media.find(id))?.contentType, 'application/octet-stream', contentType);
  }
  const empty = idIn(await media.keep({ contentType: 'text/plain', bytes: Buffer.alloc(0) }, 0));
  assert.equal((await media.find(empty))?.octets, 0);
});

test('a removed file is gone, and nothing else can be removed', async () => {
  const { media, directory } = await openMedia();
  const id = idIn(await media.keep({ contentType: 'a/b', bytes: Buffer.from('x') }, 0));
  await writeFile(join(directory, 'other'), 'x');
  assert.equal(await media.remove('../other'), false);
  assert.equal(await media.remove('other'), false);
  assert.equal(await media.find('other'), null);
  assert.equal(await media.remove(id), true);
  assert.equal(await media.remove(id), false);
  assert.equal(await media.find(id), null);
  assert.deepEqual(media.size, { files: 0, octets: 0 });
  assert.deepEqual(await readdir(directory), ['other']);
});

test('a file is removed by its own address only', async () => {
  const { media } = await openMedia();
  const kept = await media.keep({ contentType: 'a/b', bytes: Buffer.from('x') }, 0);
  const id = idIn(kept);
  await media.removeUri(`https://gw.example/other/${id}`);
  assert.equal(media.size.files, 1);
  await media.removeUri(`https://gw.example${mediaPath}${id}`);
  assert.equal(media.size.files, 0);
});

test('limits hold on both sides, for files that are kept at the same time too', async () => {
  const keep = (media: MediaStore, octets: number) =>
    media.keep({ contentType: 'a/b', bytes: Buffer.alloc(octets) }, 0);
  const { media } = await openMedia({ bytesMax: 4, bytesTotalMax: 10, filesMax: 3 });
  assert.deepEqual(await keep(media, 5), { refused: 'too-large' });
  const all = await Promise.all([keep(media, 4), keep(media, 4), keep(media, 4)]);
  assert.deepEqual(
    all.filter((one) => 'refused' in one),
    [{ refused: 'full' }],
  );
  assert.ok('uri' in (await keep(media, 2)));
  assert.deepEqual(await keep(media, 0), { refused: 'full' });
  assert.deepEqual(media.size, { files: 3, octets: 10 });
});

test('retention removes what is old', async () => {
  const { media } = await openMedia();
  const file = { contentType: 'a/b', bytes: Buffer.from('x') };
  const ids = [];
  for (const now of [10, 20, 30]) ids.push(idIn(await media.keep(file, now)));
  assert.equal(await media.prune(30, 1), 1);
  assert.equal(await media.prune(30, 9), 1);
  assert.equal(await media.prune(30, 9), 0);
  assert.notEqual(await media.find(ids[2] ?? ''), null);
});

test('half a file of a crash goes at the start', async () => {
  const { directory } = await openMedia();
  await writeFile(join(directory, `${'0'.repeat(32)}.new`), 'x');
  const { media } = await openMedia({}, directory);
  assert.deepEqual(await readdir(directory), []);
  assert.equal(media.size.files, 0);
});

test('names come from the given randomness, never from the content', async () => {
  const make = (seed: number) =>
    new MediaStore({
      directory: join(root, `seed-${seed}-${places++}`),
      publicUrl: '',
      random: createSeededRandom(seed),
    });
  const [one, two] = [make(1), make(2)];
  await Promise.all([one.load(), two.load()]);
  const file = { contentType: 'a/b', bytes: Buffer.from('same') };
  assert.notEqual(idIn(await one.keep(file, 0)), idIn(await two.keep(file, 0)));
});

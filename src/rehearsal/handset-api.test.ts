import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Door } from '../api/door.ts';
import { createHandsetDoor, handsetsPerPageMax, patchBytesMax } from './handset-api.ts';
import { handsetOpenApi } from './handset-openapi.ts';
import {
  contentFilterMax,
  handsetPageSchema,
  handsetViewSchema,
  outOfCoverageMsMax,
  slowMsMax,
} from './handset-schema.ts';
import { createLocalHandsetSource } from './handset-source.ts';
import { createHandsets, type Handsets } from './handsets.ts';
import { samplePart } from './test-part.ts';
import { createVirtualClock } from './virtual-clock.ts';

const startAt = Date.UTC(2026, 10, 22, 15, 4, 5);

function createStage(): { handsets: Handsets; door: Door } {
  const handsets = createHandsets({ clock: createVirtualClock({ startAt }) });
  return { handsets, door: createHandsetDoor(createLocalHandsetSource(handsets)) };
}

async function ask(door: Door, method: string, path: string, body: unknown = '') {
  const [before = '', query = ''] = path.split('?');
  const response = await door({
    method,
    path: before,
    query,
    headers: {},
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    peer: '127.0.0.1',
  });
  const json: unknown = response.body === '' ? null : JSON.parse(response.body);
  return { ...response, json };
}

function receive(handsets: Handsets, number: string, text: string): void {
  handsets.receive(number, samplePart({ text }));
}

for (const form of ['31612345678', '+31612345678', '0031612345678']) {
  test(`a handset is found by ${form} and shows what its user sees`, async () => {
    const { handsets, door } = createStage();
    receive(handsets, '31612345678', 'Hello');
    const { status, json } = await ask(door, 'GET', `/api/handsets/${form}`);
    assert.equal(status, 200);
    const view = handsetViewSchema.parse(json);
    assert.equal(view.number, '31612345678');
    assert.deepEqual(view.messages, [
      {
        id: 1,
        channel: 'SMS',
        from: 'Chappe',
        text: 'Hello',
        encoding: 'gsm7',
        parts: 1,
        flash: false,
        at: '2026-11-22T15:04:05.000Z',
        state: 'unread',
      },
    ]);
  });
}

test('a list shows the latest used first and leads to the next page', async () => {
  const { handsets, door } = createStage();
  for (const number of ['111', '222', '333']) receive(handsets, number, `to ${number}`);
  const first = handsetPageSchema.parse((await ask(door, 'GET', '/api/handsets?limit=2')).json);
  assert.deepEqual(
    first.handsets.map(({ number, lastMessage }) => [number, lastMessage?.text]),
    [
      ['333', 'to 333'],
      ['222', 'to 222'],
    ],
  );
  const path = `/api/handsets?limit=2&before=${first.next}`;
  const second = handsetPageSchema.parse((await ask(door, 'GET', path)).json);
  assert.deepEqual(
    second.handsets.map(({ number }) => number),
    ['111'],
  );
  assert.equal(second.next, null);
});

test('a change is in force at once and makes the handset when there is none', async () => {
  const { handsets, door } = createStage();
  const change = { on: false, outOfCoverageMs: 1000, apps: { Viber: false } };
  const { status, json } = await ask(door, 'PATCH', '/api/handsets/+31612345678', change);
  assert.equal(status, 200);
  const { settings } = handsetViewSchema.parse(json);
  assert.equal(settings.on, false);
  assert.equal(settings.apps.Viber, false);
  assert.equal(settings.outOfCoverageUntil, '2026-11-22T15:04:06.000Z');
  assert.equal(handsets.find('31612345678')?.settings.on, false);
});

test('deleted messages are gone, the handset stays', async () => {
  const { handsets, door } = createStage();
  receive(handsets, '31612345678', 'Hello');
  const { status, body } = await ask(door, 'DELETE', '/api/handsets/31612345678/messages');
  assert.equal(status, 204);
  assert.equal(body, '');
  assert.deepEqual(handsets.find('31612345678')?.inbox.messages, []);
});

const limits = [
  { slowMs: slowMsMax },
  { outOfCoverageMs: outOfCoverageMsMax },
  { contentFilter: 'x'.repeat(contentFilterMax) },
  { contentFilter: null },
  { operator: { mccmnc: '20408', name: 'Other' } },
  {},
];

for (const change of limits) {
  test(`a change is taken: ${JSON.stringify(change).slice(0, 40)}`, async () => {
    const { door } = createStage();
    assert.equal((await ask(door, 'PATCH', '/api/handsets/31612345678', change)).status, 200);
  });
}

const badChanges = [
  { slowMs: slowMsMax + 1 },
  { slowMs: 0.5 },
  { outOfCoverageMs: outOfCoverageMsMax + 1 },
  { contentFilter: 'x'.repeat(contentFilterMax + 1) },
  { contentFilter: '' },
  { operator: { mccmnc: 'abc', name: 'Other' } },
  { on: 'yes' },
  { colour: 'red' },
  { apps: { SMS: false } },
  { number: '31600000000' },
  [],
  null,
];

for (const change of badChanges) {
  test(`a change is refused: ${JSON.stringify(change).slice(0, 40)}`, async () => {
    const { handsets, door } = createStage();
    const answer = await ask(door, 'PATCH', '/api/handsets/31612345678', change);
    assert.equal(answer.status, 422);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(handsets.size, 0);
  });
}

const refusals = [
  ['GET', '/api/handsets/31612345678', '', 404],
  ['DELETE', '/api/handsets/31612345678/messages', '', 404],
  ['GET', '/api/handsets/nobody', '', 400],
  ['GET', '/api/handsets/31612345678/settings', '', 404],
  ['GET', '/api/handsets/31612345678/messages/1', '', 404],
  ['GET', '/api/handsets/', '', 404],
  ['POST', '/api/handsets', '', 405],
  ['PUT', '/api/handsets/31612345678', '', 405],
  ['GET', '/api/handsets/31612345678/messages', '', 405],
  ['constructor', '/api/handsets/31612345678', '', 405],
  ['GET', '/api/handsets?limit=0', '', 400],
  ['GET', `/api/handsets?limit=${handsetsPerPageMax + 1}`, '', 400],
  ['GET', '/api/handsets?before=x', '', 400],
  ['PATCH', '/api/handsets/31612345678', '{', 400],
  ['PATCH', '/api/handsets/31612345678', ' '.repeat(patchBytesMax + 1), 413],
] as const;

for (const [method, path, body, status] of refusals) {
  test(`${method} ${path} ${body.slice(0, 5)} is refused with ${status}`, async () => {
    const { door } = createStage();
    assert.equal((await ask(door, method, path, body)).status, status);
  });
}

const badActions = [
  [{ do: 'dance', message: 1 }, 'do must be one of reply, tap, react, read'],
  [{ message: 1 }, 'do must be one of reply, tap, react, read'],
  [{ do: 'read', message: 0 }, 'message: Too small: expected number to be >=1'],
] as const;

for (const [action, detail] of badActions) {
  test(`the action ${JSON.stringify(action)} is refused with a sentence`, async () => {
    const { door } = createStage();
    const path = '/api/handsets/31612345678/actions';
    const { status, json } = await ask(door, 'POST', path, action);
    assert.equal(status, 422);
    assert.partialDeepStrictEqual(json, { detail });
  });
}

test('the largest page is allowed', async () => {
  const { door } = createStage();
  const { status } = await ask(door, 'GET', `/api/handsets?limit=${handsetsPerPageMax}`);
  assert.equal(status, 200);
});

test('every schema the document refers to is in it, but for the common problem', () => {
  const text = JSON.stringify(handsetOpenApi);
  const names = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
  const missing = names.filter(
    (name) => !Object.hasOwn(handsetOpenApi.components.schemas, name ?? ''),
  );
  assert.deepEqual(new Set(missing), new Set(['Problem']));
});

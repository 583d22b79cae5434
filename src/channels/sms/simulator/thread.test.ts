import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createHandsetDoor } from '../../../rehearsal/handset-api.ts';
import { handsetPageSchema, handsetViewSchema } from '../../../rehearsal/handset-schema.ts';
import { connectTestEsme, createMailbox, type TestEsme, within } from './test-esme.ts';
import { type SmscThread, type SmscThreadOptions, startSmscThread } from './thread.ts';
import type { SeenMessage } from './thread-protocol.ts';

async function start(t: TestContext, options: SmscThreadOptions = {}): Promise<SmscThread> {
  const thread = await startSmscThread({
    settings: { accounts: { esme: { password: 'secret' } } },
    seed: 1,
    ...options,
  });
  t.after(() => thread.stop());
  return thread;
}

async function bind(t: TestContext, thread: SmscThread): Promise<TestEsme> {
  const esme = await connectTestEsme(thread.port);
  t.after(() => esme.destroy());
  assert.equal(await esme.bind('trx'), 0);
  return esme;
}

test('a message travels to a phone in the other thread and is told back', async (t) => {
  const thread = await start(t);
  const batches = createMailbox<readonly SeenMessage[]>();
  thread.onMessages((messages) => batches.put(messages));
  const esme = await bind(t, thread);
  await esme.submit();
  const [seen] = await within(batches.take(), 'a batch');
  assert.equal(seen?.number, '31612345678');
  assert.equal(seen.message.text, 'Hello');
  assert.equal((await thread.stats()).messages.delivered, 1);
});

test('many messages come in few batches', async (t) => {
  const thread = await start(t);
  const counts: number[] = [];
  let sum = 0;
  const all = new Promise<void>((resolve) => {
    thread.onMessages((messages) => {
      counts.push(messages.length);
      sum += messages.length;
      if (sum === 500) resolve();
    });
  });
  const esme = await bind(t, thread);
  for (let count = 0; count < 500; count++) {
    esme.tell('submit_sm', {
      destination_addr: '31612345678',
      short_message: Buffer.from(`message ${count}`),
    });
  }
  await within(all, 'all messages');
  assert.ok(counts.length < 250, `${counts.length} batches`);
});

test('a listener that has gone is told nothing', async (t) => {
  const thread = await start(t);
  let told = 0;
  const stop = thread.onMessages(() => told++);
  stop();
  const esme = await bind(t, thread);
  await esme.submit();
  await esme.next();
  await thread.stats();
  assert.equal(told, 0);
});

test('the door shows and changes the phones of the other thread', async (t) => {
  const thread = await start(t);
  const door = createHandsetDoor(thread.handsets);
  const ask = async (method: string, path: string, body = '') => {
    const bytes = Buffer.from(body);
    const request = { method, path, query: '', headers: {}, body: bytes, peer: '127.0.0.1' };
    const response = await door(request);
    const json: unknown = response.body === '' ? null : JSON.parse(response.body);
    return { status: response.status, json };
  };
  assert.equal((await ask('GET', '/api/handsets/31612345678')).status, 404);
  const off = await ask('PATCH', '/api/handsets/31612345678', '{"on":false}');
  assert.equal(handsetViewSchema.parse(off.json).settings.on, false);
  const esme = await bind(t, thread);
  await esme.submit();
  assert.equal((await thread.stats()).messages.pending, 1);
  await ask('PATCH', '/api/handsets/31612345678', '{"on":true}');
  assert.equal((await esme.next())['message_state'], 2);
  const shown = handsetViewSchema.parse((await ask('GET', '/api/handsets/+31612345678')).json);
  assert.equal(shown.messages[0]?.text, 'Hello');
  const list = handsetPageSchema.parse((await ask('GET', '/api/handsets')).json);
  assert.equal(list.handsets[0]?.messages, 1);
  assert.equal((await ask('DELETE', '/api/handsets/31612345678/messages')).status, 204);
  const empty = handsetViewSchema.parse((await ask('GET', '/api/handsets/31612345678')).json);
  assert.deepEqual(empty.messages, []);
});

test('switches, incoming messages, disturbances and restarts reach the thread', async (t) => {
  const thread = await start(t);
  const esme = await bind(t, thread);
  await thread.set({ all: { submitStatus: 0x0a } });
  assert.equal((await esme.submit()).command_status, 0x0a);
  assert.equal(await thread.injectMo({ from: '31612345678', to: '1234', text: 'Hi' }), 1);
  assert.deepEqual((await esme.next())['short_message'], { message: 'Hi' });
  assert.equal(await thread.disturb('stray-response', 'esme'), 1);
  await thread.restart({ loseMessages: false, downMs: 1 });
  await esme.closed();
  await bind(t, thread);
});

test('a port that is taken is reported', async (t) => {
  const thread = await start(t);
  await assert.rejects(startSmscThread({ port: thread.port }), /EADDRINUSE/);
});

test('after the end every call is refused, and ending twice is no fault', async (t) => {
  const thread = await start(t);
  const esme = await bind(t, thread);
  await thread.stop();
  await esme.closed();
  await assert.rejects(thread.stats(), /stopped/);
  await thread.stop();
});

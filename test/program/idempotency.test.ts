import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { findFreePort } from '../rig/gateway-process.ts';
import { textTo } from './customer.ts';
import { production } from './operator.ts';
import { cleanUp, type Program, startProgram, token } from './program.ts';

afterEach(cleanUp);

/** What came back, to the octet. */
interface Answered {
  readonly status: number;
  readonly body: string;
}

async function ask(program: Program, path: string, init: RequestInit): Promise<Answered> {
  const headers = { 'idempotency-key': 'order4711', 'x-cm-producttoken': token };
  const response = await fetch(`${program.url}${path}`, { ...init, headers });
  return { status: response.status, body: await response.text() };
}

const json = JSON.stringify({
  messages: { msg: [textTo('0031612345678', 'Hoi', { reference: 'order4711' })] },
});
const xml =
  '<MESSAGES><MSG><FROM>Bakery</FROM><TO>0031612345678</TO><BODY>Hoi</BODY>' +
  '<REFERENCE>order4711</REFERENCE></MSG></MESSAGES>';

const path = '/v1.0/message';
const init = { method: 'POST', body: json };
const gateway = '/gateway.ashx';
const query = '?from=Bakery&to=0031612345678&body=Hoi&reference=order4711';
const [before, after] = ['before-commit', 'after-commit'];

const crashes = [
  { name: 'JSON', path, init, place: before, messages: 0 },
  { name: 'JSON', path, init, place: after, messages: 1 },
  { name: 'XML', path: gateway, init: { method: 'POST', body: xml }, place: after, messages: 1 },
  { name: 'GET', path: `${gateway}${query}`, init: {}, place: after, messages: 1 },
];

async function countMessages(program: Program): Promise<number> {
  const url = `${program.url}/api/messages?reference=order4711`;
  const response = await fetch(url, { headers: { 'x-cm-producttoken': token } });
  const { messages }: { messages: unknown[] } = JSON.parse(await response.text());
  return messages.length;
}

describe('an Idempotency-Key', () => {
  test('gives the same answer after a restart', async () => {
    const options = production(await findFreePort());
    const first = await startProgram(options);
    const answered = await ask(first, path, init);
    assert.equal(answered.status, 200);
    assert.deepEqual(await ask(first, path, init), answered);
    assert.equal(await first.stop(), 0);
    const second = await startProgram({ ...options, dataDir: first.dataDir });
    assert.deepEqual(await ask(second, path, init), answered);
    assert.equal(await countMessages(second), 1);
  });

  for (const { name, path, init, place, messages } of crashes) {
    test(`${name}: killed ${place}, the request that comes again is taken once`, async () => {
      const options = production(await findFreePort());
      const environment = { CHAPPE_CRASH_AT: `T1:${place}:1` };
      const first = await startProgram({ ...options, environment });
      await assert.rejects(ask(first, path, init));
      assert.equal(await first.ended, 'SIGKILL');
      const second = await startProgram({ ...options, dataDir: first.dataDir });
      assert.equal(await countMessages(second), messages);
      const answered = await ask(second, path, init);
      assert.equal(answered.status, 200);
      assert.deepEqual(await ask(second, path, init), answered);
      assert.equal(await countMessages(second), 1);
    });
  }

  test('conversion: is recorded once, and the key stands for it', async () => {
    const options = production(await findFreePort());
    const environment = { CHAPPE_CRASH_AT: 'conversion:after-commit:1' };
    const first = await startProgram({ ...options, environment });
    const report = '/v1.0/conversion';
    const body = JSON.stringify({ Reference: 'r', ConvertedTimestamp: '2026-03-01T10:16:00' });
    await assert.rejects(ask(first, report, { method: 'POST', body }));
    assert.equal(await first.ended, 'SIGKILL');
    const second = await startProgram({ ...options, dataDir: first.dataDir });
    const done = { status: 200, body: '' };
    assert.deepEqual(await ask(second, report, { method: 'POST', body }), done);
    const other = body.replace('"r"', '"s"');
    const refused = await ask(second, report, { method: 'POST', body: other });
    assert.equal(refused.status, 422);
    const { body: list } = await ask(second, '/api/conversions', {});
    const { conversions }: { conversions: unknown[] } = JSON.parse(list);
    assert.equal(conversions.length, 1);
  });
});

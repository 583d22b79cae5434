import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { loadConfig } from './config.ts';
import { deliveryErrors } from './core/status.ts';
import { type Gateway, startGateway } from './gateway.ts';

interface Report {
  reference: string;
  status: { code: string; errorCode: string; errorDescription: string };
}

const finalCodes = ['1', '2', '3'];

/** The rehearsal as `npm start` starts it, with an endpoint that waits for the ends of messages. */
describe('the rehearsal stage', () => {
  const ends = new Map<string, PromiseWithResolvers<Report>>();
  const dir = mkdtempSync(join(tmpdir(), 'chappe-stage-'));
  let gateway: Gateway | undefined;

  const endpoint = createServer((call, answer) => {
    void readText(call).then((body) => {
      const { msg }: { msg: Report } = JSON.parse(body).messages;
      if (finalCodes.includes(msg.status.code)) ends.get(msg.reference)?.resolve(msg);
      answer.end();
    });
  });

  before(async () => {
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const address = endpoint.address();
    assert.ok(typeof address === 'object' && address !== null);
    const config = loadConfig({
      CHAPPE_DATA_DIR: dir,
      CHAPPE_HTTP_PORT: '0',
      CHAPPE_STORE: 'memory:',
      CHAPPE_DEMO_WEBHOOK: `http://127.0.0.1:${address.port}`,
    });
    gateway = await startGateway(config, () => {});
  });
  after(async () => {
    await gateway?.stop(1_000);
    endpoint.close();
    endpoint.closeAllConnections();
    rmSync(dir, { recursive: true });
  });

  /** Sends a message and gives the report of its end. */
  async function send(number: string): Promise<Report> {
    const end = Promise.withResolvers<Report>();
    ends.set(`to${number}`, end);
    const body = { content: 'Your bread is ready' };
    const msg = [{ from: 'Bakery', to: [{ number }], body, reference: `to${number}` }];
    const answer = await request(`http://127.0.0.1:${gateway?.httpPort}/v1.0/message`, {
      method: 'POST',
      headers: { 'x-cm-producttoken': gateway?.demoToken ?? '' },
      body: JSON.stringify({ messages: { msg } }),
    });
    assert.equal(answer.statusCode, 200, await answer.body.text());
    return end.promise;
  }

  test('a message to any number is delivered', async () => {
    const { status } = await send('0031612345678');
    assert.deepEqual(status, { code: '2', errorCode: '', errorDescription: '' });
  });

  for (const [error, { text }] of Object.entries(deliveryErrors)) {
    test(`a number that ends in 000 and ${error} fails with this error`, async () => {
      const { status } = await send(`003161234000${error}`);
      assert.ok(['1', '3'].includes(status.code));
      assert.deepEqual([status.errorCode, status.errorDescription], [error, text]);
    });
  }

  test('there is no error 32: such a number is one like any other', async () => {
    const { status } = await send('00316123400032');
    assert.equal(status.code, '2');
  });
});

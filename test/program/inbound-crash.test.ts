import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type SmscThread, startSmscThread } from '../../src/channels/sms/simulator/thread.ts';
import { type Call, closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { cleanUp, type ProgramOptions, startProgram, token, tokenSecret } from './program.ts';
import { until } from './until.ts';

let smsc: SmscThread;
let endpoint: Endpoint;

before(async () => {
  smsc = await startSmscThread({ settings: { strangers: true, all: { deliverRetryMs: 50 } } });
});
after(() => smsc.stop());
afterEach(async () => {
  await cleanUp();
  closeEndpoints();
});

function production(): ProgramOptions {
  return {
    config: {
      webhooks: { allowedNetworks: ['127.0.0.0/8'], plainHttp: true },
      accounts: [
        {
          id: 'shop',
          token: tokenSecret,
          numbers: ['3669'],
          inboundWebhook: { url: endpoint.url },
        },
      ],
      connections: [
        {
          name: 'operator',
          channel: 'SMS',
          settings: {
            hosts: [`127.0.0.1:${smsc.port}`],
            tls: false,
            systemId: 'chappe',
            reconnectFirstMs: 50,
            reconnectLongestMs: 200,
          },
        },
      ],
      routes: [{ channel: 'SMS', connection: 'operator' }],
    },
  };
}

const textOf = ({ body }: Call): string => JSON.parse(body).message.text;
const long = 'Bread and butter and jam. '.repeat(15);

let lastHandset = 31_612_000_000;

describe('a gateway that is killed', () => {
  for (const place of ['before-commit', 'after-commit'] as const) {
    test(`${place} keeps every message that the operator sent, whole and once`, async () => {
      endpoint = await openEndpoint();
      const options = production();
      const first = await startProgram({
        ...options,
        environment: { CHAPPE_CRASH_AT: `T5:${place}:2` },
      });
      const to = '3669';
      const from = String(++lastHandset);
      const parts = { from, to, text: long, reference: 7 };
      await until('the gateway is bound', async () => {
        return (await smsc.injectMo({ ...parts, missingPart: 3 })) > 0;
      });
      await until('the first parts are answered', async () => {
        const { deliveries } = await smsc.stats();
        return deliveries.acknowledged > 0 && deliveries.waiting === 0;
      });
      // The last part, and a message of another handset, in the commit that kills.
      const other = String(++lastHandset);
      await smsc.injectMo(parts);
      await smsc.injectMo({ from: other, to, text: 'Short' });
      assert.equal(await first.ended, 'SIGKILL');
      assert.deepEqual(endpoint.calls, []);

      const second = await startProgram({ ...options, dataDir: first.dataDir });
      const calls = await endpoint.until(2);
      await until('the operator has all its answers', async () => {
        return (await smsc.stats()).deliveries.waiting === 0;
      });
      assert.deepEqual(new Set(calls.map(textOf)), new Set([long, 'Short']));
      assert.equal(await second.stop(), 0);
      assert.equal(endpoint.calls.length, 2);
    });
  }

  test('while a webhook is down keeps what waits, in order', async () => {
    endpoint = await openEndpoint(503);
    const options = production();
    const first = await startProgram(options);
    const from = String(++lastHandset);
    await until('the gateway is bound', async () => {
      return (await smsc.injectMo({ from, to: '3669', text: 'one' })) > 0;
    });
    await endpoint.until(1);
    await smsc.injectMo({ from, to: '3669', text: 'two' });
    await until('the operator has all its answers', async () => {
      return (await smsc.stats()).deliveries.waiting === 0;
    });
    first.signal('SIGKILL');
    await first.ended;
    // The second waits with the first, over the kill as well.
    assert.deepEqual(endpoint.calls.map(textOf), ['one']);
    endpoint.answer(200);
    const second = await startProgram({ ...options, dataDir: first.dataDir });
    const response = await fetch(`${second.url}/api/inbound`, {
      headers: { 'x-cm-producttoken': token },
    });
    const page: { messages: { text: string; waiting: { attempts: number }[] }[] } = JSON.parse(
      await response.text(),
    );
    assert.deepEqual(
      page.messages.map(({ text, waiting }) => [text, waiting.map(({ attempts }) => attempts)]),
      [
        ['two', [0]],
        ['one', [1]],
      ],
    );
  });
});

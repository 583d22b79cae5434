import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  createSmscSimulator,
  type SmscSimulator,
} from '../../src/channels/sms/simulator/simulator.ts';
import { GraphSimulator } from '../../src/channels/whatsapp/simulator/simulator.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { nodeNet } from '../../src/lib/node-net.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { createHandsets } from '../../src/rehearsal/handsets.ts';
import { sendAccepted, textTo } from './customer.ts';
import { closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { cleanUp, type Program, startProgram, tokenSecret } from './program.ts';
import { until } from './until.ts';

/* A thousand messages over WhatsApp with SMS behind, while WhatsApp is away for a moment. */

const count = 1_000;
const line = { token: 'token-1', appSecret: 'secret-1', verifyToken: 'verify-1' };
const handsets = createHandsets({ clock: systemClock, handsetsMax: 2 * count });

let smsc: SmscSimulator;
let graph: GraphSimulator;
let endpoint: Endpoint;
let program: Program;

before(async () => {
  const random = createSeededRandom(4);
  smsc = createSmscSimulator({
    net: nodeNet,
    clock: systemClock,
    random,
    handsets,
    settings: { strangers: true },
  });
  const { port: smscPort } = await smsc.listen({ host: '127.0.0.1', port: 0 });
  graph = new GraphSimulator(
    { clock: systemClock, random, handsets },
    {
      rate: 100_000,
      answerDelayMs: 20,
      callbackDuplicateShare: 0.1,
      callbackShuffleShare: 0.1,
      callbackForgeShare: 0.05,
    },
  );
  const graphPort = await graph.listen();
  endpoint = await openEndpoint();
  program = await startProgram({
    config: {
      webhooks: { allowedNetworks: ['127.0.0.0/8'], plainHttp: true },
      accounts: [{ id: 'shop', token: tokenSecret, statusWebhook: { url: endpoint.url } }],
      connections: [
        {
          name: 'operator',
          channel: 'SMS',
          settings: {
            hosts: [`127.0.0.1:${smscPort}`],
            tls: false,
            systemId: 'chappe',
            window: 100,
          },
        },
        {
          name: 'meta',
          channel: 'WhatsApp',
          settings: {
            phoneNumberId: '1061',
            token: { env: 'T' },
            appSecret: { env: 'S' },
            verifyToken: { env: 'V' },
            baseUrl: `http://127.0.0.1:${graphPort}`,
            rate: null,
            doubtMs: 3_000,
          },
        },
      ],
      routes: [
        { channel: 'SMS', connection: 'operator' },
        { channel: 'WhatsApp', connection: 'meta' },
      ],
    },
    environment: { T: line.token, S: line.appSecret, V: line.verifyToken },
  });
  const callbackUrl = `${program.url}/callbacks/meta`;
  await graph.set({ numbers: { 1061: { ...line, displayNumber: '31850000001', callbackUrl } } });
});

after(async () => {
  closeEndpoints();
  await cleanUp();
  await smsc.close();
  await graph.close();
});

test('every message is delivered exactly once, and its reports say by which channel', async (t) => {
  const numbers = Array.from({ length: count }, (_, n) => `3165${String(1_111_000 + n)}`);
  const withoutApp = new Set(numbers.filter((_, n) => n % 3 === 0));
  for (const number of withoutApp) handsets.change(number, { apps: { WhatsApp: false } });
  const sentAt = new Map<string, number>();
  const arrivedAfterMs: number[] = [];
  handsets.onMessage((number, { channel }) => {
    if (channel === 'SMS') arrivedAfterMs.push(performance.now() - (sentAt.get(number) ?? 0));
  });

  for (let start = 0; start < count; start += 100) {
    const batch = numbers.slice(start, start + 100);
    for (const number of batch) sentAt.set(number, performance.now());
    await sendAccepted(
      program,
      batch.map((number) =>
        textTo(`00${number}`, 'by SMS', {
          reference: number,
          allowedChannels: ['WhatsApp', 'SMS'],
          richContent: { conversation: [{ text: 'by WhatsApp' }] },
        }),
      ),
    );
    if (start === 600) await graph.set({ isDown: true });
    if (start === 800) await graph.set({ isDown: false });
  }
  const isDelivered = new Map<string, string>();
  await until('every message is reported as delivered', () => {
    for (const { body } of endpoint.calls) {
      const { reference, status, channel } = JSON.parse(body).messages.msg;
      if (status.code === '2') isDelivered.set(reference, channel);
    }
    return isDelivered.size === count;
  });

  const channels = { sms: 0, whatsapp: 0 };
  for (const number of numbers) {
    const received = handsets.find(number)?.inbox.messages ?? [];
    assert.equal(received.length, 1, number);
    const told = isDelivered.get(number);
    assert.equal(received[0]?.channel.toLowerCase(), told, number);
    if (withoutApp.has(number)) assert.equal(told, 'sms');
    channels[told === 'sms' ? 'sms' : 'whatsapp']++;
  }
  assert.ok(channels.sms >= withoutApp.size && channels.whatsapp > 0, JSON.stringify(channels));
  const twice = endpoint.calls.map(({ body }) => {
    const { reference, status } = JSON.parse(body).messages.msg;
    return `${reference} ${status.code}`;
  });
  assert.equal(new Set(twice).size, twice.length, 'no status is told twice');
  const sorted = arrivedAfterMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
  t.diagnostic(`${JSON.stringify(channels)}; by SMS after p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
});

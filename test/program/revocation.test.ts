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

/* SMS first and WhatsApp behind: what waits at the operator when WhatsApp is tried is taken back there. */

const line = { token: 'token-1', appSecret: 'secret-1', verifyToken: 'verify-1' };
const handsets = createHandsets({ clock: systemClock });

let smsc: SmscSimulator;
let graph: GraphSimulator;
let endpoint: Endpoint;
let program: Program;

before(async () => {
  const random = createSeededRandom(5);
  smsc = createSmscSimulator({
    net: nodeNet,
    clock: systemClock,
    random,
    handsets,
    settings: { strangers: true },
  });
  const { port: smscPort } = await smsc.listen({ host: '127.0.0.1', port: 0 });
  graph = new GraphSimulator({ clock: systemClock, random, handsets }, {});
  const graphPort = await graph.listen();
  endpoint = await openEndpoint();
  const operatorOf = (systemId: string, settings: object = {}) => ({
    name: systemId,
    channel: 'SMS',
    settings: { hosts: [`127.0.0.1:${smscPort}`], tls: false, systemId, ...settings },
  });
  program = await startProgram({
    config: {
      webhooks: { allowedNetworks: ['127.0.0.0/8'], plainHttp: true },
      accounts: [{ id: 'shop', token: tokenSecret, statusWebhook: { url: endpoint.url } }],
      connections: [
        operatorOf('cancels', { cancel: true }),
        operatorOf('keeps'),
        {
          name: 'meta',
          channel: 'WhatsApp',
          settings: {
            phoneNumberId: '1061',
            token: { env: 'T' },
            appSecret: { env: 'S' },
            verifyToken: { env: 'V' },
            baseUrl: `http://127.0.0.1:${graphPort}`,
          },
        },
      ],
      routes: [
        { channel: 'SMS', connection: 'cancels', senders: ['Bakery'], waitMs: 500 },
        { channel: 'SMS', connection: 'keeps', waitMs: 500 },
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

/** What a phone shows, as the channels it came by. */
function shownOn(number: string): readonly string[] {
  return handsets.find(number)?.inbox.messages.map(({ channel }) => channel) ?? [];
}

/** Sends to a phone without room for an SMS, and makes room when WhatsApp has delivered. */
async function sendPast(number: string, from: string): Promise<void> {
  handsets.change(number, { simFull: true });
  await sendAccepted(program, [
    textTo(`00${number}`, 'by SMS', {
      from,
      reference: number,
      allowedChannels: ['SMS', 'WhatsApp'],
      richContent: { conversation: [{ text: 'by WhatsApp' }] },
    }),
  ]);
  await until('the message is reported as delivered', () =>
    endpoint.calls.some(({ body }) => {
      const { reference, status, channel } = JSON.parse(body).messages.msg;
      return reference === number && status.code === '2' && channel === 'whatsapp';
    }),
  );
  assert.deepEqual(shownOn(number), ['WhatsApp']);
}

async function readMetric(start: string): Promise<string[]> {
  const response = await fetch(`${program.url}/metrics`);
  const lines = (await response.text()).split('\n');
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
}

const revocations = 'chappe_revocations_total{connection=';
const deliveredAgain = 'chappe_messages_delivered_again_total ';

test('an SMS that waited at the operator is not shown beside WhatsApp', async () => {
  const number = '31655500001';
  await sendPast(number, 'Bakery');
  await until('the operator has answered', async () =>
    (await readMetric(revocations)).includes('"cancels",outcome="done"} 1'),
  );
  handsets.change(number, { simFull: false });
  const next = textTo(`00${number}`, 'next', { from: 'Bakery', allowedChannels: ['SMS'] });
  await sendAccepted(program, [next]);
  await until('the next SMS is shown', () => shownOn(number).includes('SMS'));
  const texts = handsets.find(number)?.inbox.messages.map(({ text }) => text);
  assert.deepEqual(texts, ['by WhatsApp', 'next']);
  const { pending, failed } = smsc.stats().messages;
  assert.deepEqual([pending, failed], [0, 1]);
  assert.deepEqual(await readMetric(revocations), [
    '"cancels",outcome="asked"} 1',
    '"cancels",outcome="done"} 1',
    '"cancels",outcome="refused"} 0',
  ]);
  assert.deepEqual(await readMetric(deliveredAgain), ['0']);
});

test('where the operator cannot take back, both are shown, and counted', async () => {
  const number = '31655500002';
  await sendPast(number, 'Butcher');
  handsets.change(number, { simFull: false });
  await until('both are shown', () => shownOn(number).length === 2);
  assert.deepEqual(shownOn(number), ['WhatsApp', 'SMS']);
  await until('the second delivery is counted', async () =>
    (await readMetric(deliveredAgain)).includes('1'),
  );
});

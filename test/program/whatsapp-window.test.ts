import assert from 'node:assert/strict';
import { after, afterEach, describe, test } from 'node:test';
import { GraphSimulator } from '../../src/channels/whatsapp/simulator/simulator.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createSeededRandom } from '../../src/lib/random.ts';
import { createHandsets } from '../../src/rehearsal/handsets.ts';
import { sendAccepted, textTo } from './customer.ts';
import { closeOperators, startOperator } from './operator.ts';
import { cleanUp, type Program, startProgram, token, tokenSecret } from './program.ts';
import { until } from './until.ts';

/* What a gateway in production knows of WhatsApp's window for free text when it comes back. */

const hourMs = 60 * 60 * 1000;

/** Its language is "en". */
const templates = ['marketing', 'utility'].map((category) => ({
  name: `for_${category}`,
  language: 'en',
  category,
}));

/** Two business numbers: "Bakery" writes over the first, "Florist" over the second. */
const numberIds = ['1001', '1002'] as const;
const line = { token: 'graph', appSecret: 'secret', verifyToken: 'verify' };
const environment = Object.fromEntries(
  Object.entries(line).map(([name, value]) => [secretName(name), value]),
);

/** The variable that holds a secret of the connections. */
function secretName(field: string): string {
  return `TEST_META_${field.toUpperCase()}`;
}
const handsets = createHandsets({ clock: systemClock });
const simulator = new GraphSimulator(
  { clock: systemClock, random: createSeededRandom(1), handsets },
  { enforceWindow: true },
);
const graphPort = await simulator.listen();

afterEach(cleanUp);
after(async () => {
  await simulator.close();
  await closeOperators();
});

function configure(operatorPort: number) {
  const whatsapp = numberIds.map((phoneNumberId) => ({
    name: `meta-${phoneNumberId}`,
    channel: 'WhatsApp',
    settings: {
      ...Object.fromEntries(Object.keys(line).map((field) => [field, { env: secretName(field) }])),
      phoneNumberId,
      unknownWindow: 'refuse',
      templates,
      baseUrl: `http://127.0.0.1:${graphPort}`,
    },
  }));
  const hosts = [`127.0.0.1:${operatorPort}`];
  return {
    accounts: [{ id: 'shop', token: tokenSecret }],
    connections: [
      ...whatsapp,
      { name: 'operator', channel: 'SMS', settings: { hosts, tls: false, systemId: 'chappe' } },
    ],
    routes: [
      { channel: 'WhatsApp', connection: 'meta-1001', senders: ['Bakery'] },
      { channel: 'WhatsApp', connection: 'meta-1002', senders: ['Florist'] },
      { channel: 'SMS', connection: 'operator' },
    ],
  };
}

/** Starts a gateway, and has WhatsApp call it back. */
async function startGateway(config: object, dataDir?: string): Promise<Program> {
  const program = await startProgram({
    config,
    environment,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  const numbers = Object.fromEntries(
    numberIds.map((id, index) => {
      const callbackUrl = `${program.url}/callbacks/meta-${id}`;
      return [id, { ...line, displayNumber: `3185000000${index}`, callbackUrl }];
    }),
  );
  await simulator.set({ numbers });
  return program;
}

async function countTaken(program: Program): Promise<number> {
  const metrics = await (await fetch(`${program.url}/metrics`)).text();
  return Number(/^chappe_inbound_unassigned_total\S* (\d+)/m.exec(metrics)?.[1] ?? 0);
}

/** Handsets write; resolves when the gateway has all of it on disk. */
async function write(
  program: Program,
  messages: readonly { readonly to: string; readonly from: string; readonly agoMs?: number }[],
): Promise<void> {
  for (const { to, from, agoMs = 0 } of messages) {
    const timestamp = String(Math.floor((Date.now() - agoMs) / 1000));
    simulator.inject(to, from, { type: 'text', text: { body: 'Hi' }, timestamp });
  }
  await until('the gateway has what the handsets wrote', async () => {
    return (await countTaken(program)) === messages.length;
  });
}

/** What each step of a message ended with, as its account sees it: channel, state and error. */
async function untilDelivered(program: Program, reference: string): Promise<string[]> {
  const query = new URLSearchParams({ reference, limit: '1' });
  return until(`the message ${reference} is delivered`, async () => {
    const response = await fetch(`${program.url}/api/messages?${query.toString()}`, {
      headers: { 'x-cm-producttoken': token },
    });
    const { messages }: Page = JSON.parse(await response.text());
    const [found] = messages;
    if (found?.state !== 'delivered') return null;
    return found.events
      .filter(({ state }) => state === 'delivered' || state === 'refused')
      .map(({ channel, state, error }) => [channel, state, error ?? ''].join(' ').trim());
  });
}

interface Page {
  readonly messages: readonly {
    readonly state: string;
    readonly events: readonly {
      readonly channel: string | null;
      readonly state: string;
      readonly error: number | null;
    }[];
  }[];
}

const channels = { allowedChannels: ['WhatsApp', 'SMS'] };
const overWhatsapp = ['WhatsApp delivered'];
const overSms = ['WhatsApp refused 20', 'SMS delivered'];

describe('after SIGKILL', () => {
  test('free text goes out inside the window of its number, and by SMS outside', async () => {
    const { port } = await startOperator({ receiptDelayMs: 10 });
    const config = configure(port);
    const first = await startGateway(config);
    await write(first, [
      { to: '1001', from: '31612345001' },
      { to: '1001', from: '31612345002', agoMs: 25 * hourMs },
      { to: '1001', from: '31612345003', agoMs: 23 * hourMs },
      { to: '1002', from: '31612345004' },
    ]);
    first.signal('SIGKILL');
    assert.equal(await first.ended, 'SIGKILL');

    const second = await startGateway(config, first.dataDir);
    const before = simulator.stats().calls;
    const cases = [
      ['0031612345001', 'Bakery', overWhatsapp],
      ['0031612345001', 'Florist', overSms],
      ['0031612345002', 'Bakery', overSms],
      ['0031612345003', 'Bakery', overWhatsapp],
      ['0031612345004', 'Bakery', overSms],
      ['0031612345004', 'Florist', overWhatsapp],
      ['0031612345005', 'Bakery', overSms],
    ] as const;
    const sent = cases.map(([number, from]) =>
      textTo(number, 'Hoi', { from, reference: `${number} ${from}`, ...channels }),
    );
    await sendAccepted(second, sent);
    for (const [number, from, told] of cases) {
      const reference = `${number} ${from}`;
      assert.deepEqual(await untilDelivered(second, reference), told, reference);
    }
    assert.equal(simulator.stats().calls - before, 3, 'no call that is bound to fail');
  });
});

test('a user who stopped marketing gets it by SMS at once, and all else over WhatsApp', async () => {
  const { port } = await startOperator({ receiptDelayMs: 10 });
  const program = await startGateway(configure(port));
  const number = '0031612345011';
  const send = async (category: string, reference: string) => {
    const whatsapp = { element_name: `for_${category}`, language: { code: 'en' } };
    const richContent = { conversation: [{ template: { whatsapp } }] };
    const fields = { from: 'Bakery', reference, richContent, ...channels };
    await sendAccepted(program, [textTo(number, 'Hoi', fields)]);
    return untilDelivered(program, reference);
  };
  const stopped = ['WhatsApp refused 23', 'SMS delivered'];
  await simulator.set({
    refuseShare: 1,
    refuseWith: { status: 400, code: 131050, retryAfterS: null },
  });
  assert.deepEqual(await send('marketing', 'first'), stopped);
  await simulator.set({ refuseShare: 0 });
  const before = simulator.stats().calls;
  assert.deepEqual(await send('marketing', 'second'), stopped);
  assert.equal(simulator.stats().calls, before);
  assert.deepEqual(await send('utility', 'third'), ['WhatsApp delivered']);
});

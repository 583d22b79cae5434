import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { closeEndpoints, type Endpoint, openEndpoint } from '../program/endpoint.ts';
import { cleanUp } from '../program/program.ts';
import { until } from '../program/until.ts';
import { type PeerGateway, password, startPeerGateway, systemId } from './gateway.ts';
import { type Kannel, kannelMissing, startKannel } from './kannel.ts';

/** The bits of Kannel's dlr-mask and %d. */
const kinds = { delivered: 1, failed: 2, buffered: 4, accepted: 8, rejected: 16 } as const;
const ends = kinds.delivered | kinds.failed | kinds.rejected;

let gateway: PeerGateway;
let kannel: Kannel;
let sink: Endpoint;

/** Sends over Kannel and resolves with how it ended, once Kannel says so. */
async function send(
  name: string,
  parameters: Record<string, string>,
): Promise<'delivered' | 'failed'> {
  await kannel.send({
    from: '1008',
    'dlr-mask': String(Object.values(kinds).reduce((sum, kind) => sum | kind, 0)),
    'dlr-url': `${sink.url}?name=${name}&kind=%d`,
    ...parameters,
  });
  const kind = await until(`Kannel says how ${name} ended`, () => {
    const told = sink.calls
      .map(({ url }) => new URL(url, sink.url).searchParams)
      .filter((call) => call.get('name') === name)
      .map((call) => Number(call.get('kind')));
    return told.find((one) => (one & ends) !== 0) ?? null;
  });
  // Kannel takes one that was refused for failed, and adds a bit of its own to one that expired.
  assert.equal((kind & kinds.delivered) === 0, (kind & kinds.failed) !== 0, String(kind));
  return (kind & kinds.delivered) === 0 ? 'failed' : 'delivered';
}

/** The text of an incoming message that Kannel handed on in a query, whose octets are no text yet. */
function readText(url: string): string {
  const [, octets = ''] = /[?&]text=([^&]*)/.exec(url) ?? [];
  const bytes = octets
    .replaceAll('+', ' ')
    .replaceAll(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const isUcs2 = /[?&]coding=2/.test(url);
  return new TextDecoder(isUcs2 ? 'utf-16be' : 'utf-8').decode(Buffer.from(bytes, 'latin1'));
}

async function shownOn(number: string) {
  const view = await gateway.smsc.handsets.show(number);
  return view?.messages.map(({ text, parts, encoding }) => ({ text, parts, encoding }));
}

describe('Kannel 1.4.5 as a customer', { skip: kannelMissing }, () => {
  before(async () => {
    gateway = await startPeerGateway();
    sink = await openEndpoint();
    kannel = await startKannel({ smppPort: gateway.smppPort, systemId, password, sink: sink.url });
  });

  after(async () => {
    await kannel?.stop();
    await cleanUp();
    closeEndpoints();
    await gateway?.smsc.stop();
  });

  test('sends GSM text and is told that it was delivered', async () => {
    const told = await send('gsm', {
      to: '0031612345671',
      text: 'Bread @ 5 € [ready]',
      charset: 'UTF-8',
    });
    assert.equal(told, 'delivered');
    assert.deepEqual(await shownOn('31612345671'), [
      { text: 'Bread @ 5 € [ready]', parts: 1, encoding: 'gsm7' },
    ]);
  });

  test('sends UCS-2', async () => {
    const text = 'Ψωμί 🍞';
    const told = await send('ucs2', { to: '+31612345672', text, charset: 'UTF-8', coding: '2' });
    assert.equal(told, 'delivered');
    assert.deepEqual(await shownOn('31612345672'), [{ text, parts: 1, encoding: 'ucs2' }]);
  });

  test('sends a long text in parts, which arrive as one', async () => {
    const text = 'Your bread is ready. '.repeat(20);
    const told = await send('long', { to: '0031612345673', text });
    assert.equal(told, 'delivered');
    const [shown] = (await shownOn('31612345673')) ?? [];
    assert.equal(shown?.text.trimEnd(), text.trimEnd());
    assert.equal(shown?.parts, 3);
  });

  for (const [name, to] of [
    ['unreachable', '00316123400024'],
    ['expired', '0031612340008'],
    ['refused', '00316123400020'],
  ] as const) {
    test(`is told that a message was not delivered: ${name}`, async () => {
      assert.equal(await send(name, { to, text: 'Hoi' }), 'failed');
    });
  }

  for (const [title, text] of [
    ['GSM', 'Dank je @ €'],
    ['UCS-2', 'Ψωμί 🍞'],
    ['long', 'Is it ready yet? '.repeat(20).trimEnd()],
  ] as const) {
    test(`gets an incoming message: ${title}`, async () => {
      const number = `3161234568${title.length}`;
      await send(`ask-${title}`, { to: `00${number}`, text: 'Do you want bread?' });
      const parts = await gateway.smsc.injectMo({ from: number, to: '1008', text });
      assert.ok(parts > 0);
      const url = await until('Kannel hands the message on', () => {
        const query = (url: string) => new URL(url, sink.url).searchParams;
        const found = sink.calls.find((call) => query(call.url).get('from')?.endsWith(number));
        return found?.url ?? null;
      });
      assert.match(url, /[?&]to=1008&/);
      assert.equal(readText(url), text);
    });
  }
});

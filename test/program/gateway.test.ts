import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { defaultHttpLimits } from '../../src/http/limits.ts';
import { cellOf } from '../../src/lib/message-id.ts';
import { hashPassword } from '../../src/lib/password.ts';
import { type PeerPdu, peer } from '../doors/npm-smpp.ts';
import { password } from '../doors/smpp-esme.ts';
import { openRaw, sendRaw } from '../hostile/raw.ts';
import { findMessage, sendAccepted, textTo, untilShown, untilState } from './customer.ts';
import { cleanUp, createPlace, type Program, startProgram, token, tokenSecret } from './program.ts';

/* The XML and GET gateways in the program that runs: to the handset, in their cell, and without a trace in the log. */

after(cleanUp);

function document(fields: string): string {
  return `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION><MSG><FROM>Bakery</FROM><TO>0031612345678</TO>${fields}</MSG></MESSAGES>`;
}

function query(fields: Record<string, string>): string {
  const all = { producttoken: token, from: 'Bakery', to: '0031612345678', ...fields };
  return new URLSearchParams(all).toString();
}

async function postXml({ url }: Program, body: string): Promise<string> {
  const answer = await fetch(`${url}/gateway.ashx`, { method: 'POST', body });
  assert.equal(answer.status, 200);
  return answer.text();
}

async function get({ url }: Program, fields: Record<string, string>): Promise<string> {
  const answer = await fetch(`${url}/gateway.ashx?${query(fields)}`);
  assert.equal(answer.status, 200);
  return answer.text();
}

/** Submits one message as an npm package does that others wrote; its message_id. */
async function submit(program: Program, system_id: string): Promise<string> {
  const [, url = ''] = await program.prints(/"smpp":"([^"]+)"/);
  const session = peer.connect({ url: `smpp://${url}` });
  const opened = Promise.withResolvers<void>();
  session.on('connect', () => opened.resolve());
  session.on('error', () => opened.reject(new Error('the connection failed')));
  await opened.promise;
  const ask = (request: typeof session.submit_sm, fields: object) =>
    new Promise<PeerPdu>((resolve) => request.call(session, fields, resolve));
  try {
    const bound = await ask(session.bind_transmitter, { system_id, password });
    assert.equal(bound.command_status, 0);
    const fields = { destination_addr: '0031612345678', short_message: 'Hoi' };
    const answer = await ask(session.submit_sm, {
      source_addr: 'Bakery',
      source_addr_ton: 5,
      ...fields,
    });
    assert.equal(answer.command_status, 0);
    return answer.message_id ?? '';
  } finally {
    session.destroy();
  }
}

/** A gateway in production, with an operator that is never there. */
const account = { id: 'shop', token: tokenSecret };
const config = {
  logLevel: 'debug',
  connections: [
    {
      name: 'operator',
      channel: 'SMS',
      settings: { hosts: ['127.0.0.1:9'], tls: false, systemId: 'chappe' },
    },
  ],
  routes: [{ channel: 'SMS', connection: 'operator' }],
};
const environment = { CHAPPE_STORE: 'memory:' };

const cell = 37;

test('the id of a message names the cell, whichever door it came in by', async () => {
  const smpp = { systemId: 'shop', passwordHash: hashPassword(password, 2) };
  const program = await startProgram({
    environment: { ...environment, CHAPPE_CELL: String(cell) },
    config: { ...config, accounts: [{ ...account, smpp }] },
  });
  await sendAccepted(program, [textTo('0031612345678', 'Hoi', { reference: 'json' })]);
  const reference = '<REFERENCE>xml</REFERENCE>';
  assert.equal(await postXml(program, document(`<BODY>Hoi</BODY>${reference}`)), '');
  assert.equal(await get(program, { body: 'Hoi', reference: 'get' }), '');
  const ids = [await submit(program, smpp.systemId)];
  for (const door of ['json', 'xml', 'get']) ids.push((await findMessage(program, door))?.id ?? '');
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{12}7025[89ab][0-9a-f]{15}$/);
    assert.equal(cellOf(id), cell);
  }
});

test('what comes in by XML and GET is delivered', async () => {
  const program = await startProgram({ environment: { CHAPPE_DEMO_TOKEN: token } });
  assert.equal(
    await postXml(program, document('<BODY TYPE="AUTO">Žižka</BODY><REFERENCE>xml</REFERENCE>')),
    '',
  );
  assert.equal(await get(program, { body: 'Hoi', reference: 'get' }), '');
  for (const reference of ['xml', 'get']) await untilState(program, reference, ['delivered']);
});

describe('what the pages tell people to type', () => {
  /** The one block of a page that calls the gateway. */
  function readCall(page: string): string {
    const file = new URL(`../../docs/reference/${page}`, import.meta.url);
    const [, block] = /^```\n(curl .*?)^```$/ms.exec(readFileSync(file, 'utf8')) ?? [];
    return block ?? assert.fail(`${page} has no call`);
  }

  for (const page of ['xml.md', 'get.md']) {
    test(`${page}: it prints nothing, and the message is on the phone`, async (t) => {
      if (spawnSync('curl', ['--version']).error !== undefined) {
        return t.skip('there is no curl on this machine');
      }
      const program = await startProgram({ dataDir: join(createPlace(), 'data') });
      const call = readCall(page).replace('127.0.0.1:8080', `127.0.0.1:${program.port}`);
      const cwd = dirname(program.dataDir);
      const shell = spawn('sh', ['-c', call], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
      assert.equal(await text(shell.stdout), '');
      const { messages } = await untilShown(program, '0031612345678');
      assert.deepEqual(
        messages.map((message) => `${message.from}: ${message.text}`),
        ['Bakery: Your bread is ready'],
      );
    });
  }
});

describe('in production', () => {
  test('nothing of a query reaches the log, however it goes wrong', async () => {
    const program = await startProgram({ environment, config: { ...config, accounts: [account] } });
    const secrets = [token, '0031655500001', 'geheim'];
    const whole = `producttoken=${token}&from=geheim&to=0031655500001&body=geheim`;
    const line = (target: string, method = 'GET', version = '1.1') =>
      `${method} ${target} HTTP/${version}\r\nHost: x\r\nConnection: close\r\n\r\n`;
    for (const request of [
      line(`/gateway.ashx?${whole}`),
      line(`/gateway.ashx?${whole}&reference=${'r'.repeat(40)}`),
      line(`/gateway.ashx?${whole}x&to=geheim`),
      line(`/gateway.ashx?${whole}`, 'PUT'),
      line(`/gateway.ashx?${whole}`, 'HEAD'),
      line(`http://localhost/gateway.ashx?${whole}`),
      line(`/nowhere?${whole}`),
      line(`/gateway.ashx?${whole}`, 'GET', '9.9'),
      line(`/gateway.ashx?${whole}\u00e9`),
      line(`/gateway.ashx?${whole} geheim`),
      line(`/gateway.ashx?${whole}${'a'.repeat(20_000)}`),
    ]) {
      await sendRaw(program.port, request);
    }
    // One that goes away before it is complete.
    const gone = await openRaw(program.port);
    gone.socket.write(`GET /gateway.ashx?${whole} HTTP/1.1\r\nHost`);
    gone.socket.destroy();
    assert.equal(await get(program, { body: 'Hoi', reference: 'last' }), '');
    assert.ok((await findMessage(program, 'last')) !== null);
    assert.equal(await program.stop(), 0);
    const log = program.stdout + program.stderr;
    assert.match(log, /The gateway listens/);
    for (const secret of secrets) assert.ok(!log.includes(secret), secret);
  });

  test('an account can close the GET door, and keeps the others', async () => {
    const program = await startProgram({
      environment,
      config: { ...config, accounts: [{ ...account, doors: { get: false } }] },
    });
    assert.equal(
      await get(program, { body: 'Hoi' }),
      'Error: ERROR No account found for the given authentication',
    );
    assert.equal(await postXml(program, document('<BODY>Hoi</BODY>')), '');
    await sendAccepted(program, [textTo('0031612345678', 'Hoi')]);
  });

  test('bodies may be as large as the setting says, at every door of messages', async () => {
    const bodyBytesMax = defaultHttpLimits.bodyBytesMax + 1_024;
    const program = await startProgram({
      environment,
      config: { ...config, accounts: [account], http: { limits: { bodyBytesMax } } },
    });
    const json = JSON.stringify({
      messages: { authentication: { productToken: token }, msg: [textTo('0031612345678', 'Hoi')] },
    });
    for (const [path, body] of [
      ['/v1.0/message', json],
      ['/gateway.ashx', document('<BODY>Hoi</BODY>')],
    ] as const) {
      for (const [size, status] of [
        [bodyBytesMax, 200],
        [bodyBytesMax + 1, 413],
      ] as const) {
        const sent = { method: 'POST', body: body.padEnd(size) };
        const answer = await fetch(`${program.url}${path}`, sent);
        const text = await answer.text();
        assert.equal(answer.status, status, `${path} ${size}: ${text}`);
      }
    }
  });
});

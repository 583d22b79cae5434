import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import { openRaw } from '../hostile/raw.ts';
import { until } from '../program/until.ts';
import { closeRigs, createGatewayRig, type GatewayRig, msg, token, wrap } from './gateway-rig.ts';

afterEach(closeRigs);

/*
 * Clients as they were written for this gateway: they know nothing but the status and whether the body is blank,
 * and strip "Error: ERROR " from what is not (contract §5.3). These speak HTTP by themselves, so that what is
 * asserted is what stands on the wire.
 */

/** Sends bytes on a connection and gives the bytes that come back until the other side closes it. */
function converse(port: number, bytes: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () => {
      socket.destroy();
      resolve(Buffer.concat(chunks));
    });
    socket.once('error', reject);
  });
}

const withoutDate = (answer: Buffer) => answer.toString('latin1').replace(/\r\nDate: [^\r]+/, '');

function request(document: string, headers: string[]): string {
  return [
    'POST /gateway.ashx HTTP/1.1',
    ...headers,
    `Content-Length: ${Buffer.byteLength(document)}`,
    'Host: gw.cmtelecom.com',
    '',
    document,
  ].join('\r\n');
}

/** What a Ruby gem decides by: true, or the error without its prefix. */
async function deliver(rig: GatewayRig, document: string): Promise<true | string> {
  const headers = [
    'Content-Type: application/xml',
    'Accept: */*',
    'User-Agent: Ruby',
    'Connection: close',
  ];
  const answer = (await converse(rig.port, request(document, headers))).toString('utf8');
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const code = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  return code === '200' && body.trim() === '' ? true : body.trim().replace('Error: ERROR ', '');
}

describe('a client that goes by "200 and a blank body"', () => {
  test('sees what was accepted', async () => {
    const rig = await createGatewayRig();
    assert.equal(await deliver(rig, wrap(msg())), true);
    assert.equal(rig.accepted.length, 1);
  });

  test('sees what was not, and why', async () => {
    const rig = await createGatewayRig();
    assert.equal(
      await deliver(rig, wrap(msg({ TO: '<TO>x</TO>' }))),
      "Rejected: Gsm 'x' is not a number.",
    );
    assert.equal(await deliver(rig, '<MESSAGES>'), 'Unknown error');
    assert.deepEqual(rig.accepted, []);
  });

  test('sees a refusal of the gateway itself', async () => {
    const busy = await createGatewayRig({ admit: () => 'busy' });
    assert.equal(await deliver(busy, wrap(msg())), 'The gateway is busy, try again.');
  });
});

describe('the octets of an answer', () => {
  test('accepted: a head, and not one octet behind it', async () => {
    const rig = await createGatewayRig();
    const answer = await converse(rig.port, request(wrap(msg()), ['Connection: close']));
    assert.equal(
      withoutDate(answer),
      'HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\n' +
        'x-content-type-options: nosniff\r\ncontent-length: 0\r\nConnection: close\r\n\r\n',
    );
  });

  test('refused: the text, and no line end behind it', async () => {
    const rig = await createGatewayRig();
    const answer = await converse(rig.port, request(wrap(), ['Connection: close']));
    assert.equal(
      withoutDate(answer),
      'HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\n' +
        'x-content-type-options: nosniff\r\ncontent-length: 59\r\nConnection: close\r\n\r\n' +
        'Error: ERROR A MESSAGES node requires at least one MSG node',
    );
  });

  test('neither GET nor POST: 400, and not one octet behind the head', async () => {
    const rig = await createGatewayRig();
    const line = 'PUT /gateway.ashx HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    assert.equal(
      withoutDate(await converse(rig.port, line)),
      'HTTP/1.1 400 Bad Request\r\nallow: GET, POST\r\ncontent-length: 0\r\nConnection: close\r\n\r\n',
    );
  });

  test('HTTP/1.0, as old scripts speak it', async () => {
    const rig = await createGatewayRig();
    const document = wrap(msg());
    const answer = await converse(
      rig.port,
      `POST /gateway.ashx HTTP/1.0\r\nContent-Length: ${document.length}\r\n\r\n${document}`,
    );
    assert.match(answer.toString('latin1'), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n$/);
    assert.equal(rig.accepted.length, 1);
  });

  test('in chunks, after "100 Continue", and over one connection again and again', async () => {
    const rig = await createGatewayRig();
    const connection = await openRaw(rig.port);
    connection.socket.write(
      'POST /gateway.ashx HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    await until('it may go on', () => connection.received.startsWith('HTTP/1.1 100 Continue'));
    const document = wrap(msg());
    for (const part of [document.slice(0, 30), document.slice(30)]) {
      connection.socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    }
    connection.socket.write('0\r\n\r\n');
    await until('it is accepted', () => rig.accepted.length === 1);
    connection.socket.write(request(document, []));
    connection.socket.write(request(document, ['Connection: close']));
    await connection.closed;
    assert.equal(connection.received.match(/^HTTP\/1\.1 200 OK/gm)?.length, 3);
    assert.equal(rig.accepted.length, 3);
  });
});

test('what is on the wire holds no secret', async () => {
  const rig = await createGatewayRig();
  const answer = await converse(
    rig.port,
    request(wrap(msg({ TO: '<TO>x</TO>' })), ['Connection: close']),
  );
  assert.ok(!answer.toString('latin1').includes(token));
});

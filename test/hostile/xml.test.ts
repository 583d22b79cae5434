import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultXmlLimits } from '../../src/api/xml/limits.ts';
import { xmlBombs } from '../doors/xml-bombs.ts';
import { token } from '../program/program.ts';
import { post, sendRaw, statusesOf } from './raw.ts';
import { watchGateway } from './watched.ts';

/*
 * Documents that are made to break an XML parser, through the socket: of a stranger, and of a customer, whose
 * documents are read to the end. Afterwards the program serves others and holds no more than before.
 */

const documentBytesMax = defaultXmlLimits.bodyBytesMax;
const gateway = watchGateway();

for (const [who, headers] of [
  ['a stranger', []],
  ['a customer', [`X-CM-PRODUCTTOKEN: ${token}`]],
] as const) {
  test(`${who} sends all of them at once`, async () => {
    const answers = await Promise.all(
      xmlBombs.map(([, make]) =>
        sendRaw(gateway.port, post('/gateway.ashx', make(documentBytesMax), [...headers])),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      const title = xmlBombs[index]?.[0] ?? '';
      assert.deepEqual(statusesOf(answer), [200], title);
      assert.match(answer, /\r\n\r\nError: ERROR .+$/, title);
    }
  });
}

test('a query that is full of everything', async () => {
  for (const part of ['&', '%', 'body=x&', `producttoken=${token}&`, 'to=%0d%0a&']) {
    const target = `/gateway.ashx?${part.repeat(15_000 / part.length)}`;
    const answer = await sendRaw(
      gateway.port,
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    assert.deepEqual(statusesOf(answer), [200]);
    assert.match(answer, /\r\n\r\nError: ERROR .+$/);
  }
});

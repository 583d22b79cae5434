import type { Dispatcher } from 'undici';
import type { Random } from '../../src/lib/random.ts';
import { numberOf, referenceOf, textOf, writeMessage } from './messages.ts';
import { token } from './storm-gateway.ts';

/** The doors over HTTP that a customer has, and how often each is taken. */
const shares = { json: 0.6, xml: 0.2, get: 0.2 } as const;
export type HttpDoor = keyof typeof shares;

export function pickDoor(random: Random): HttpDoor {
  const fraction = random.fraction();
  if (fraction < shares.json) return 'json';
  return fraction < shares.json + shares.xml ? 'xml' : 'get';
}

type Request = Pick<Dispatcher.RequestOptions, 'path' | 'method' | 'body' | 'headers'>;

/** A request for messages with these numbers; the GET door takes one, of one part. */
export function writeRequest(door: HttpDoor, indexes: readonly number[]): Request {
  switch (door) {
    case 'json': {
      const msg = indexes.map(writeMessage);
      const messages = { authentication: { productToken: token }, msg };
      const headers = { 'content-type': 'application/json' };
      return { path: '/v1.0/message', method: 'POST', headers, body: JSON.stringify({ messages }) };
    }
    case 'xml': {
      const all = indexes.map(writeXmlMessage).join('');
      const login = `<AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION>`;
      const body = `<?xml version="1.0" encoding="utf-8"?><MESSAGES>${login}${all}</MESSAGES>`;
      return { path: '/gateway.ashx', method: 'POST', body };
    }
    case 'get': {
      const [index = -1] = indexes;
      const query = new URLSearchParams({
        producttoken: token,
        from: 'Chappe',
        to: `00${numberOf(index)}`,
        body: textOf(index),
        reference: referenceOf(index),
      });
      return { path: `/gateway.ashx?${query.toString()}`, method: 'GET' };
    }
  }
}

/** XML and GET say "yes" by an empty body. */
export function isEmptyYes(statusCode: number, answer: string): boolean {
  return statusCode === 200 && answer === '';
}

function writeXmlMessage(index: number): string {
  return (
    `<MSG><FROM>Chappe</FROM><TO>00${numberOf(index)}</TO><BODY TYPE="AUTO">${textOf(index)}</BODY>` +
    `<REFERENCE>${referenceOf(index)}</REFERENCE></MSG>`
  );
}

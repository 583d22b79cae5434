import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import type { StatusWebhook } from '../core/account.ts';
import { emptyReport } from './render.ts';
import { buildRequest, callTimeoutMs, openQuery } from './request.ts';

const now = Date.parse('2026-03-01T09:15:23.900Z');
const values = emptyReport(now);
const key = Buffer.alloc(32, 1);

function webhookOf(
  format: StatusWebhook['format'],
  url = 'https://hook.example/sr',
): StatusWebhook {
  return { url, format, statuses: 31, signingKeys: [key] };
}

describe('the call that delivers a report', () => {
  for (const [format, contentType] of [
    ['json', 'application/json'],
    ['xml', 'application/xml'],
  ] as const) {
    it(`posts ${format}, signed over the body`, () => {
      const request = buildRequest(webhookOf(format), 'id-2', values, now);
      assert.equal(request.method, 'POST');
      assert.equal(request.url, 'https://hook.example/sr');
      assert.equal(request.headers['content-type'], contentType);
      assert.equal(request.headers['webhook-id'], 'id-2');
      assert.equal(request.headers['webhook-timestamp'], '1772356523');
      assert.equal(request.headers['webhook-signature'], sign(`id-2.1772356523.${request.body}`));
      assert.equal(request.timeoutMs, callTimeoutMs);
    });
  }

  it('gets with everything in the query, signed over the whole query', () => {
    const webhook = webhookOf('get', 'https://hook.example/sr?user=ü&x=1');
    const request = buildRequest(webhook, 'id-2', values, now);
    assert.equal(request.method, 'GET');
    assert.equal(request.body, null);
    const [base, query] = request.url.split('?');
    assert.equal(base, 'https://hook.example/sr');
    assert.ok(query?.startsWith('user=%C3%BC&x=1&CREATED_S=2026-03-01T10%3A15%3A23&'));
    assert.equal(request.headers['webhook-signature'], sign(`id-2.1772356523.${query}`));
    assert.equal(request.headers['content-type'], undefined);
  });

  it('is not signed without a key', () => {
    for (const format of ['json', 'xml', 'get'] as const) {
      const webhook = { ...webhookOf(format), signingKeys: [] };
      const { headers } = buildRequest(webhook, 'id-2', values, now);
      assert.equal(headers['webhook-signature'], undefined);
      assert.equal(headers['webhook-id'], 'id-2');
    }
  });
});

describe('a URL', () => {
  for (const [url, extended] of [
    ['https://h.example', 'https://h.example/?Q=1'],
    ['https://h.example/', 'https://h.example/?Q=1'],
    ['https://h.example/p', 'https://h.example/p?Q=1'],
    ['https://h.example/p?', 'https://h.example/p?Q=1'],
    ['https://h.example/p?a=1', 'https://h.example/p?a=1&Q=1'],
    ['https://h.example/p?a=1&', 'https://h.example/p?a=1&Q=1'],
    ['https://h.example/p?a=?', 'https://h.example/p?a=?&Q=1'],
    ['https://h.example/p?a=1#part', 'https://h.example/p?a=1&Q=1'],
    ['https://h.example/p#part?', 'https://h.example/p?Q=1'],
    ['https://h.example/é?ü', 'https://h.example/%C3%A9?%C3%BC&Q=1'],
  ] as const) {
    it(`${url} becomes ${extended}`, () => {
      assert.equal(`${openQuery(url)}Q=1`, extended);
    });
  }
});

function sign(content: string): string {
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

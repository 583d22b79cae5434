import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSigningSecret, signatureHeaders } from './signature.ts';

/** Bytes 1 to 32, and bytes 101 to 132. */
const secret = 'whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=';
const otherSecret = 'whsec_ZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5/gIGCg4Q=';

const id = '019d0000000070008000000000000001-2';
const timestamp = 1_772_359_200;
const body = '{"messages":{"msg":{"to":"0031612345678"}}}';

function keyOf(text: string): Uint8Array {
  const key = parseSigningSecret(text);
  assert.ok(key !== null);
  return key;
}

/*
 * Computed with OpenSSL 3, for example:
 *   printf %s '019d0000000070008000000000000001-2.1772359200.{"messages":{"msg":{"to":"0031612345678"}}}' |
 *   openssl dgst -sha256 -mac HMAC -macopt hexkey:0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20 \
 *     -binary | base64
 */
const signed = 'v1,YndsBtaebidV+S7TAltgO/DspQSxu8g9sClsxn7SN5I=';
const signedByOther = 'v1,Ajgjd/QSGJ555z4YgEtVR/zCYdz/VpN2+HBy4XzV9mk=';
const signedQuery = 'v1,8mGH6u6m0pK7uO/g/FxjsQYZP73IFsAM79D3FaC/XCU=';

describe('the signature headers', () => {
  it('sign id, timestamp and content', () => {
    assert.deepEqual(signatureHeaders([keyOf(secret)], id, timestamp, body), {
      'webhook-id': id,
      'webhook-timestamp': '1772359200',
      'webhook-signature': signed,
    });
    const query = signatureHeaders([keyOf(secret)], id, timestamp, 'a=1&STATUS=2');
    assert.equal(query['webhook-signature'], signedQuery);
  });

  it('hold a signature of each key while keys are changed', () => {
    const headers = signatureHeaders([keyOf(secret), keyOf(otherSecret)], id, timestamp, body);
    assert.equal(headers['webhook-signature'], `${signed} ${signedByOther}`);
  });

  it('without a key name the report and sign nothing', () => {
    assert.deepEqual(signatureHeaders([], id, timestamp, body), {
      'webhook-id': id,
      'webhook-timestamp': '1772359200',
    });
  });
});

describe('a signing secret', () => {
  const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

  for (const [text, bytes] of [
    [secret, 32],
    [of(24), 24],
    [of(64), 64],
    [of(24).replace(/=+$/, ''), 24],
  ] as const) {
    it(`of ${bytes} bytes is read`, () => {
      assert.equal(parseSigningSecret(text)?.length, bytes);
    });
  }

  for (const text of [
    '',
    'whsec_',
    of(23),
    of(65),
    secret.slice(6),
    `WHSEC_${secret.slice(6)}`,
    `${secret} `,
    `whsec_${'é'.repeat(40)}`,
    `whsec_${'-_'.repeat(20)}`,
    `whsec_=${'A'.repeat(40)}`,
  ]) {
    it(`is not "${text.slice(0, 24)}" (${text.length} characters)`, () => {
      assert.equal(parseSigningSecret(text), null);
    });
  }
});

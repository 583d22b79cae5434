import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { queryTextCharactersMax } from '../../src/api/get/get-door.ts';
import { readQuery } from '../../src/api/get/query.ts';
import { defaultHttpLimits } from '../../src/http/limits.ts';
import { segment } from '../../src/text/segmentation.ts';
import { sendRaw, statusesOf } from '../hostile/raw.ts';
import {
  acceptedAt,
  closeRigs,
  createGatewayRig,
  type GatewayRigOptions,
  parameters,
  token,
} from './gateway-rig.ts';

afterEach(closeRigs);

/** What became of a query that is accepted. */
async function accept(query: string, options?: GatewayRigOptions) {
  const rig = await createGatewayRig(options);
  const answer = await rig.get(query);
  assert.deepEqual([answer.status, answer.body], [200, '']);
  assert.equal(rig.accepted.length, 1);
  return rig.accepted[0] ?? assert.fail();
}

/** The text that the one part of a message carries on the air. */
async function sentFor(body: string): Promise<string> {
  const { content, plan } = await accept(parameters({ body }));
  assert.equal(plan[0]?.parts, 1);
  const { text, encoding, partsMax } = content;
  assert.equal(encoding, 'gsm7');
  const { payloads } = segment({ text, encoding, partsMax });
  assert.equal(payloads.length, 1);
  return payloads[0]?.toString('latin1') ?? '';
}

describe('what a query says', () => {
  test("the specification's example", async () => {
    const message = await accept(
      `producttoken=${token}&body=Example+message+text&to=00447911123456&from=SenderName&reference=your_reference`,
    );
    const { door, from, to, msisdn, reference, content, expiresAt, groupings } = message;
    assert.deepEqual(
      [door, from, to, msisdn, reference, content.text],
      [
        'get',
        'SenderName',
        '00447911123456',
        '447911123456',
        'your_reference',
        'Example message text',
      ],
    );
    assert.equal(expiresAt, acceptedAt + 24 * 3_600_000);
    assert.deepEqual(groupings, [null, null, null]);
    assert.deepEqual(
      message.plan.map(({ channel }) => channel),
      ['SMS'],
    );
  });

  for (const [title, query] of [
    ['capitals', `PRODUCTTOKEN=${token}&FROM=Bakery&TO=0031612345678&BODY=Hoi`],
    ['mixed case, another order', `Body=Hoi&tO=0031612345678&From=Bakery&ProductToken=${token}`],
    ['names that are encoded', `%70roducttoken=${token}&from=Bakery&%74o=0031612345678&bod%79=Hoi`],
    [
      'what belongs to POST and is ignored',
      `${parameters({ body: 'Hoi' })}&MSG=1&DCS=8&MINIMUMNUMBEROFMESSAGEPARTS=2&MAXIMUMNUMBEROFMESSAGEPARTS=0&CUSTOMGROUPING=g&VALIDITY=x`,
    ],
    [
      'parameters that nobody knows',
      `__proto__=1&constructor=2&=&&x&${parameters({ body: 'Hoi' })}&body2=x`,
    ],
    [
      'an app, which an account without Push has no use for',
      `${parameters({ body: 'Hoi' })}&appkey=x`,
    ],
    ['an empty reference', `${parameters({ body: 'Hoi' })}&reference=`],
    ['an equals sign in a value', `${parameters({ body: 'Hoi' })}&x=a=b`],
  ] as const) {
    test(title, async () => {
      const { from, msisdn, content, plan, groupings, reference } = await accept(query);
      assert.deepEqual(
        [from, msisdn, content.text, content.encoding, content.partsMax, content.appKey],
        ['Bakery', '31612345678', 'Hoi', 'gsm7', 1, null],
      );
      assert.deepEqual([plan.length, groupings, reference], [1, [null, null, null], null]);
    });
  }

  for (const [title, encoded, text] of [
    ['plus signs are spaces', 'a+b%2Bc', 'a b+c'],
    ['UTF-8', '%C3%A9%e2%82%ac', 'é€'],
    ['a per cent sign for itself', '100%', '100%'],
    ['half an encoding, and none', '%4&x=%zz', '%4'],
    ['line ends', 'a%0D%0Ab', 'a\r\nb'],
    ['an ampersand', 'R%26B', 'R&B'],
  ] as const) {
    test(`${title}: ${encoded}`, async () => {
      const { content } = await accept(`${parameters({ body: undefined })}&body=${encoded}`);
      assert.equal(content.text, text);
    });
  }

  test('octets that are not encoded are no URL: the listener refuses them', async () => {
    const rig = await createGatewayRig();
    const { status, body } = await rig.get(`${parameters({ body: undefined })}&body=\u00e9`);
    assert.deepEqual([status, body, rig.accepted], [400, '', []]);
  });

  test('hybrid, where the account has set up Push', async () => {
    const query = parameters({ appkey: token });
    const { plan, content } = await accept(query, { account: { channels: ['Push', 'SMS'] } });
    assert.deepEqual(
      plan.map(({ channel }) => channel),
      ['Push', 'SMS'],
    );
    assert.equal(content.appKey, token);
  });

  test('the token in a header keeps it out of the URL, and wins', async () => {
    const rig = await createGatewayRig();
    const headers = [`X-CM-PRODUCTTOKEN: ${token}`];
    assert.equal((await rig.get(parameters({ producttoken: undefined }), { headers })).body, '');
    assert.equal((await rig.get(parameters({ producttoken: 'x' }), { headers })).body, '');
    assert.equal(
      (await rig.get(parameters(), { headers: ['X-CM-PRODUCTTOKEN: y'] })).body,
      "Error: ERROR Parameter 'producttoken' contains an invalid value: 'y'",
    );
  });

  test('under the path of before 2016', async () => {
    const rig = await createGatewayRig();
    assert.equal((await rig.get(parameters(), { path: '/smssgateway/cm/gateway.ashx' })).body, '');
    assert.equal(rig.accepted.length, 1);
  });
});

describe('160 characters', () => {
  const long = (count: number) => 'abcdefghij'.repeat(17).slice(0, count);

  for (const [title, body, sent] of [
    ['160 are sent', long(160), long(160)],
    ['of 161 the last one is cut off', long(161), long(160)],
    ['of 3000 all but 160', 'x'.repeat(3_000), 'x'.repeat(160)],
    ['characters that GSM lacks become question marks', 'Ж€🍞é', '?\x1be?\x05'],
    ['160 characters of two septets are cut to one part', '€'.repeat(160), '\x1be'.repeat(80)],
    ['159 and one of two septets: it goes as a whole', `${long(159)}€`, long(159)],
  ] as const) {
    test(title, async () => {
      assert.equal(await sentFor(body), sent);
    });
  }

  test('no pair is cut in two', async () => {
    const { content } = await accept(parameters({ body: '🍞'.repeat(161) }));
    assert.equal(content.text, '🍞'.repeat(queryTextCharactersMax));
    assert.equal(queryTextCharactersMax, 160);
  });
});

describe('what strangers send', () => {
  test('a query as long as the listener takes is answered, a longer one is refused by it', async () => {
    const rig = await createGatewayRig();
    const line = (length: number) => {
      const fixed = `GET /gateway.ashx?${parameters()}& HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      return fixed.replace('& HTTP', `&${'a'.repeat(length - fixed.length)} HTTP`);
    };
    const { headerBytesMax } = defaultHttpLimits;
    assert.deepEqual(statusesOf(await sendRaw(rig.port, line(headerBytesMax - 100))), [200]);
    assert.equal(rig.accepted.length, 1);
    assert.deepEqual(statusesOf(await sendRaw(rig.port, line(headerBytesMax + 500))), [431]);
    assert.equal(rig.accepted.length, 1);
  });

  for (const [title, query] of [
    ['ampersands', '&'.repeat(15_000)],
    ['thousands of parameters', 'a=b&'.repeat(3_500)],
    ['the same one again and again', 'body=x&'.repeat(2_000)],
    ['per cent signs', `body=${'%'.repeat(15_000)}`],
  ] as const) {
    test(`${title}: answered`, async () => {
      const rig = await createGatewayRig();
      const { status, body } = await rig.get(query);
      assert.equal(status, 200);
      assert.match(body, /^Error: ERROR /);
    });
  }

  test('values come back as a form encodes them', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, text, (from, to, body) => {
        const query = String(new URLSearchParams({ from, to, body, other: body }));
        const { values, fault } = readQuery(query);
        assert.deepEqual([values.from, values.to, values.body, fault], [from, to, body, null]);
      }),
    );
  });

  test('any query gets an answer', async () => {
    const rig = await createGatewayRig();
    const name = fc.constantFrom('producttoken', 'FROM', 'to', 'body', 'reference', 'appkey', 'x');
    const value = fc.oneof(fc.constantFrom(token, 'Bakery', '0031612345678', ''), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 8 }), async (pairs) => {
        const before = rig.accepted.length;
        const { status, body } = await rig.get(String(new URLSearchParams(pairs)));
        assert.equal(status, 200);
        assert.equal(body === '', rig.accepted.length > before);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(rig.failures, []);
  });
});

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { gatewayPaths } from '../../src/api/gateway-door.ts';
import type { Message } from '../../src/core/message.ts';
import {
  acceptedAt,
  closeRigs,
  createGatewayRig,
  type GatewayRigOptions,
  msg,
  token,
  wrap,
} from './gateway-rig.ts';

afterEach(closeRigs);

/** What became of a document that is accepted. */
async function accept(document: string | Buffer, options?: GatewayRigOptions): Promise<Message[]> {
  const rig = await createGatewayRig(options);
  const answer = await rig.post(document);
  assert.deepEqual([answer.status, answer.body], [200, '']);
  assert.ok(rig.accepted.every(({ door }) => door === 'xml'));
  return rig.accepted;
}

/** What became of one `MSG`. */
async function acceptOne(elements: Record<string, string>, options?: GatewayRigOptions) {
  const [message] = await accept(wrap(msg(elements)), options);
  return message ?? assert.fail('nothing was accepted');
}

/** A document as the specification writes its examples, with our token. */
function example(...messages: string[]): string {
  return `<?xml version="1.0"?>
<MESSAGES>
  <AUTHENTICATION>
    <PRODUCTTOKEN>${token}</PRODUCTTOKEN>
  </AUTHENTICATION>
  ${messages.join('\n  ')}
</MESSAGES>`;
}

describe("the specification's examples", () => {
  test('a message', async () => {
    const [message] = await accept(
      example(`<MSG>
    <CHANNEL>SMS</CHANNEL>
    <FROM>SenderName</FROM>
    <TO>00447911123456</TO>
    <BODY>Test message</BODY>
  </MSG>`),
    );
    assert.ok(message !== undefined);
    const { from, to, msisdn, content, plan, expiresAt } = message;
    assert.deepEqual(
      [from, to, msisdn, content.text, content.encoding, plan.map(({ channel }) => channel)],
      ['SenderName', '00447911123456', '447911123456', 'Test message', 'gsm7', ['SMS']],
    );
    assert.equal(expiresAt, acceptedAt + 24 * 3_600_000);
  });

  test('a batch', async () => {
    const accepted = await accept(
      example(
        '<MSG><CHANNEL>SMS</CHANNEL><FROM>SenderName</FROM><TO>00447911123456</TO><TO>00447911123457</TO><BODY>Test message</BODY></MSG>',
        '<MSG><CHANNEL>SMS</CHANNEL><FROM>OtherSender</FROM><TO>00447911123458</TO><TO>00447911123459</TO><BODY>Other Test message</BODY></MSG>',
      ),
    );
    assert.deepEqual(
      accepted.map(({ from, to, content }) => [from, to, content.text]),
      [
        ['SenderName', '00447911123456', 'Test message'],
        ['SenderName', '00447911123457', 'Test message'],
        ['OtherSender', '00447911123458', 'Other Test message'],
        ['OtherSender', '00447911123459', 'Other Test message'],
      ],
    );
  });

  test('a reference', async () => {
    const { reference } = await acceptOne({ REFERENCE: '<REFERENCE>your_reference</REFERENCE>' });
    assert.equal(reference, 'your_reference');
  });

  const greek = 'Κείμενο διαθέσιμο σε όλες τις γλώσσες';

  test('Unicode', async () => {
    const { content } = await acceptOne({ DCS: '<DCS>8</DCS>', BODY: `<BODY>${greek}</BODY>` });
    assert.deepEqual([content.text, content.encoding], [greek, 'ucs2']);
  });

  test('auto-detection', async () => {
    const parts =
      '<MINIMUMNUMBEROFMESSAGEPARTS>1</MINIMUMNUMBEROFMESSAGEPARTS><MAXIMUMNUMBEROFMESSAGEPARTS>8</MAXIMUMNUMBEROFMESSAGEPARTS>';
    const { content } = await acceptOne({ parts, BODY: `<BODY TYPE="AUTO">${greek}</BODY>` });
    assert.deepEqual([content.encoding, content.partsMax], ['ucs2', 8]);
    const plain = await acceptOne({ BODY: '<BODY TYPE="AUTO">Test</BODY>' });
    assert.equal(plain.content.encoding, 'gsm7');
  });

  test('several parts', async () => {
    const text = 'x'.repeat(161);
    const most = (parts: number) =>
      `<MAXIMUMNUMBEROFMESSAGEPARTS>${parts}</MAXIMUMNUMBEROFMESSAGEPARTS>`;
    for (const [max, parts] of [
      ['', 2],
      [most(8), 2],
      [most(1), 1],
    ] as const) {
      const { plan } = await acceptOne({ max, BODY: `<BODY>${text}</BODY>` });
      assert.equal(plan[0]?.parts, parts);
    }
  });

  test('custom groupings', async () => {
    const { groupings } = await acceptOne({
      G: '<CUSTOMGROUPING>Campaign ABC</CUSTOMGROUPING><CUSTOMGROUPING2>Department XYZ</CUSTOMGROUPING2><CUSTOMGROUPING3>Source 123</CUSTOMGROUPING3>',
    });
    assert.deepEqual(groupings, ['Campaign ABC', 'Department XYZ', 'Source 123']);
  });

  const push = `<MSG>
    <CHANNEL>SMS</CHANNEL>
    <FROM>SenderName</FROM>
    <TO>00447911123456</TO>
    <BODY>This message defines allowed channels</BODY>
    <ALLOWEDCHANNELS>Push</ALLOWEDCHANNELS>
    <APPKEY>00000000-0000-0000-0000-000000000000</APPKEY>
  </MSG>`;

  test('Push, as it is printed, is not well-formed', async () => {
    const rig = await createGatewayRig();
    const answer = await rig.post(example(push, '</MSG>'));
    assert.deepEqual([answer.status, answer.body], [200, 'Error: ERROR Unknown error']);
    assert.deepEqual(rig.accepted, []);
  });

  test('Push, without the tag that is too many', async () => {
    const [message] = await accept(example(push));
    assert.deepEqual(
      message?.plan.map(({ channel }) => channel),
      ['Push'],
    );
    assert.equal(message.content.appKey, '00000000-0000-0000-0000-000000000000');
  });
});

describe('channels (contract §5.2)', () => {
  const appKey = '<APPKEY>00000000-0000-0000-0000-000000000000</APPKEY>';
  const cases: [title: string, elements: string, plan: string[], options?: GatewayRigOptions][] = [
    ['neither: SMS', '', ['SMS']],
    ['neither, though there is an app: SMS', appKey, ['SMS']],
    ['CHANNEL SMS', '<CHANNEL>SMS</CHANNEL>', ['SMS']],
    ['CHANNEL in small letters and blanks', '<CHANNEL> sms </CHANNEL>', ['SMS']],
    ['CHANNEL Push is hybrid', `<CHANNEL>Push</CHANNEL>${appKey}`, ['Push', 'SMS']],
    ['hybrid without an app', '<CHANNEL>Push</CHANNEL>', ['SMS']],
    [
      'ALLOWEDCHANNELS over CHANNEL',
      `<CHANNEL>SMS</CHANNEL><ALLOWEDCHANNELS>Push</ALLOWEDCHANNELS>${appKey}`,
      ['Push'],
    ],
    [
      'the same the other way round',
      `<CHANNEL>Push</CHANNEL><ALLOWEDCHANNELS>SMS</ALLOWEDCHANNELS>${appKey}`,
      ['SMS'],
    ],
    [
      'several with commas',
      `<ALLOWEDCHANNELS>SMS, Push</ALLOWEDCHANNELS>${appKey}`,
      ['SMS', 'Push'],
    ],
    [
      'several elements',
      `<ALLOWEDCHANNELS>Push</ALLOWEDCHANNELS><ALLOWEDCHANNELS>SMS</ALLOWEDCHANNELS>${appKey}`,
      ['Push', 'SMS'],
    ],
    ['an empty one is none', '<ALLOWEDCHANNELS/>', ['SMS']],
    [
      "the account's order",
      `<ALLOWEDCHANNELS>SMS,Push</ALLOWEDCHANNELS>${appKey}`,
      ['Push', 'SMS'],
      { account: { channels: ['Push', 'SMS'] } },
    ],
  ];
  for (const [title, elements, plan, options] of cases) {
    test(title, async () => {
      const message = await acceptOne({ elements }, options);
      assert.deepEqual(
        message.plan.map(({ channel }) => channel),
        plan,
      );
    });
  }
});

describe('bodies', () => {
  const cases: [title: string, body: string, text: string][] = [
    ['predefined entities', '&quot;&apos;&lt;&gt;&amp;', `"'<>&`],
    ['character references', '&#233;&#xE9;&#x1F35E;', 'éé🍞'],
    ['a CDATA section', '<![CDATA[<b>R&B</b>]]>', '<b>R&B</b>'],
    [
      'text, CDATA and comments, one behind the other',
      'a<![CDATA[b]]>c<!-- x -->d&amp;e',
      'abcd&e',
    ],
    [
      'CDATA after CDATA, as the end of one is written in it',
      '<![CDATA[a]]]]><![CDATA[>b]]>',
      'a]]>b',
    ],
    ['blanks are kept', '  a  ', '  a  '],
    ['line ends are one character', 'a\r\nb\rc\nd', 'a\nb\nc\nd'],
    ['a line end by reference stays what it is', 'a&#13;b', 'a\rb'],
  ];
  for (const [title, body, text] of cases) {
    test(title, async () => {
      const { content } = await acceptOne({ BODY: `<BODY TYPE="AUTO">${body}</BODY>` });
      assert.equal(content.text, text);
    });
  }

  test('binary with a header', async () => {
    const { content } = await acceptOne({
      BODY: '<BODY TYPE="BINARY" HEADER="06050415821582">00FFa0</BODY>',
    });
    assert.deepEqual(
      [content.encoding, content.text, content.udh],
      ['binary', '00FFa0', '06050415821582'],
    );
  });

  test('a header before text, and an empty one, which is none', async () => {
    const long = await acceptOne({ BODY: '<BODY TYPE="TEXT" HEADER="0500030a0201">Hoi</BODY>' });
    assert.deepEqual([long.content.encoding, long.content.udh], ['gsm7', '0500030a0201']);
    const none = await acceptOne({ BODY: '<BODY TYPE="TEXT" HEADER="">Hoi</BODY>' });
    assert.equal(none.content.udh, null);
  });

  test('attributes in small letters are others', async () => {
    const { content } = await acceptOne({ BODY: '<BODY type="AUTO">é€Ж</BODY>' });
    assert.equal(content.encoding, 'gsm7');
  });
});

describe('what real clients send', () => {
  const document = wrap(msg());
  const bare = document.slice(document.indexOf('<MESSAGES>'));

  for (const type of [
    'application/xml',
    'text/xml; charset=utf-8',
    'text/plain; charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/json',
    '',
  ]) {
    test(`Content-Type "${type}"`, async () => {
      const rig = await createGatewayRig();
      const headers = type === '' ? [] : [`Content-Type: ${type}`];
      const answer = await rig.post(document, { headers });
      assert.deepEqual([answer.status, answer.body, rig.accepted.length], [200, '', 1]);
    });
  }

  for (const [title, sent] of [
    ['no declaration', bare],
    ['a byte order mark', `\ufeff${document}`],
    ['a byte order mark and no declaration', `\ufeff${bare}`],
    [
      'a declaration in other words',
      `<?xml version='1.0' encoding='UTF-8' standalone="yes" ?>${bare}`,
    ],
    ['utf8 for UTF-8', `<?xml version="1.0" encoding="utf8"?>${bare}`],
    [
      'a string that was declared UTF-16 before it became octets',
      `<?xml version="1.0" encoding="utf-16"?>${bare.replace('bread', 'brød')}`,
    ],
    ['version 1.1', `<?xml version="1.1" encoding="utf-8"?>${bare}`],
    ['one line', bare.replaceAll(/\n\s*/g, '')],
    ['tabs and line ends of Windows', document.replaceAll('><', '>\r\n\t<')],
    [
      'namespaces that nobody uses',
      document.replace(
        '<MESSAGES>',
        '<MESSAGES xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">',
      ),
    ],
    [
      'the token behind the messages',
      `<MESSAGES>${msg()}<AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION></MESSAGES>`,
    ],
    ['a tariff of old times', wrap('<TARIFF>0</TARIFF>', msg())],
    [
      'another order of elements',
      wrap(
        '<MSG><FROM>F</FROM><BODY TYPE="AUTO">x</BODY><TO>0031612345678</TO><DCS>0</DCS><REFERENCE>Ref:123</REFERENCE></MSG>',
      ),
    ],
    [
      'CDATA around everything',
      wrap(
        '<MSG><FROM><![CDATA[F]]></FROM><TO><![CDATA[0031612345678]]></TO><BODY><![CDATA[x]]></BODY></MSG>',
      ),
    ],
    [
      'elements that are not used and empty',
      wrap(
        msg({
          x: '<DCS/><REFERENCE></REFERENCE><CUSTOMGROUPING/><CHANNEL/><APPKEY/><VALIDITY/><MINIMUMNUMBEROFMESSAGEPARTS/><MAXIMUMNUMBEROFMESSAGEPARTS/>',
        }),
      ),
    ],
    [
      'elements that nobody knows',
      wrap('<y><MSG/></y>', msg({ x: '<x a="b">c<FROM>d</FROM></x>' })),
    ],
  ] as const) {
    test(title, async () => {
      const accepted = await accept(sent);
      assert.equal(accepted.length, 1);
      assert.equal(accepted[0]?.msisdn, '31612345678');
    });
  }

  test('under the path of before 2016', async () => {
    const rig = await createGatewayRig();
    const [, path] = gatewayPaths;
    assert.equal(path, '/smssgateway/cm/gateway.ashx');
    const answer = await rig.post(document, { path });
    assert.deepEqual([answer.status, answer.body, rig.accepted.length], [200, '', 1]);
  });

  test('the token in a header, which wins over the one in the document', async () => {
    const rig = await createGatewayRig();
    const headers = [`X-CM-ProductToken: ${token.toUpperCase()}`];
    const without = `<MESSAGES>${msg()}</MESSAGES>`;
    assert.equal((await rig.post(without, { headers })).body, '');
    const other = document.replace(token, token.replace('5', '6'));
    assert.equal((await rig.post(other, { headers })).body, '');
    assert.equal(
      (await rig.post(document, { headers: ['X-CM-ProductToken: x'] })).body,
      'Error: ERROR Invalid product token.',
    );
  });

  test('a validity, also where local time is meant', async () => {
    const hours = await acceptOne({ V: '<VALIDITY>2h</VALIDITY>' });
    assert.equal(hours.expiresAt, acceptedAt + 2 * 3_600_000);
    const local = await acceptOne({ V: '<VALIDITY>2026-03-02 14:00</VALIDITY>' });
    assert.equal(local.expiresAt, acceptedAt + 3_600_000);
  });

  test("reports go where the account has configured, as every door's do", async () => {
    const statusWebhook = {
      url: 'https://example.org',
      format: 'xml',
      statuses: 31,
      signingKeys: [],
    } as const;
    const { reportTo, wants } = await acceptOne({}, { account: { statusWebhook } });
    assert.deepEqual([reportTo, wants], ['status:demo', 31]);
  });
});

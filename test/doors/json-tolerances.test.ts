import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accept, acceptBody, acceptedAt, createJsonRig, message, token, wrap } from './json-rig.ts';

const hourMs = 3_600_000;

describe('keys (contract §3.1)', () => {
  /** Writes every key of a document in another case. */
  function respell(value: unknown, spell: (key: string) => string): unknown {
    if (Array.isArray(value)) return value.map((one) => respell(one, spell));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [spell(key), respell(inner, spell)]),
    );
  }

  const full = wrap(
    message({
      allowedChannels: ['SMS', 'WhatsApp'],
      reference: 'order4711',
      customGrouping: 'one',
      customGrouping2: 'two',
      customGrouping3: 'three',
      minimumNumberOfMessageParts: 1,
      maximumNumberOfMessageParts: 5,
      validity: '3h',
      dcs: 8,
      appKey: '00000000-0000-0000-0000-000000000000',
      body: { type: 'text', content: 'Your bread' },
      richContent: { conversation: [{ text: 'Your *bread*' }] },
    }),
  );

  for (const [title, spell] of [
    ['as specified', (key: string) => key],
    ['in lower case', (key: string) => key.toLowerCase()],
    ['in capitals', (key: string) => key.toUpperCase()],
    ['with a capital', (key: string) => key.charAt(0).toUpperCase() + key.slice(1)],
  ] as const) {
    test(`${title}, every field arrives`, async () => {
      const { id, ...fields } = await acceptBody(respell(full, spell));
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.deepEqual(fields, {
        account: 'demo',
        door: 'json',
        acceptedAt,
        expiresAt: acceptedAt + 3 * hourMs,
        from: 'Bakery',
        to: '0031612345678',
        msisdn: '31612345678',
        reference: 'order4711',
        groupings: ['one', 'two', 'three'],
        operator: '20408',
        tariff: null,
        plan: [
          { channel: 'SMS', connection: 'SMS', parts: 1, timeoutMs: null, concatReference: 0 },
          {
            channel: 'WhatsApp',
            connection: 'WhatsApp',
            parts: 1,
            timeoutMs: null,
            concatReference: 0,
          },
        ],
        wants: 0,
        reportTo: null,
        content: {
          text: 'Your bread',
          encoding: 'ucs2',
          udh: null,
          partsMax: 5,
          rich: '{"conversation":[{"text":"Your *bread*"}]}',
          appKey: '00000000-0000-0000-0000-000000000000',
        },
      });
    });
  }

  for (const [title, fields, from] of [
    ['of two spellings the last wins', '"from":"first","FROM":"last"', 'last'],
    ['also the other way round', '"FROM":"first","from":"last"', 'last'],
    ['of two the same the last wins', '"from":"first","from":"last"', 'last'],
    ['a key with a Kelvin sign is another key', '"from":"first","app\u212aey":"bad"', 'first'],
  ] as const) {
    test(title, async () => {
      const rest = JSON.stringify(message({ from: undefined })).slice(1);
      const sent = `{"messages":{"authentication":{"producttoken":"${token}"},"msg":[{${fields},${rest}]}}`;
      assert.equal((await acceptBody(sent)).from, from);
    });
  }

  test('a null that comes last makes the key absent', async () => {
    const rig = await createJsonRig();
    const answer = await rig.sendMessages({ ...message(), FROM: null });
    assert.equal(answer.messages[0]?.messageErrorCode, 301);
  });

  test('unknown keys are ignored at every level', async () => {
    const odd = {
      $type: 'X',
      __proto__x: 1,
      constructor: { prototype: {} },
      toString: 'x',
      tariff: [{}],
      minimum_number_of_message_parts: 'x',
      allowed_channels: 'x',
      'a\u0000b': {},
    };
    const rest = ',"__proto__":{"from":"evil","isAdmin":true},';
    const body = {
      ...odd,
      messages: {
        ...odd,
        authentication: { ...odd, productToken: token },
        msg: [{ ...odd, ...message({ to: [{ ...odd, number: '0031612345678' }] }) }],
      },
    };
    const sent = JSON.stringify(body).replaceAll(',"tariff"', `${rest}"tariff"`);
    assert.equal((await acceptBody(sent)).from, 'Bakery');
    assert.ok(!('isAdmin' in {}));
  });

  test('null is absent for every key', async () => {
    const nothing = await accept({});
    const nulls = await accept({
      allowedChannels: null,
      reference: null,
      customGrouping: null,
      customGrouping2: null,
      customGrouping3: null,
      minimumNumberOfMessageParts: null,
      maximumNumberOfMessageParts: null,
      validity: null,
      dcs: null,
      appKey: null,
      hybridAppKey: null,
      richContent: null,
      body: { type: null, content: 'Your bread is ready' },
    });
    assert.deepEqual({ ...nulls, id: '' }, { ...nothing, id: '' });
  });
});

describe('numbers as strings and the reverse (contract §3.1)', () => {
  test('dcs and parts as strings', async () => {
    const { content } = await accept({
      dcs: '8',
      minimumNumberOfMessageParts: '1',
      maximumNumberOfMessageParts: ' 8 ',
      body: { content: 'x' },
    });
    assert.deepEqual([content.encoding, content.partsMax], ['ucs2', 8]);
  });

  test('texts as numbers', async () => {
    const sent = await accept({
      from: 31612345678,
      to: [{ number: 31612345678 }],
      reference: 1,
      customGrouping: 2.5,
      body: { content: 4711 },
    });
    assert.deepEqual(
      [sent.from, sent.to, sent.msisdn, sent.reference, sent.groupings[0], sent.content.text],
      ['31612345678', '31612345678', '31612345678', '1', '2.5', '4711'],
    );
  });
});

describe('numbers keep their digits (contract §3.1)', () => {
  /** Sent as they stand: a number of JavaScript would lose what is tested. */
  const cases: [written: string, reference: string][] = [
    ['1', '1'],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740993', '9007199254740993'],
    ['1234567890123456789', '1234567890123456789'],
    ['-1234567890123456789', '-1234567890123456789'],
    ['1.25', '1.25'],
    ['1e20', '100000000000000000000'],
  ];
  for (const [written, reference] of cases) {
    test(`a reference of ${written}`, async () => {
      const sent = JSON.stringify(wrap(message({ reference: 4711, customGrouping: 4711 })));
      const { reference: kept, groupings } = await acceptBody(sent.replaceAll('4711', written));
      assert.deepEqual([kept, groupings[0]], [reference, reference]);
    });
  }

  test('digits within texts and keys stay where they are', async () => {
    const long = '1234567890123456789';
    const odd = `{"${long}":[true,false,null,${long},-${long},1e+2,${long}.5,"\\\\",":${long},\\"${long}"]}`;
    const sent = JSON.stringify(
      wrap(message({ reference: 4711, body: { content: `\\":${long},"` }, x: 4712 })),
    );
    const { reference, content } = await acceptBody(
      `\ufeff${sent.replace('4711', long).replace('4712', odd)}`,
    );
    assert.deepEqual([reference, content.text], [long, `\\":${long},"`]);
  });

  test('a sender of sixteen digits', async () => {
    const sent = JSON.stringify(wrap(message({ from: 4711 })));
    assert.equal(
      (await acceptBody(sent.replace('4711', '9999999999999999'))).from,
      '9999999999999999',
    );
  });

  test('beside them, numbers that are meant as numbers stay what they are', async () => {
    const rig = await createJsonRig();
    const reference = 2 ** 60;
    const answer = await rig.sendMessages(
      message({ reference, dcs: 8.5, body: { content: 'x' } }),
      message({ reference, maximumNumberOfMessageParts: 2 ** 60 }),
      message({ reference, dcs: 8, body: { content: 'x' } }),
    );
    assert.deepEqual(
      answer.messages.map((one) => one.messageErrorCode),
      [305, 305, 0],
    );
  });
});

describe('the body of the request (contract §2)', () => {
  const good = JSON.stringify(wrap(message({ body: { content: 'Grüße' } })));

  test('a byte order mark is skipped', async () => {
    const sent = await acceptBody(Buffer.from(`\ufeff${good}`));
    assert.equal(sent.content.text, 'Grüße');
  });

  test('escapes and UTF-8 are the same', async () => {
    const escaped = good.replaceAll('ü', '\\u00fc').replaceAll('ß', '\\u00DF');
    assert.equal((await acceptBody(escaped)).content.text, 'Grüße');
  });

  test('white space around it does not matter', async () => {
    assert.equal((await acceptBody(`\r\n\t ${good} \n`)).content.text, 'Grüße');
  });

  for (const type of [
    'application/json',
    'text/plain; charset=UTF-8',
    'application/xml',
    undefined,
  ]) {
    test(`the content type ${type} does not matter`, async () => {
      const rig = await createJsonRig();
      const response = await rig.send(good, { headers: { 'content-type': type } });
      assert.equal(response.status, 200);
    });
  }
});

describe('fields (contract §3.2)', () => {
  test('groupings that are empty are none', async () => {
    const { groupings } = await accept({ customGrouping: '', customGrouping2: 'b' });
    assert.deepEqual(groupings, [null, 'b', null]);
  });

  test('hybridAppKey is appKey, which comes first', async () => {
    const one = '00000000-0000-0000-0000-000000000001';
    const two = '00000000-0000-0000-0000-000000000002';
    assert.equal((await accept({ hybridAppKey: one })).content.appKey, one);
    assert.equal((await accept({ hybridAppKey: one, appKey: two })).content.appKey, two);
    assert.equal((await accept({ hybridAppKey: one, appKey: null })).content.appKey, one);
    assert.equal((await accept({ appKey: '' })).content.appKey, null);
  });

  for (const [mode, reference, kept] of [
    ['tolerant', 'gid://app/Message/1c', 'gid://app/Message/1c'],
    ['strict', 'order4711', 'order4711'],
    ['ignored', 'order4711', null],
    ['ignored', 'x'.repeat(500), null],
  ] as const) {
    test(`a reference of ${reference.length} characters where references are ${mode}`, async () => {
      const rig = await createJsonRig({ account: { references: mode } });
      const answer = await rig.sendMessages(message({ reference }));
      assert.equal(answer.status, 200);
      assert.equal(answer.messages[0]?.reference, kept);
      assert.equal(rig.accepted[0]?.reference, kept);
    });
  }

  test('reports go where the account has configured', async () => {
    const statusWebhook = {
      url: 'https://example.org',
      format: 'xml',
      statuses: 5,
      signingKeys: [],
    } as const;
    const { wants, reportTo } = await accept({}, { account: { statusWebhook } });
    assert.deepEqual([wants, reportTo], [5, 'status:demo']);
  });

  test('what no store can hold is replaced', async () => {
    const sent = await accept({
      customGrouping: 'a\u0000\ud800',
      body: { type: 'auto', content: '\u0000x\udfff😀' },
    });
    assert.equal(sent.groupings[0], 'a\ufffd\ufffd');
    assert.equal(sent.content.text, '\ufffdx\ufffd😀');
  });
});

describe('validity through the door (contract §3.7)', () => {
  const cases: [validity: unknown, expiresAt: number][] = [
    [undefined, acceptedAt + 24 * hourMs],
    [null, acceptedAt + 24 * hourMs],
    ['2h', acceptedAt + 2 * hourMs],
    ['30m', acceptedAt + hourMs / 2],
    ['30M', acceptedAt + hourMs / 2],
    ['72h', acceptedAt + 72 * hourMs],
    ['73H', acceptedAt + 72 * hourMs],
    ['2026-03-02 14:00:05 GMT', Date.UTC(2026, 2, 2, 14, 0, 5)],
    ['2026-03-02 14:00 GMT', Date.UTC(2026, 2, 2, 14)],
    ['2026-03-02 23:00:05+8', Date.UTC(2026, 2, 2, 15, 0, 5)],
    ['2026-03-02 11:55:05-07:00', Date.UTC(2026, 2, 2, 18, 55, 5)],
    ['2026-03-02 14:00:00', Date.UTC(2026, 2, 2, 13)],
    ['2026-03-02T14:00:00Z', Date.UTC(2026, 2, 2, 14)],
    ['2027-01-01 00:00:00', acceptedAt + 72 * hourMs],
  ];
  for (const [validity, expiresAt] of cases) {
    test(JSON.stringify(validity) ?? 'absent', async () => {
      assert.equal((await accept({ validity })).expiresAt, expiresAt);
    });
  }
});

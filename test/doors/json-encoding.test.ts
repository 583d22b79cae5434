import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accept, createJsonRig, message, type RigOptions } from './json-rig.ts';

describe('encoding and parts (contract §3.5)', () => {
  const euro = '€';
  const cases: {
    title: string;
    fields: Record<string, unknown>;
    encoding: string;
    parts: number;
    account?: RigOptions['account'];
  }[] = [
    {
      title: 'auto, 160 of GSM',
      fields: { body: { type: 'AUTO', content: 'x'.repeat(160) } },
      encoding: 'gsm7',
      parts: 1,
    },
    {
      title: 'auto, 161 of GSM',
      fields: { body: { type: 'auto', content: 'x'.repeat(161) } },
      encoding: 'gsm7',
      parts: 2,
    },
    {
      title: 'auto, 80 euro signs',
      fields: { body: { type: 'Auto', content: euro.repeat(80) } },
      encoding: 'gsm7',
      parts: 1,
    },
    {
      title: 'auto, 81 euro signs',
      fields: { body: { type: 'auto', content: euro.repeat(81) } },
      encoding: 'gsm7',
      parts: 2,
    },
    {
      title: 'auto, 70 of Greek',
      fields: { body: { type: 'auto', content: 'ί'.repeat(70) } },
      encoding: 'ucs2',
      parts: 1,
    },
    {
      title: 'auto, 71 of Greek',
      fields: { body: { type: 'auto', content: 'ί'.repeat(71) } },
      encoding: 'ucs2',
      parts: 2,
    },
    {
      title: 'auto ignores dcs',
      fields: { dcs: 8, body: { type: 'auto', content: 'x'.repeat(160) } },
      encoding: 'gsm7',
      parts: 1,
    },
    {
      title: 'no type, no dcs',
      fields: { body: { content: 'ί'.repeat(160) } },
      encoding: 'gsm7',
      parts: 1,
    },
    {
      title: 'no type, dcs 0',
      fields: { dcs: 0, body: { content: 'ί'.repeat(161) } },
      encoding: 'gsm7',
      parts: 2,
    },
    {
      title: 'no type, dcs 8',
      fields: { dcs: 8, body: { content: 'x'.repeat(71) } },
      encoding: 'ucs2',
      parts: 2,
    },
    {
      title: 'text, dcs 8',
      fields: { dcs: 8, body: { type: 'TEXT', content: 'x'.repeat(70) } },
      encoding: 'ucs2',
      parts: 1,
    },
    {
      title: 'binary, 140 octets',
      fields: { body: { type: 'BINARY', content: 'fF'.repeat(140) } },
      encoding: 'binary',
      parts: 1,
    },
    {
      title: 'binary, 141 octets',
      fields: { body: { type: 'binary', content: '00'.repeat(141) } },
      encoding: 'binary',
      parts: 2,
    },
    {
      title: 'eight parts by default',
      fields: { body: { content: 'x'.repeat(5_000) } },
      encoding: 'gsm7',
      parts: 8,
    },
    {
      title: 'as many as the account has by default',
      fields: { body: { content: 'x'.repeat(5_000) } },
      account: { partsMaxDefault: 3 },
      encoding: 'gsm7',
      parts: 3,
    },
    {
      title: 'as many as the request allows',
      fields: { maximumNumberOfMessageParts: 2, body: { content: 'x'.repeat(5_000) } },
      encoding: 'gsm7',
      parts: 2,
    },
    {
      title: 'a minimum alone raises the maximum',
      fields: { minimumNumberOfMessageParts: 10, body: { content: 'x'.repeat(5_000) } },
      encoding: 'gsm7',
      parts: 10,
    },
    {
      title: 'a minimum alone does not lower the maximum',
      fields: { minimumNumberOfMessageParts: 0, body: { content: 'x'.repeat(5_000) } },
      encoding: 'gsm7',
      parts: 8,
    },
    {
      title: '255 parts',
      fields: { maximumNumberOfMessageParts: 255, body: { content: 'x'.repeat(60_000) } },
      encoding: 'gsm7',
      parts: 255,
    },
  ];
  for (const { title, fields, account, encoding, parts } of cases) {
    test(title, async () => {
      const rig = await createJsonRig(account === undefined ? {} : { account });
      const answer = await rig.sendMessages(message({ allowedChannels: ['SMS'], ...fields }));
      assert.equal(answer.messages[0]?.parts, parts);
      const [sent] = rig.accepted;
      assert.equal(sent?.content.encoding, encoding);
      assert.equal(sent?.plan[0]?.parts, parts);
      assert.equal((sent?.plan[0]?.concatReference ?? 0) > 0, parts > 1);
    });
  }

  test('text is kept up to what 255 parts can carry, and no pair is cut', async () => {
    const long = await accept({ body: { content: 'x'.repeat(39_016) } });
    assert.equal(long.content.text.length, 39_015);
    const pairs = await accept({ body: { content: '😀'.repeat(20_000) } });
    assert.equal(pairs.content.text.length, 39_014);
    assert.ok(pairs.content.text.endsWith('😀'));
    const binary = await accept({ body: { type: 'binary', content: 'ff'.repeat(34_171) } });
    assert.equal(binary.content.text.length, 34_170 * 2);
  });

  test('texts of several parts to one handset have different references', async () => {
    const rig = await createJsonRig();
    const long = { body: { content: 'x'.repeat(200) }, allowedChannels: ['SMS'] };
    for (let sent = 0; sent < 3; sent++) await rig.sendMessages(message(long), message(long));
    const references = rig.accepted.map((one) => one.plan[0]?.concatReference);
    assert.equal(new Set(references).size, 6);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedEncoding } from '../../../rehearsal/inbox.ts';
import type { Switches } from './switches.ts';
import { createStage } from './test-stage.ts';

/** GSM 03.38 octets of texts that other alphabets would show differently. */
const gsmPart1 = Buffer.from('00636f7374732035201b65', 'hex');
const gsmPart2 = Buffer.from('201b286f6b1b2911', 'hex');

const alphabets: readonly {
  name: string;
  data_coding: number;
  parts: readonly [Buffer, Buffer];
  text: string;
  encoding: ReceivedEncoding;
  defaultAlphabet?: Switches['defaultAlphabet'];
}[] = [
  {
    name: 'GSM 03.38',
    data_coding: 0,
    parts: [gsmPart1, gsmPart2],
    text: '@costs 5 € {ok}_',
    encoding: 'gsm7',
  },
  {
    name: 'a default alphabet of Latin-1',
    data_coding: 0,
    defaultAlphabet: 'latin1',
    parts: [Buffer.from('@caf\xe9', 'latin1'), Buffer.from(' \xfc_', 'latin1')],
    text: '@café ü_',
    encoding: 'gsm7',
  },
  {
    name: 'a default alphabet of ASCII',
    data_coding: 0,
    defaultAlphabet: 'ascii',
    parts: [Buffer.from('@[a'), Buffer.from(']_')],
    text: '@[a]_',
    encoding: 'gsm7',
  },
  {
    name: 'ASCII',
    data_coding: 1,
    parts: [Buffer.from('@plain'), Buffer.from(' text_')],
    text: '@plain text_',
    encoding: 'ascii',
  },
  {
    name: 'Latin-1',
    data_coding: 3,
    parts: [Buffer.from('na\xefve', 'latin1'), Buffer.from(' \xa3_', 'latin1')],
    text: 'naïve £_',
    encoding: 'latin1',
  },
  {
    name: 'UCS-2 with a pair of surrogates cut in two',
    data_coding: 8,
    parts: [Buffer.from('00480069d83d', 'hex'), Buffer.from('de00d55c', 'hex')],
    text: 'Hi😀한',
    encoding: 'ucs2',
  },
  {
    name: 'binary',
    data_coding: 4,
    parts: [Buffer.from('0001ff', 'hex'), Buffer.from('7f80', 'hex')],
    text: '0001ff7f80',
    encoding: 'binary',
  },
];

const modes = ['udh8', 'udh16', 'sar'] as const;

/** How each part of a text is marked, by a hand that is not ours. */
function markPart(
  mode: (typeof modes)[number],
  sequence: number,
  short_message: Buffer,
): Record<string, unknown> {
  switch (mode) {
    case 'udh8':
      return {
        esm_class: 0x40,
        short_message: Buffer.concat([Buffer.from([5, 0, 3, 0xab, 2, sequence]), short_message]),
      };
    case 'udh16':
      return {
        esm_class: 0x40,
        short_message: Buffer.concat([
          Buffer.from([6, 8, 4, 0x12, 0xab, 2, sequence]),
          short_message,
        ]),
      };
    case 'sar':
      return {
        sar_msg_ref_num: 0x12ab,
        sar_total_segments: 2,
        sar_segment_seqnum: sequence,
        short_message,
      };
  }
}

for (const { name, data_coding, parts, text, encoding, defaultAlphabet = 'gsm' } of alphabets) {
  for (const mode of modes) {
    test(`a user sees one text: ${name}, ${mode}`, async (t) => {
      const stage = await createStage(t, { defaultAlphabet });
      const esme = await stage.bind();
      const receipts: unknown[] = [];
      // The second part first: the phone puts them in order.
      for (const sequence of [2, 1]) {
        const part = markPart(mode, sequence, parts[sequence - 1] ?? Buffer.alloc(0));
        receipts.push((await esme.submit({ data_coding, ...part }))['message_id']);
      }
      const seen = await stage.nextSeen();
      assert.equal(seen.text, text);
      assert.equal(seen.encoding, encoding);
      assert.equal(seen.parts, 2);
      // Each part is a message to the SMSC, with a receipt of its own.
      assert.deepEqual(
        [(await esme.next())['receipted_message_id'], (await esme.next())['receipted_message_id']],
        receipts,
      );
    });
  }

  test(`a user sees one text: ${name}, message_payload`, async (t) => {
    const stage = await createStage(t, { defaultAlphabet });
    const esme = await stage.bind();
    await esme.submit({
      data_coding,
      short_message: Buffer.alloc(0),
      message_payload: Buffer.concat(parts),
    });
    const seen = await stage.nextSeen();
    assert.equal(seen.text, text);
    assert.equal(seen.encoding, encoding);
    assert.equal(seen.parts, 1);
  });
}

test('the SMSC cuts a long message_payload and counts its parts', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  await esme.submit({ short_message: Buffer.alloc(0), message_payload: Buffer.alloc(1000, 'a') });
  const seen = await stage.nextSeen();
  assert.equal(seen.text.length, 1000);
  assert.equal(seen.parts, 7);
});

test('a packed default alphabet', async (t) => {
  const stage = await createStage(t, { defaultAlphabet: 'packed' });
  const esme = await stage.bind();
  // "hellohello" in GSM 03.38 §6.1.2.1.1.
  await esme.submit({ short_message: Buffer.from('e8329bfd4697d9ec37', 'hex') });
  assert.equal((await stage.nextSeen()).text, 'hellohello');
});

test('a text in message_payload may have a header of its own', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  const parts = [Buffer.from([5, 0, 3, 7, 2, 1, 0x41]), Buffer.from([5, 0, 3, 7, 2, 2, 0x42])];
  for (const message_payload of parts) {
    await esme.submit({ esm_class: 0x40, short_message: Buffer.alloc(0), message_payload });
  }
  assert.equal((await stage.nextSeen()).text, 'AB');
});

for (const data_coding of [0x10, 0xf0, 0x18]) {
  test(`data_coding ${data_coding} is a flash message`, async (t) => {
    const stage = await createStage(t);
    const esme = await stage.bind();
    const short_message = Buffer.from(data_coding === 0x18 ? '00480069' : '4869', 'hex');
    await esme.submit({ data_coding, short_message });
    const seen = await stage.nextSeen();
    assert.equal(seen.text, 'Hi');
    assert.equal(seen.flash, true);
  });
}

test('a missing part is never seen, and shown as missing', async (t) => {
  const stage = await createStage(t);
  const esme = await stage.bind();
  await esme.submit(markPart('udh8', 2, gsmPart2));
  const { inbox } = stage.handsets.use('31612345678');
  assert.deepEqual(inbox.messages, []);
  assert.deepEqual(inbox.incomplete[0]?.present, [2]);
});

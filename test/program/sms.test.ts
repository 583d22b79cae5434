import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type SmscThread, startSmscThread } from '../../src/channels/sms/simulator/thread.ts';
import { findFreePort } from '../rig/gateway-process.ts';
import { sendAccepted, textTo, untilState } from './customer.ts';
import { closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { openPeerOperator } from './peer-operator.ts';
import { cleanUp, type Program, startProgram, tokenSecret } from './program.ts';
import { until } from './until.ts';

/** The ways to tie parts together, and the beginnings of the numbers that go each way. */
const ways = { udh8: '3161', udh16: '3162', sar: '3163', payload: '3164' } as const;
type Way = keyof typeof ways;

/** Numbers that go to an operator whose validity is absolute, and to one that cannot be reached. */
const [relative, absolute, nowhere] = ['4471', '4472', '4473'];

/** Numbers of the peer whose parts are tied together in these ways. */
const peerWays = { udh8: '4474', udh16: '4475', sar: '4476' } as const;

let smsc: SmscThread;
let peerOperator: Awaited<ReturnType<typeof openPeerOperator>>;
let endpoint: Endpoint;
let program: Program;

before(async () => {
  smsc = await startSmscThread({ settings: { strangers: true } });
  peerOperator = await openPeerOperator();
  endpoint = await openEndpoint();
  const portOf = (port: number) => ({ hosts: [`127.0.0.1:${port}`], tls: false });
  const toPeer = { ...portOf(peerOperator.port), systemId: 'chappe' };
  const toNobody = { ...portOf(await findFreePort()), systemId: 'chappe' };
  const connections: [name: string, prefix: string, settings: object][] = [
    ...Object.entries(ways).map(([concat, prefix]): [string, string, object] => [
      concat,
      prefix,
      // Each a customer of its own: an operator gives receipts to any bind of a system_id.
      { ...portOf(smsc.port), systemId: concat, window: 100, concat, validityMinMs: 1_000 },
    ]),
    ['relative', relative, toPeer],
    ['absolute', absolute, { ...toPeer, validity: 'absolute' }],
    ['nowhere', nowhere, toNobody],
    ...Object.entries(peerWays).map(([concat, prefix]): [string, string, object] => [
      `peer-${concat}`,
      prefix,
      { ...toPeer, concat },
    ]),
  ];
  program = await startProgram({
    config: {
      webhooks: { allowedNetworks: ['127.0.0.0/8'], plainHttp: true },
      accounts: [{ id: 'shop', token: tokenSecret, statusWebhook: { url: endpoint.url } }],
      connections: connections.map(([name, , settings]) => ({ name, channel: 'SMS', settings })),
      routes: connections.map(([connection, prefix]) => ({
        channel: 'SMS',
        connection,
        prefixes: [prefix],
      })),
    },
  });
});

after(async () => {
  await cleanUp();
  closeEndpoints();
  peerOperator.close();
  await smsc.stop();
});

let lastNumber = 0;

/** A number that nothing was sent to yet. */
function newNumber(prefix: string): string {
  lastNumber++;
  // Never three zeros before the end: such a number asks the simulator for an error.
  const tail = `${String(lastNumber).padStart(3, '0')}111`;
  return `${prefix}${tail.padStart(11 - prefix.length, '2')}`;
}

/** What the only message on a handset is, once it is there. */
async function untilReceived(number: string) {
  const view = await until(`a message arrives at ${number}`, async () => {
    const handset = await smsc.handsets.show(number);
    return handset !== null && handset.messages.length > 0 && handset;
  });
  assert.equal(view.messages.length, 1);
  assert.deepEqual(view.incomplete, []);
  const message = view.messages[0] ?? assert.fail();
  return { text: message.text, encoding: message.encoding, parts: message.parts };
}

interface Case {
  readonly title: string;
  readonly content: string;
  /** What is not said of the body and the message otherwise. */
  readonly body?: object;
  readonly fields?: object;
  /** What arrives, where it is not what was sent. */
  readonly text?: string;
  readonly encoding: 'gsm7' | 'ucs2' | 'binary';
  readonly parts: number;
}

const gsm = (length: number) => 'Bread is ready. '.repeat(Math.ceil(length / 16)).slice(0, length);
const greek = (length: number) => 'Ψωμί και γάλα. '.repeat(Math.ceil(length / 15)).slice(0, length);
const hex = (octets: number) => Buffer.alloc(octets, 'octets').toString('hex');
const family = '👨‍👩‍👧‍👦';

const texts: readonly Case[] = [
  { title: 'GSM, one part full', content: gsm(160), encoding: 'gsm7', parts: 1 },
  { title: 'GSM, one character more', content: gsm(161), encoding: 'gsm7', parts: 2 },
  { title: 'GSM, two parts full', content: gsm(306), encoding: 'gsm7', parts: 2 },
  { title: 'GSM, three parts', content: gsm(307), encoding: 'gsm7', parts: 3 },
  {
    title: 'all of the GSM alphabet',
    content: '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà',
    encoding: 'gsm7',
    parts: 1,
  },
  { title: 'all of its extension', content: '^{}\\[~]|€', encoding: 'gsm7', parts: 1 },
  { title: '80 characters of two septets', content: '€'.repeat(80), encoding: 'gsm7', parts: 1 },
  { title: '81 characters of two septets', content: '€'.repeat(81), encoding: 'gsm7', parts: 2 },
  {
    title: 'a character of two septets on the border of a part',
    content: `${gsm(152)}€${gsm(153)}`,
    encoding: 'gsm7',
    parts: 3,
  },
  { title: 'UCS-2, one part full', content: greek(70), encoding: 'ucs2', parts: 1 },
  { title: 'UCS-2, one character more', content: greek(71), encoding: 'ucs2', parts: 2 },
  {
    title: 'an emoji on the border of a part',
    content: `${greek(66)}🍞${greek(60)}`,
    encoding: 'ucs2',
    parts: 2,
  },
  {
    title: 'a family on the border of a part',
    content: `${greek(62)}${family}${greek(40)}`,
    encoding: 'ucs2',
    parts: 2,
  },
  { title: 'nothing but emoji', content: '🥖🧈'.repeat(50), encoding: 'ucs2', parts: 4 },
  {
    title: 'forced to GSM: what it lacks is a question mark',
    content: 'Ψωμί: 5 € 🍞 é',
    body: { type: 'text' },
    fields: { dcs: 0 },
    text: 'Ψ???: 5 € ? é',
    encoding: 'gsm7',
    parts: 1,
  },
  {
    title: 'forced to UCS-2',
    content: gsm(71),
    body: { type: 'text' },
    fields: { dcs: 8 },
    encoding: 'ucs2',
    parts: 2,
  },
  {
    title: 'AUTO does not look at dcs',
    content: 'Bread',
    fields: { dcs: 8 },
    encoding: 'gsm7',
    parts: 1,
  },
  {
    title: 'octets, one part full',
    content: hex(140),
    body: { type: 'binary' },
    encoding: 'binary',
    parts: 1,
  },
  {
    title: 'octets, one more',
    content: hex(141),
    body: { type: 'binary' },
    encoding: 'binary',
    parts: 2,
  },
  {
    title: 'at most one part: the rest is cut off',
    content: gsm(400),
    fields: { maximumNumberOfMessageParts: 1 },
    text: gsm(160),
    encoding: 'gsm7',
    parts: 1,
  },
  {
    title: 'at most two parts of UCS-2, no emoji is cut in half',
    content: `${greek(133)}🍞${greek(100)}`,
    fields: { maximumNumberOfMessageParts: 2 },
    text: greek(133),
    encoding: 'ucs2',
    parts: 2,
  },
  {
    title: 'eight parts when nothing is said',
    content: gsm(2_000),
    text: gsm(8 * 153),
    encoding: 'gsm7',
    parts: 8,
  },
  {
    title: 'as many as are asked for',
    content: gsm(12 * 153),
    fields: { maximumNumberOfMessageParts: 20 },
    encoding: 'gsm7',
    parts: 12,
  },
];

describe('the text that the handset shows', { concurrency: true }, () => {
  for (const { title, content, body, fields, text = content, encoding, parts } of texts) {
    test(title, async () => {
      const number = newNumber(ways.udh8);
      const answer = await sendAccepted(program, [
        textTo(number, content, { body: { type: 'auto', content, ...body }, ...fields }),
      ]);
      assert.equal(answer.messages[0]?.parts, parts);
      assert.deepEqual(await untilReceived(number), { text, encoding, parts });
    });
  }
});

describe('parts are tied together in every way', { concurrency: true }, () => {
  for (const way of Object.keys(ways).filter((one): one is Way => one in ways)) {
    for (const [content, encoding, parts] of [
      [`${gsm(152)}€${gsm(140)}`, 'gsm7', 2],
      [`${greek(66)}🍞${greek(100)}`, 'ucs2', 3],
      [gsm(306), 'gsm7', 2],
      [gsm(20 * 152), 'gsm7', 20],
    ] as const) {
      test(`${way}: ${parts} parts of ${encoding}`, async () => {
        const number = newNumber(ways[way]);
        const reference = `${way}-${encoding}-${parts}`;
        await sendAccepted(program, [
          textTo(number, content, { reference, maximumNumberOfMessageParts: 20 }),
        ]);
        const received = await untilReceived(number);
        assert.equal(received.text, content);
        assert.equal(received.encoding, encoding);
        await untilState(program, reference, ['delivered']);
      });
    }
  }

  for (const [way, seen] of [
    // Element 0 has an 8-bit reference, 8 one of 16 bits (3GPP TS 23.040 §9.2.3.24).
    ['udh8', { element: 0, segments: undefined }],
    ['udh16', { element: 8, segments: undefined }],
    ['sar', { element: undefined, segments: 2 }],
  ] as const) {
    test(`${way}, as another implementation reads it`, async () => {
      const number = newNumber(peerWays[way]);
      await sendAccepted(program, [textTo(number, gsm(200))]);
      const submit = await peerOperator.untilSubmitted(number);
      const element = submit.short_message.udh?.[0]?.[0];
      assert.deepEqual({ element, segments: submit.sar_total_segments }, seen);
    });
  }

  test('two long texts to one handset at once stay apart', async () => {
    const number = newNumber(ways.udh8);
    const contents = ['a', 'b', 'c'].map((letter) => letter.repeat(500));
    await sendAccepted(
      program,
      contents.map((content) => textTo(number, content)),
    );
    const { messages } = await until(`all arrive at ${number}`, async () => {
      const handset = await smsc.handsets.show(number);
      return handset !== null && handset.messages.length === 3 && handset;
    });
    assert.deepEqual(messages.map(({ text }) => text).toSorted(), contents);
  });
});

const hourMs = 3_600_000;

/** A moment as a validity writes it, in the local time of a zone. */
function localTime(moment: number, timeZone: string): string {
  return new Date(moment).toLocaleString('sv-SE', { timeZone });
}

describe('a validity reaches the operator as validity_period', { concurrency: true }, () => {
  const inAnHour = Date.now() + hourMs;
  for (const [validity, afterMs] of [
    [undefined, 24 * hourMs],
    ['2h', 2 * hourMs],
    ['45m', 0.75 * hourMs],
    [localTime(inAnHour, 'Europe/Amsterdam'), hourMs],
    [`${localTime(inAnHour, 'UTC')}GMT`, hourMs],
    [`${localTime(inAnHour, 'Asia/Tokyo')} Asia/Tokyo`, hourMs],
    [`${localTime(inAnHour, 'Etc/GMT-8').replace(' ', 'T')}+08:00`, hourMs],
    // More than three days become three.
    ['100h', 72 * hourMs],
  ] as const) {
    for (const prefix of [relative, absolute]) {
      test(`${validity}, ${prefix === relative ? 'relative' : 'absolute'}`, async () => {
        const number = newNumber(prefix);
        await sendAccepted(program, [
          textTo(number, 'Hoi', validity === undefined ? {} : { validity }),
        ]);
        const { validity_period: period } = await peerOperator.untilSubmitted(number);
        assert.ok(period instanceof Date);
        const wanted = Date.now() + afterMs;
        assert.ok(
          Math.abs(period.getTime() - wanted) < 60_000,
          `${period.toISOString()} is not ${new Date(wanted).toISOString()}`,
        );
      });
    }
  }
});

describe('a message that is too old', { concurrency: true }, () => {
  /** The statuses and errors that the endpoint was told. */
  async function untilTold(reference: string, count: number): Promise<string[]> {
    const calls = await endpoint.until(count, ({ body }) => body.includes(`"${reference}"`));
    return calls.map(({ body }) => {
      const { code, errorCode } = JSON.parse(body).messages.msg.status;
      return `${code} ${errorCode}`.trim();
    });
  }

  /** Two seconds from now; a date is to the second. */
  const soon = () => localTime(Date.now() + 2_500, 'Europe/Amsterdam');

  test('the operator gives up: failed, because the phone was off', async () => {
    const number = newNumber(ways.udh8);
    await smsc.handsets.change(number, { on: false });
    await sendAccepted(program, [
      textTo(number, 'Hoi', { reference: 'too-old-1', validity: soon() }),
    ]);
    assert.deepEqual(await untilTold('too-old-1', 2), ['0', '3 24']);
    await smsc.handsets.change(number, { on: true });
    assert.deepEqual((await smsc.handsets.show(number))?.messages, []);
  });

  test('no operator took it: failed, expired', async () => {
    const number = newNumber(nowhere);
    await sendAccepted(program, [
      textTo(number, 'Hoi', { reference: 'too-old-2', validity: soon() }),
    ]);
    assert.deepEqual(await untilTold('too-old-2', 1), ['3 8']);
    const { events } = await untilState(program, 'too-old-2', ['failed']);
    assert.ok(!events.some(({ kind }) => kind === 'submitted'));
  });
});

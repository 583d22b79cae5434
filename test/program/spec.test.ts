import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { hashPassword } from '../../src/lib/password.ts';
import { connectEsme, password } from '../doors/smpp-esme.ts';
import { changeHandset, untilShown, untilState } from './customer.ts';
import { type Call, closeEndpoints, type Endpoint, openEndpoint } from './endpoint.ts';
import { cleanUp, type Program, startProgram, token, tokenSecret } from './program.ts';
import {
  examplesBySection,
  examplesDir,
  type RequestExample,
  readExample,
  requestExamples,
  type Shown,
} from './spec-examples.ts';

/*
 * The specification's own examples, sent to the letter but for the product token. Where a channel has no
 * connection yet, or the example is broken, the answer is the one that the wire contract decides.
 */

let program: Program;
let endpoint: Endpoint;
let xmlEndpoint: Endpoint;
const xmlToken = '00000000-1111-4222-8333-000000000001';

before(async () => {
  endpoint = await openEndpoint();
  xmlEndpoint = await openEndpoint();
  program = await startProgram({
    environment: { CHAPPE_XML_TOKEN: xmlToken },
    config: {
      rehearsal: true,
      accounts: [
        {
          id: 'shop',
          token: tokenSecret,
          statusWebhook: { url: endpoint.url },
          smpp: { systemId: 'bakery', passwordHash: hashPassword(password) },
        },
        {
          id: 'shop-xml',
          token: { env: 'CHAPPE_XML_TOKEN' },
          statusWebhook: { url: xmlEndpoint.url, format: 'xml' },
        },
      ],
    },
  });
  for (const number of ['0031612345678', '00316012345678']) {
    await changeHandset(program, number, { readsAfterMs: 0 });
  }
  await changeHandset(program, '0031612345670', { apps: { WhatsApp: false } });
});

after(async () => {
  closeEndpoints();
  await cleanUp();
});

/** The example with a real token where it has a placeholder. */
function withToken(text: string, productToken = token): string {
  return text.replace(
    /("producttoken": *"|<PRODUCTTOKEN>|producttoken=)(?:your product token|[0-]{36})/i,
    (_all, before: string) => before + productToken,
  );
}

/** Sends an example through the door that it is for. */
async function sendExample(file: string, text: string): Promise<Response> {
  if (file.endsWith('.url')) {
    const { pathname, search } = new URL(text);
    return fetch(`${program.url}${pathname}${search}`);
  }
  const path = file.endsWith('.xml') ? '/gateway.ashx' : '/v1.0/message';
  return fetch(`${program.url}${path}`, { method: 'POST', body: text });
}

/** A status report to the JSON endpoint. */
interface Told {
  readonly to: string;
  readonly reference: string;
  readonly channel: string;
  readonly status: { readonly code: string };
}

function readTold({ body }: Call): Told {
  return JSON.parse(body).messages.msg;
}

async function assertShown(
  number: string,
  expected: readonly Shown[],
  since: number,
): Promise<void> {
  const { messages, incomplete } = await untilShown(program, number, expected.length);
  assert.deepEqual(incomplete, []);
  const seen = messages.map(({ channel, from, text, encoding, parts, rich }) => {
    return { channel, from, text, encoding, parts, ...(rich === undefined ? {} : { rich }) };
  });
  assert.deepEqual(seen, expected);
  const channel = expected[0]?.channel ?? 'SMS';
  const codes = channel === 'WhatsApp' ? ['0', '2', '4'] : ['0', '2'];
  const isNew = (call: Call) =>
    endpoint.calls.indexOf(call) >= since && readTold(call).to === number;
  const calls = await endpoint.until(codes.length, isNew);
  assert.deepEqual(
    calls.map((call) => readTold(call).status.code),
    codes,
  );
  assert.equal(readTold(calls.at(-1) ?? assert.fail()).channel, channel.toLowerCase());
}

/** Every number that an example names. */
const numbers = [
  '00447911123456',
  '00447911123457',
  '00447911123458',
  '00447911123459',
  '0031612345678',
  '0031612345670',
  '00316012345678',
  '0031765727000',
];

function clearHandsets(): Promise<unknown> {
  return Promise.all(
    numbers.map((number) =>
      fetch(`${program.url}/api/handsets/${number}/messages`, { method: 'DELETE' }),
    ),
  );
}

function titleOf({ file, status, answer, shown }: RequestExample): string {
  const count = Object.values(shown).flat().length;
  if (count > 0) return `${file}: the handsets show ${count}`;
  return `${file}: ${status} ${typeof answer === 'string' ? answer : JSON.stringify(answer)}`;
}

describe('the examples are complete', () => {
  const files = readdirSync(examplesDir);

  test('as many in each section as the specification has', () => {
    const bySection = Object.groupBy(files, (file) => file.split('-')[0] ?? '');
    const counts = Object.entries(bySection).map(([section, all]) => [section, all?.length ?? 0]);
    assert.deepEqual(Object.fromEntries(counts), examplesBySection);
  });

  test('each is sent, or is an answer or form that a test below looks at', () => {
    const used = [...requestExamples.map(({ file }) => file), ...otherExamples];
    assert.deepEqual([...new Set(used)].toSorted(), files.toSorted());
  });
});

/** Examples that are no requests. */
const otherExamples = [
  '3.4-validity-forms.txt',
  '3.6-answer-all-incorrect.json',
  '3.6-answer-one-incorrect.json',
  '3.6-answer-request-incorrect.json',
  '10-receipt.txt',
  '11-answer-failed.txt',
];

describe('requests', () => {
  for (const example of requestExamples) {
    test(titleOf(example), async () => {
      await clearHandsets();
      const since = endpoint.calls.length;
      const text = readExample(example.file);
      const response = await sendExample(
        example.file,
        withToken(example.wrap === undefined ? text : example.wrap(text)),
      );
      const answered = await response.text();
      const { status, answer } = example;
      const expected = typeof answer === 'string' ? answer : JSON.stringify(answer);
      assert.deepEqual([response.status, answered], [status, expected]);
      for (const [number, shown] of Object.entries(example.shown)) {
        await assertShown(number, shown, since);
      }
      const view = await fetch(`${program.url}/api/handsets?limit=100`);
      const { handsets }: { handsets: { number: string; messages: number }[] } = JSON.parse(
        await view.text(),
      );
      const holding = handsets.filter(({ messages }) => messages > 0);
      assert.deepEqual(
        holding.map(({ number }) => `00${number}`).toSorted(),
        Object.keys(example.shown).toSorted(),
        'nobody else got anything',
      );
    });
  }
});

describe('validity', () => {
  const forms = readExample('3.4-validity-forms.txt').split('\n');
  const hourMs = 3_600_000;
  /** Those that are relative: how far ahead. The others lie in the past. */
  const aheadMs: Readonly<Record<string, number>> = { '2h': 2 * hourMs, '30m': hourMs / 2 };

  for (const [index, form] of forms.entries()) {
    test(form, async () => {
      const document = JSON.parse(withToken(readExample('3.4-validity-period.json')));
      const reference = `validity${index}`;
      Object.assign(document.messages.msg[0], { validity: form, reference });
      const sentAt = Date.now();
      const response = await sendExample('3.4.json', JSON.stringify(document));
      const ahead = aheadMs[form];
      assert.equal(response.status, ahead === undefined ? 400 : 200);
      if (ahead === undefined) {
        assert.equal(JSON.parse(await response.text()).messages[0].messageErrorCode, 305);
        return;
      }
      const { expiresAt } = await untilState(program, reference, ['delivered']);
      const lived = Date.parse(expiresAt) - sentAt;
      assert.ok(lived >= ahead && lived < ahead + 10_000, expiresAt);
    });
  }
});

/** The printed answers have comments, which JSON has not. */
function readAnswer(file: string): string {
  const text = readExample(file).replaceAll(/\s*\/\/.*$/gm, '');
  return JSON.stringify(JSON.parse(text));
}

function fieldsOf(number: string, content: string, reference?: string): object {
  return { from: 'SenderName', to: [{ number }], body: { content }, reference };
}

/** The requests that have these answers, as the text beside the examples tells them. */
const answers: readonly [file: string, status: number, productToken: string, msg: object[]][] = [
  [
    '3.6-answer-request-incorrect.json',
    400,
    '00000000-0000-0000-0000-000000000000',
    [fieldsOf('00447911123456', 'Test message')],
  ],
  [
    '3.6-answer-one-incorrect.json',
    200,
    token,
    [
      fieldsOf('00447911123456', 'Test message', 'your_reference_A'),
      fieldsOf('00447911123457', '', 'your_reference_B'),
    ],
  ],
  [
    '3.6-answer-all-incorrect.json',
    400,
    token,
    [
      fieldsOf('0044791112345a', 'Test message', 'your_reference_A'),
      fieldsOf('00447911123456', ''),
    ],
  ],
];

describe('answers', () => {
  for (const [file, status, productToken, msg] of answers) {
    test(`${file}, to the letter`, async () => {
      const body = JSON.stringify({ messages: { authentication: { productToken }, msg } });
      const response = await sendExample(file, body);
      assert.deepEqual([response.status, await response.text()], [status, readAnswer(file)]);
    });
  }

  test('11-answer-failed.txt, to the letter', async () => {
    // The token of the examples belongs to nobody.
    const response = await sendExample('11.xml', readExample('11-message.xml'));
    assert.equal(response.status, 200);
    assert.equal(await response.text(), readExample('11-answer-failed.txt'));
  });
});

describe('status reports', () => {
  const zeroToken = '00000000-0000-0000-0000-000000000000';

  test('in JSON: the keys of contract §8.2 in its order, with what the message had', async () => {
    const file = '3.3-references-and-custom-groupings.json';
    const text = readExample(file).replace('your_reference', 'your_reference_C');
    await sendExample(file, withToken(text));
    const calls = await endpoint.until(2, ({ body }) => body.includes('your_reference_C'));
    const body = calls[1]?.body ?? '';
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`;
    assert.match(
      body,
      new RegExp(
        String.raw`^\{"messages":\{"msg":\{"received":"${time}","to":"00447911123456","reference":"your_reference_C",` +
          String.raw`"status":\{"code":"2","errorCode":"","errorDescription":""\},"operator":"","send":"${time}",` +
          String.raw`"channel":"sms","customGrouping":"Campaign ABC","customGrouping2":"Department XYZ","customGrouping3":"Source 123"\}\}\}$`,
      ),
    );
  });

  test('in XML: every parameter of the specification has its place (contract §8.3)', async () => {
    const text = readExample('11-custom-grouping.xml').replace(
      '    <CUSTOMGROUPING>',
      '    <REFERENCE>your_reference</REFERENCE>\n    <CUSTOMGROUPING>',
    );
    const response = await sendExample('11.xml', withToken(text, xmlToken));
    assert.equal(await response.text(), '');
    const calls = await xmlEndpoint.until(2, ({ body }) => body.includes('your_reference'));
    const told = (calls[1]?.body ?? '')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, 'TIME')
      .replaceAll(/>\s+</g, '><');
    assert.equal(
      told,
      '<?xml version="1.0" encoding="utf-8"?><MESSAGES SENT="TIME"><MSG RECEIVED="TIME">' +
        '<TO>00447911123456</TO><REFERENCE>your_reference</REFERENCE>' +
        '<STATUS><CODE>2</CODE><ERRORCODE></ERRORCODE><ERRORDESCRIPTION></ERRORDESCRIPTION></STATUS>' +
        '<CHANNEL>sms</CHANNEL><OPERATOR></OPERATOR>' +
        '<CUSTOMGROUPING>Campaign ABC</CUSTOMGROUPING><CUSTOMGROUPING2>Department XYZ</CUSTOMGROUPING2>' +
        '<CUSTOMGROUPING3>Source 123</CUSTOMGROUPING3></MSG></MESSAGES>',
    );
  });

  test('none for the token that the examples have', () => {
    assert.equal(
      endpoint.calls.some(({ body }) => body.includes(zeroToken)),
      false,
    );
  });
});

describe('SMPP', () => {
  test('10-receipt.txt is the form of receipts, and message_state says the same', async () => {
    const [, port = ''] = await program.prints(/SMPP +127\.0\.0\.1:(\d+)/);
    const esme = await connectEsme(Number(port));
    assert.equal((await esme.bind()).command_status, 0);
    // The operator and the tariff are for one connection to all (spec "Single connection").
    const answer = await esme.submit(
      { registered_delivery: 1 },
      { mcc_mnc: '20408', tariff: '25' },
    );
    assert.ok('message_id' in answer);
    const receipt = await esme.next();
    assert.ok(receipt.command === 'deliver_sm');
    const form = readExample('10-receipt.txt')
      .replace('I'.repeat(32), answer.message_id)
      .replaceAll('yyyyMMddHHmmss', String.raw`20\d{12}`)
      .replace('S'.repeat(7), 'DELIVRD')
      .replace('EEE', '000');
    assert.match(receipt.short_message.toString('latin1'), new RegExp(`^${form}$`));
    assert.equal(answer.message_id.length, 32);
    assert.equal(receipt.tlvs?.message_state, 2);
    assert.match(receipt.tlvs?.mcc_mnc ?? '', /^\d{5,6}$/);
    esme.socket.destroy();
  });
});

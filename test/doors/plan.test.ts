import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Door, DoorRequest } from '../../src/api/door.ts';
import { createGetDoor } from '../../src/api/get/get-door.ts';
import { createJsonDoor } from '../../src/api/json/json-door.ts';
import { createPlanDoor, planBodyBytesMax, planMessagesMax } from '../../src/api/plan/plan-door.ts';
import { createXmlDoor } from '../../src/api/xml/xml-door.ts';
import { encodePdu } from '../../src/smpp/codec.ts';
import { commandStatus } from '../../src/smpp/command-status.ts';
import type { BodyOf, SubmitSm } from '../../src/smpp/pdus.ts';
import { drySubmit } from '../../src/smpp-server/dry-submit.ts';
import { createDoorRig, type DoorRigOptions, token } from './door-rig.ts';
import { message, wrap } from './json-rig.ts';
import { makePdu, submit } from './smpp-esme.ts';

interface Plan {
  status: number;
  title?: string;
  detail?: string;
  door?: string;
  answer?: { status?: number; body?: string; reason?: string; command_status?: number };
  messages?: PlannedMessage[];
}

interface PlannedMessage {
  to: string | null;
  reference: string | null;
  outcome: 'accepted' | 'rejected' | 'withheld';
  errorCode: number;
  details: string | null;
  recipient?: string;
  operator?: string | null;
  expiresAt?: string;
  encoding?: string;
  steps?: {
    channel: string;
    connection: string;
    parts: number;
    cost: number | null;
    waitMs: number | null;
    why: string;
    passedOver: string[];
  }[];
  why: string | null;
  leftOut: { channel: string; why: string; passedOver: string[] }[];
}

function requestOf(body: string | Buffer, fields: Partial<DoorRequest> = {}): DoorRequest {
  return {
    method: 'POST',
    path: '/api/plan',
    query: '',
    headers: {},
    body: Buffer.from(body),
    peer: '192.0.2.1',
    ...fields,
  };
}

async function createRig(options: DoorRigOptions = {}) {
  const rig = await createDoorRig(options);
  const { parts, intakeParts } = rig;
  const door = createPlanDoor({
    ...parts,
    intake: intakeParts,
    submit: (pdu, account, intake) =>
      drySubmit(pdu, { ...intakeParts, account, intake, onFailure: parts.onFailure }),
  });
  return {
    ...rig,
    door,
    async plan(body: unknown, fields: Partial<DoorRequest> = {}): Promise<Plan> {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await door(requestOf(text, fields));
      const parsed: Omit<Plan, 'status'> = JSON.parse(response.body);
      return { ...parsed, status: response.status };
    },
  };
}

function xml(to: string, text = 'Hoi', more = ''): string {
  return `<?xml version="1.0"?><MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION><MSG><FROM>Bakery</FROM><TO>${to}</TO><BODY>${text}</BODY></MSG>${more}</MESSAGES>`;
}

function query(fields: Record<string, string>): string {
  const all = { producttoken: token, from: 'Bakery', to: '0031612345678', body: 'Hoi' };
  return new URLSearchParams({ ...all, ...fields }).toString();
}

function submitPdu(fields: Partial<BodyOf<SubmitSm>> = {}): string {
  const pdu = makePdu('submit_sm', 1, submit({ short_message: Buffer.from('Hoi'), ...fields }));
  return JSON.stringify({ submit_sm: encodePdu(pdu).toString('hex') });
}

const header = { headers: { 'x-cm-producttoken': token } };

describe('a plan', () => {
  test('says what a message comes to, and why', async () => {
    const { plan } = await createRig({
      routes: [
        { channel: 'SMS', connection: 'SMS', prefixes: ['31'], priority: 1, cost: 0.1 },
        { channel: 'WhatsApp', connection: 'WhatsApp', priority: 1, waitMs: 60_000 },
        { channel: 'Viber', connection: 'Viber', accounts: ['other'], priority: 1 },
      ],
    });
    const sent = message({
      body: { type: 'auto', content: 'x'.repeat(400) },
      allowedChannels: ['WhatsApp', 'Viber', 'SMS'],
      reference: 'order1',
    });
    assert.deepEqual(await plan(wrap(sent)), {
      status: 200,
      door: 'json',
      answer: {
        status: 200,
        body: '{"details":"Created 1 message(s)","errorCode":0,"messages":[{"to":"0031612345678","status":"Accepted","reference":"order1","parts":1,"messageDetails":null,"messageErrorCode":0}]}',
      },
      messages: [
        {
          to: '0031612345678',
          reference: 'order1',
          outcome: 'accepted',
          errorCode: 0,
          details: null,
          from: 'Bakery',
          recipient: '31612345678',
          operator: '20408',
          expiresAt: '2026-03-03T12:00:00.000Z',
          encoding: 'gsm7',
          steps: [
            {
              channel: 'WhatsApp',
              connection: 'WhatsApp',
              parts: 1,
              cost: null,
              waitMs: 60_000,
              why: 'WhatsApp over WhatsApp: route 2 for every number at priority 1.',
              passedOver: [],
            },
            {
              channel: 'SMS',
              connection: 'SMS',
              parts: 3,
              cost: 0.3,
              waitMs: null,
              why: 'SMS over SMS: route 1 for numbers in 31 at priority 1 for 0.1 a part.',
              passedOver: [],
            },
          ],
          why: 'WhatsApp over WhatsApp, then SMS over SMS.',
          leftOut: [
            {
              channel: 'Viber',
              why: 'None of its routes serves this message.',
              passedOver: ['Viber (route 3): it is for other accounts'],
            },
          ],
        },
      ],
    });
  });

  const dutchOnly = [{ channel: 'SMS', connection: 'SMS', prefixes: ['31'], priority: 1 }] as const;

  test('shows each rejection with its code, and what else would have been', async () => {
    const { plan } = await createRig({ routes: dutchOnly });
    const { messages = [] } = await plan(
      wrap(
        message({
          to: [{ number: '0031612345678' }, { number: 'x' }, { number: '0032470123456' }],
        }),
        message({ from: '' }),
      ),
    );
    assert.deepEqual(
      messages.map(({ to, outcome, errorCode, why }) => [to, outcome, errorCode, why]),
      [
        ['0031612345678', 'accepted', 0, 'SMS over SMS.'],
        ['x', 'rejected', 303, null],
        [
          '0032470123456',
          'rejected',
          403,
          'No route on SMS, WhatsApp, RCS, Viber serves this message.',
        ],
        ['0031612345678', 'rejected', 301, null],
      ],
    );
    assert.deepEqual(messages[2]?.leftOut[0], {
      channel: 'SMS',
      why: 'None of its routes serves this message.',
      passedOver: ['SMS (route 1): it is for numbers in 31'],
    });
  });

  test('of a request of which nothing is routable keeps the reasons', async () => {
    const { plan } = await createRig({ routes: dutchOnly });
    const planned = await plan(wrap(message({ to: [{ number: '0032470123456' }] })));
    assert.equal(planned.status, 200);
    assert.match(planned.answer?.body ?? '', /"Message is unroutable."/);
    assert.equal(planned.messages?.[0]?.errorCode, 403);
  });

  test('shows good messages that a bad one holds back', async () => {
    const { plan } = await createRig();
    const bad = '<MSG><FROM>Bakery</FROM><TO>x</TO><BODY>Hoi</BODY></MSG>';
    const { door, messages = [] } = await plan(xml('0031612345678', 'Hoi', bad));
    assert.equal(door, 'xml');
    assert.deepEqual(
      messages.map(({ outcome, errorCode, encoding }) => [outcome, errorCode, encoding]),
      [
        ['withheld', 0, 'gsm7'],
        ['rejected', 303, undefined],
      ],
    );
  });

  test('shows which connection is passed over for its health', async () => {
    const isUp = (name: string) => name !== 'SMS';
    const { plan } = await createRig({
      routes: [
        { channel: 'SMS', connection: 'SMS', priority: 1 },
        { channel: 'WhatsApp', connection: 'WhatsApp', priority: 1 },
      ],
      routing: {
        gateOf: (name) => ({
          admits: () => isUp(name),
          admitted: () => assert.fail('a plan counts nothing'),
          reason: () => (isUp(name) ? '' : 'its link is down'),
        }),
      },
    });
    const { messages = [] } = await plan(wrap(message({ allowedChannels: ['SMS', 'WhatsApp'] })));
    assert.equal(messages[0]?.why, 'WhatsApp over WhatsApp.');
    assert.deepEqual(messages[0]?.leftOut, [
      {
        channel: 'SMS',
        why: 'None of its connections can take messages now, and a later channel can.',
        passedOver: ['SMS (route 1): its link is down'],
      },
    ]);
  });
});

describe('a plan answers what the door answers', () => {
  const bodies: [door: 'json' | 'xml' | 'get', body: string][] = [
    ['json', JSON.stringify(wrap(message()))],
    ['json', `\ufeff  ${JSON.stringify(wrap(message()))}`],
    ['json', JSON.stringify(wrap(message(), message({ body: null })))],
    ['json', JSON.stringify(wrap(message({ to: [{ number: '12' }] })))],
    ['json', JSON.stringify(wrap())],
    ['json', '{"messages":'],
    ['xml', xml('0031612345678')],
    ['xml', xml('x')],
    ['xml', xml('0031612345678', '')],
    [
      'xml',
      `<MESSAGES><AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION></MESSAGES>`,
    ],
    ['xml', '<MESSAGES>'],
    ['get', query({})],
    ['get', query({ to: 'x' })],
    ['get', query({ body: '' })],
    ['get', query({ from: '' })],
  ];
  for (const [name, body] of bodies) {
    test(`${name}: ${body.replaceAll(token, '...').slice(0, 90)}`, async () => {
      const planned = await createRig();
      const real = await createDoorRig();
      const { door, answer } = await planned.plan(body, header);
      assert.equal(door, name);
      const doors: Record<typeof name, Door> = {
        json: createJsonDoor(real.parts),
        xml: createXmlDoor({ ...real.parts, clock: real.intakeParts.clock }),
        get: createGetDoor(real.parts),
      };
      const request =
        name === 'get'
          ? requestOf('', { ...header, method: 'GET', query: body })
          : requestOf(body, header);
      const expected = await doors[name](request);
      assert.deepEqual([answer?.status, answer?.body], [expected.status, expected.body]);
      assert.equal(answer?.reason, expected.headers['x-chappe-reason']);
      assert.deepEqual(planned.accepted, [], 'nothing is accepted');
      assert.deepEqual(planned.failures, []);
    });
  }

  for (const messagesLeft of [0, 1, 2]) {
    test(`with ${messagesLeft} messages left on a trial, which it leaves there`, async () => {
      const options = { account: { wallet: 'trial' }, messagesLeft } as const;
      const planned = await createRig(options);
      const real = await createDoorRig(options);
      const body = JSON.stringify(wrap(message(), message()));
      const { answer } = await planned.plan(body);
      const expected = await createJsonDoor(real.parts)(requestOf(body));
      assert.equal(answer?.body, expected.body);
      assert.equal(await planned.messagesLeft(), messagesLeft);
    });
  }

  test('also with an Idempotency-Key, which it does not use up', async () => {
    const { plan, parts, accepted } = await createRig();
    const keyed = { headers: { 'idempotency-key': 'k' } };
    const body = JSON.stringify(wrap(message()));
    await plan(body, keyed);
    await plan(body, keyed);
    const response = await createJsonDoor(parts)(requestOf(body, keyed));
    assert.equal(response.status, 200);
    assert.equal(accepted.length, 1);
  });
});

describe('a plan of a submit_sm', () => {
  const cases: [title: string, body: string, command_status: number, outcome?: string][] = [
    ['a good one', submitPdu(), commandStatus.ESME_ROK, 'accepted'],
    [
      'one to no number',
      submitPdu({ destination_addr: 'abc' }),
      commandStatus.ESME_RINVDSTADR,
      'rejected',
    ],
    [
      'one at a time',
      submitPdu({ schedule_delivery_time: '000001000000000R' }),
      commandStatus.ESME_RINVSCHED,
    ],
    [
      'a part of a longer one',
      submitPdu({ esm_class: 0x40, short_message: Buffer.from('050003010201486f69', 'hex') }),
      commandStatus.ESME_ROK,
      'accepted',
    ],
  ];
  for (const [title, body, command_status, outcome] of cases) {
    test(title, async () => {
      const { plan, accepted } = await createRig();
      const { door, answer, messages, ...rest } = await plan(body, header);
      assert.equal(door, 'smpp', JSON.stringify(rest));
      assert.deepEqual(answer, { command_status });
      assert.equal(messages?.[0]?.outcome, outcome);
      assert.deepEqual(accepted, []);
    });
  }

  const bad: [title: string, body: string][] = [
    ['no hexadecimal', '{"submit_sm":"xyz"}'],
    ['nothing', '{"submit_sm":""}'],
    ['half an octet', '{"submit_sm":"000"}'],
    ['another PDU', '{"submit_sm":"00000010000000150000000000000001"}'],
    ['half a PDU', `${submitPdu().slice(0, -42)}"}`],
    ['garbage', '{"submit_sm":"ffffffffffffffffffffffffffffffff"}'],
  ];
  for (const [title, body] of bad) {
    test(`${title} is a problem`, async () => {
      const { plan, failures } = await createRig();
      assert.equal((await plan(body, header)).status, 400);
      assert.deepEqual(failures, []);
    });
  }
});

describe('who may plan', () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  const strange = JSON.stringify(wrap(message())).replace(token, unknown);
  const cases: [title: string, body: string, headers: DoorRequest['headers'], status: number][] = [
    ['the token in the body', JSON.stringify(wrap(message())), {}, 200],
    ['the token in the header', strange, { 'x-cm-producttoken': token }, 200],
    ['an unknown token in the body', strange, {}, 401],
    [
      'an unknown token in the header',
      JSON.stringify(wrap(message())),
      { 'x-cm-producttoken': unknown },
      401,
    ],
    ['no GUID', JSON.stringify(wrap(message())), { 'x-cm-producttoken': 'secret' }, 401],
    ['no token', '{"messages":{"msg":[]}}', {}, 401],
    ['an unreadable body', '{', {}, 401],
    ['an unreadable body of an account', '{', { 'x-cm-producttoken': token }, 200],
    ['an empty body', '', {}, 401],
    ['XML with an unknown token', xml('1').replace(token, unknown), {}, 401],
    ['a query with an unknown token', query({ producttoken: unknown }), {}, 401],
    ['a submit without a header', submitPdu(), {}, 401],
  ];
  for (const [title, body, headers, status] of cases) {
    test(`${title}: ${status}`, async () => {
      const { plan } = await createRig();
      const planned = await plan(body, { headers });
      assert.equal(planned.status, status);
      assert.equal(planned.title, status === 401 ? 'Unauthorized' : undefined);
    });
  }
});

describe('what a plan refuses', () => {
  test('another method', async () => {
    const { plan } = await createRig();
    assert.equal((await plan('', { method: 'GET' })).status, 405);
  });

  test('more messages than it looks at, and no fewer', async () => {
    const { plan } = await createRig();
    const to = (count: number) =>
      Array.from({ length: count }, () => ({ number: '0031612345678' }));
    const most = await plan(wrap(message({ to: to(planMessagesMax) })));
    assert.equal(most.messages?.length, planMessagesMax);
    const over = await plan(wrap(message({ to: to(planMessagesMax + 1) })));
    assert.deepEqual([over.status, over.messages], [413, undefined]);
  });

  test('more octets than it reads, and no fewer', async () => {
    const { plan } = await createRig();
    const body = JSON.stringify(wrap(message()));
    const padded = (octets: number) => body + ' '.repeat(octets - body.length);
    assert.equal((await plan(padded(planBodyBytesMax))).status, 200);
    assert.equal((await plan(padded(planBodyBytesMax + 1))).status, 413);
  });

  for (const [admission, status] of [
    ['too-fast', 429],
    ['busy', 503],
  ] as const) {
    test(`an account that is ${admission}: ${status}`, async () => {
      const { plan } = await createRig({ admit: () => admission });
      assert.equal((await plan(wrap(message()))).status, status);
    });
  }
});

describe('what strangers and careless customers send', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '<',
    '"',
    ':',
    '=',
    '&',
    '%',
    '"submit_sm"',
    '00',
    'x',
    '\u0000',
    '\ufeff',
  );
  const bodies = fc.oneof(
    fc.array(pieces, { maxLength: 40 }).map((list) => Buffer.from(list.join(''))),
    fc.uint8Array({ maxLength: 200 }).map((octets) => Buffer.from(octets)),
    fc.uint8Array({ maxLength: 80 }).map((octets) => {
      return Buffer.from(`{"submit_sm":"${Buffer.from(octets).toString('hex')}"}`);
    }),
    // A submit_sm of which some octets are others.
    fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }).map((changes) => {
      const { submit_sm }: { submit_sm: string } = JSON.parse(submitPdu());
      const pdu = Buffer.from(submit_sm, 'hex');
      for (const [at, octet] of changes) if (at < pdu.length) pdu[at] = octet;
      return Buffer.from(`{"submit_sm":"${pdu.toString('hex')}"}`);
    }),
  );

  test('is answered, and nothing of it is sent or fails inside', async () => {
    const { door, accepted, failures } = await createRig();
    await fc.assert(
      fc.asyncProperty(bodies, fc.boolean(), async (body, isKnown) => {
        const response = await door(requestOf(body, isKnown ? header : {}));
        assert.ok((isKnown ? [200, 400] : [400, 401]).includes(response.status), response.body);
        JSON.parse(response.body);
      }),
      { numRuns: 2_000 },
    );
    assert.deepEqual([accepted, failures], [[], []]);
  });
});

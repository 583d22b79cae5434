import assert from 'node:assert/strict';
import type { CallbackAnswer, Connection, InboundPart } from '../../src/channels/contract.ts';
import { TestPorts } from '../../src/channels/test-ports.ts';
import { createWhatsappConnection } from '../../src/channels/whatsapp/connection.ts';
import { signatureHeader, signBody } from '../../src/channels/whatsapp/signature.ts';
import { answered, settingsWith, stageStartAt } from '../../src/channels/whatsapp/test-stage.ts';
import type { ReceiptFact } from '../../src/core/receipt.ts';
import type { ProviderOutcome } from '../../src/lib/provider-http.ts';
import type { Random } from '../../src/lib/random.ts';
import { createVirtualClock } from '../../src/rehearsal/virtual-clock.ts';
import { pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

/** A connection that was called back so often is replaced, or all that it may remember would look like growth. */
const callsPerConnection = 2_000;

const settings = settingsWith();

/** A notification for the number of the connection, with this beside what it always has. */
function notify(fields: string, field = 'messages', phone = settings.phoneNumberId): string {
  return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"${field}","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"31 20 1234567","phone_number_id":"${phone}"},"contacts":[{"profile":{"name":"Jan"},"wa_id":"31612345678"}]${fields === '' ? '' : ','}${fields}}}]}]}`;
}

const writer = '"from":"31612345678","timestamp":"1795359845"';
const good = notify(
  '"statuses":[{"id":"wamid.1","status":"delivered","timestamp":"1795359845","recipient_id":"31612345678"}]',
);

/** Values of statuses and messages; documents are made of them. */
const fields = [
  '"statuses":[{"id":"wamid.2","status":"sent","timestamp":1795359845000,"recipient_id":"NL.1","biz_opaque_callback_data":"0000018f.0.0"}]',
  '"statuses":[{"id":"wamid.3","status":"failed","errors":[{"code":131026,"title":"x"}]},{"id":"w","status":"failed","errors":{}}]',
  '"statuses":[{"id":1,"status":"read","timestamp":"99999999999999999999"},null,[],{"id":"","status":"read"}]',
  `"messages":[{${writer},"id":"in.1","type":"text","text":{"body":"Hoi 🍞"},"context":{"id":"wamid.1"}}]`,
  `"messages":[{${writer},"id":"in.2","type":"image","image":{"id":"55","mime_type":"image/png","sha256":"","caption":"c"}}]`,
  `"messages":[{${writer},"id":"in.3","type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"b","title":"Yes"}}}]`,
  `"messages":[{${writer},"id":"in.4","type":"location","location":{"latitude":52.1,"longitude":"x"}},{${writer},"id":"in.5","type":"contacts","contacts":[{}]}]`,
  `"messages":[{${writer},"id":"in.6","type":"__proto__"},{${writer},"id":"in.7","type":"constructor"},{${writer},"id":"in.8","type":"toString","toString":{"a":1}}]`,
  `"messages":[{${writer},"id":"in.9","type":"reaction","reaction":{"emoji":"\\ud83d","message_id":"w"}},{${writer},"id":"in.10","type":"system","system":{"body":"b"}}]`,
  `"messages":[{${writer},"id":"in.11","type":"order","order":{"product_items":[${'['.repeat(500)}${']'.repeat(500)}]}}]`,
  '"user_preferences":[{"wa_id":"31612345678","category":"marketing_messages","value":"stop","timestamp":1795359845}]',
];

const documents = [
  good,
  ...fields.map((field) => notify(field)),
  notify('', 'user_preferences'),
  notify(fields[0] ?? '', 'messages', '4711'),
];

const handshake = `hub.mode=subscribe&hub.verify_token=${settings.verifyToken}&hub.challenge=1158201444`;

const counts = { calls: 0, receipts: 0, inbound: 0, forged: 0, malformed: 0 };

/** A connection whose store and provider sometimes fail. */
interface Stage {
  readonly connection: Connection;
  readonly ports: TestPorts;
  mood: 'well' | 'store fails' | 'provider fails';
}

function raise(): Stage {
  const ports = new TestPorts();
  const connection = createWhatsappConnection('meta', settings, ports, {
    clock: createVirtualClock({ startAt: stageStartAt }),
    numbers: new Map(),
    provider: {
      send: ({ url }) => Promise.resolve(fetchFile(url)),
      close: () => Promise.resolve(),
    },
    media: { keep: () => Promise.resolve({ uri: 'https://gateway.example/1' }) },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const fail = () => Promise.reject(new Error('the disk is full'));
  const { answerReceipts } = ports;
  ports.answerReceipts = (batch) => (stage.mood === 'store fails' ? fail() : answerReceipts(batch));
  ports.answerInbound = () => (stage.mood === 'store fails' ? fail() : Promise.resolve());
  connection.start();
  return { connection, ports, mood: 'well' };
}

/** The file that a handset sent, as Meta's API says where it is, and itself. */
function fetchFile(url: string): ProviderOutcome {
  if (stage.mood === 'provider fails') return { kind: 'unanswered', reason: 'no answer' };
  return answered(200, url.includes('phone_number_id') ? { url: 'https://x.fbsbx.com/' } : 'x');
}

let stage = raise();

/** What Meta, or somebody in its place, calls a connection back with. */
export const callbackTarget: FuzzTarget = {
  about: "provider's callbacks: signatures, handshakes and notifications of WhatsApp",
  seeds: documents.map((text) => Buffer.from(text)),
  async attempt(input, random) {
    counts.calls++;
    if (counts.calls % callsPerConnection === 0) stage = raise();
    stage.mood = pick(['well', 'well', 'well', 'store fails', 'provider fails'] as const, random);
    const body = random.uint32() % 2 === 0 ? compose(random) : input;
    if (random.uint32() % 16 === 0) await shakeHands(random);
    if (random.uint32() % 8 === 0) await forge(body, random);
    const answer = await call(body);
    assert.ok([200, 400, 503].includes(answer.status), String(answer.status));
    assert.ok(answer.status !== 503 || stage.mood !== 'well', 'to come again, and nothing failed');
    if (answer.verdict === 'malformed') counts.malformed++;
    const { receiptsSeen, inboundSeen } = empty();
    counts.receipts += receiptsSeen.length;
    counts.inbound += inboundSeen.length;
    for (const fact of receiptsSeen) checkReceipt(fact);
    for (const part of inboundSeen) checkInbound(part);
    // What came before is of no consequence to what comes next.
    stage.mood = 'well';
    assert.equal((await call(Buffer.from(good))).status, 200);
    assert.equal(empty().receiptsSeen.length, 1);
  },
  summarise() {
    const { receipts, inbound, forged, malformed } = counts;
    return `${receipts} receipts, ${inbound} messages, ${malformed} malformed, ${forged} forged`;
  },
};

async function call(
  body: Buffer,
  signature: string | undefined = signBody(settings.appSecret, body),
  request: { method: string; query: string } = { method: 'POST', query: '' },
): Promise<CallbackAnswer> {
  const headers = { [signatureHeader]: signature };
  const answer = await stage.connection.callback?.({ ...request, headers, body });
  assert.ok(answer !== undefined);
  return answer;
}

/** What the ports were told since the last time. */
function empty(): Pick<TestPorts, 'receiptsSeen' | 'inboundSeen'> {
  const { receiptsSeen, receiptBatches, inboundSeen } = stage.ports;
  receiptBatches.length = 0;
  return { receiptsSeen: receiptsSeen.splice(0), inboundSeen: inboundSeen.splice(0) };
}

/** Nothing of what is not signed gets in. */
async function forge(body: Buffer, random: Random): Promise<void> {
  const signed = signBody(settings.appSecret, body);
  const at = random.uint32() % signed.length;
  const changed = `${signed.slice(0, at)}${pick(['', 'g', ' ', '\u00e9'], random)}${signed.slice(at + 1)}`;
  for (const signature of [changed, signed.slice(0, at), `${signed}0`, '']) {
    const answer = await call(body, signature);
    assert.deepEqual([answer.status, answer.verdict], [401, 'forged'], signature);
    counts.forged++;
  }
  const { receiptsSeen, inboundSeen } = empty();
  assert.equal(receiptsSeen.length + inboundSeen.length, 0, 'forged, and taken');
}

/** A handshake, most of which are not ours. What goes back is no page. */
async function shakeHands(random: Random): Promise<void> {
  const at = random.uint32() % handshake.length;
  const query = `${handshake.slice(0, at)}${pick(['', '%', '%3Cb%3E', '&', '=', '+'], random)}${handshake.slice(at + (random.uint32() % 3))}`;
  const { status, body } = await call(Buffer.alloc(0), undefined, { method: 'GET', query });
  assert.ok([200, 400, 403].includes(status), String(status));
  assert.match(body, status === 200 ? /^[\w.-]{1,200}$/ : /^$/);
}

function checkTime(at: number): void {
  assert.ok(Number.isSafeInteger(at) && at > 0 && at <= stageStartAt, `at ${at}`);
}

function checkReceipt({ connection, providerIds, state, error, at }: ReceiptFact): void {
  assert.equal(connection, 'meta');
  assert.ok(providerIds.length === 1 && providerIds.every((id) => id.length > 0));
  assert.ok(['enroute', 'delivered', 'read', 'failed'].includes(state), state);
  assert.ok(Number.isInteger(error) && error >= 0, String(error));
  checkTime(at);
}

function checkInbound(part: InboundPart): void {
  assert.equal(part.connection, 'meta');
  assert.ok(part.from !== '' && part.providerId !== null && part.providerId !== '');
  assert.match(part.to, /^\d*$/);
  assert.equal(typeof part.text, 'string');
  const custom: unknown = JSON.parse(part.custom ?? '{}');
  assert.ok(typeof custom === 'object' && custom !== null && !Array.isArray(custom));
  checkTime(part.receivedAt);
}

/** Values of several kinds for the number, in one notification. */
function compose(random: Random): Buffer {
  const chosen = Array.from({ length: random.uint32() % 4 }, () => pick(fields, random));
  const text = notify(chosen.join(), random.uint32() % 4 === 0 ? 'user_preferences' : 'messages');
  // What was taken under an id before is passed over.
  return Buffer.from(text.replaceAll('"in.', `"in.${random.uint32() % 1_000}.`));
}

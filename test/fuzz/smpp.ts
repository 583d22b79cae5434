import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../../src/lib/random.ts';
import { boundPdu, decodePdu, encodePdu } from '../../src/smpp/codec.ts';
import type { Manner } from '../../src/smpp/fields.ts';
import { boundFrameBytesMax, Framer } from '../../src/smpp/framer.ts';
import { PduFault } from '../../src/smpp/pdu-fault.ts';
import type { Pdu } from '../../src/smpp/pdus.ts';
import { Session } from '../../src/smpp/session.ts';
import type { PassedRequest, SessionHandler } from '../../src/smpp/session-handler.ts';
import { mayIssue, type Role } from '../../src/smpp/session-rules.ts';
import { requests } from '../../src/smpp/test-session.ts';
import { joinHex, pduVectors } from '../../src/smpp/test-vectors.ts';
import { pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const frames = pduVectors.map(joinHex);

/** What an ESME receives that asks for one thing after the other, and what an SMSC does. */
const toEsme = makeStream([
  ['bind_transceiver_resp', 1],
  ['deliver_sm', 1],
  ['submit_sm_resp', 2],
  ['data_sm_resp', 3],
  ['generic_nack', 4],
  ['enquire_link', 2],
  ['submit_sm_resp', 5],
  ['unbind_resp', 6],
  ['unbind', 3],
]);
const toSmsc = makeStream([
  ['bind_transceiver', 1],
  ['submit_sm', 2],
  ['submit_multi', 3],
  ['data_sm_resp', 1],
  ['data_sm', 4],
  ['data_sm_resp', 2],
  ['enquire_link', 5],
  ['query_sm', 6],
  ['unbind', 7],
]);

const bindRequest = findFrame('bind_transceiver', 1);
const bindResp = findFrame('bind_transceiver_resp', 1);

function makeStream(parts: [Pdu['command'], number][]): Buffer {
  return Buffer.concat(parts.map(([command, number]) => findFrame(command, number)));
}

/** Weight among the seeds. */
function repeat(stream: Buffer, times: number): Buffer[] {
  return Array.from({ length: times }, () => stream);
}

function findFrame(command: Pdu['command'], sequence_number: number): Buffer {
  const vector = pduVectors.find(({ pdu }) => pdu.command === command);
  if (vector === undefined) throw new Error(`no vector for ${command}`);
  return encodePdu({ ...vector.pdu, sequence_number });
}

const counts = { decoded: 0, faults: 0, framed: 0, requests: 0, responses: 0, bound: 0 };

/** The decoder, the framer and the session of SMPP. */
export const smppTarget: FuzzTarget = {
  about: 'SMPP 3.4: decoder, framer at random splits, sessions in random order of events',
  seeds: [...frames, Buffer.concat(frames), ...repeat(toEsme, 15), ...repeat(toSmsc, 15)],
  attempt(input, random) {
    switch (random.uint32() % 4) {
      case 0:
      case 1:
        return attemptDecoder(input, random);
      case 2:
        return attemptFramer(input, random);
      default:
        return attemptSession(input, random);
    }
  },
  summarise() {
    const total = counts.decoded + counts.faults;
    const percent = Math.round((100 * counts.decoded) / Math.max(1, total));
    const { framed, bound, requests: asked, responses } = counts;
    return `${percent} % decoded, ${framed} frames, ${bound} binds, ${asked} requests, ${responses} responses`;
  },
};

/** Most inputs get their right command_length back, or they would all end at the first check. */
function attemptDecoder(stream: Buffer, random: Random): void {
  const announced = stream.length >= 4 ? stream.readUInt32BE(0) : 0;
  const input = announced < 16 ? stream : stream.subarray(0, announced);
  if (input.length >= 4 && random.uint32() % 8 !== 0) input.writeUInt32BE(input.length, 0);
  const manner: Manner = random.uint32() % 4 === 0 ? 'lenient' : 'strict';
  const alone = tryDecode(input, manner);
  // The same frame between other octets: what it becomes must not depend on them.
  const margin = Buffer.alloc(300, random.uint32() & 0xff);
  const between = Buffer.concat([margin, input, margin]);
  const frame = between.subarray(margin.length, margin.length + input.length);
  const embedded = tryDecode(frame, manner);
  assert.ok(isDeepStrictEqual(embedded, alone), 'the octets around a frame make a difference');
  if (typeof alone === 'string') {
    counts.faults += 1;
    return;
  }
  counts.decoded += 1;
  checkRoundTrip(alone, manner);
}

function tryDecode(frame: Buffer, manner: Manner): Pdu | string {
  try {
    return decodePdu(frame, manner);
  } catch (error) {
    if (!(error instanceof PduFault)) throw error;
    return `${error.kind} ${error.command_status} ${error.sequence_number} ${error.message}`;
  }
}

/** What could be read can be sent on, and is the same there. */
function checkRoundTrip(pdu: Pdu, manner: Manner): void {
  let bytes: Buffer;
  try {
    bytes = encodePdu(pdu, manner);
  } catch (error) {
    // Lenient reading takes strings of any length, lenient writing does not.
    if (manner === 'lenient' && error instanceof RangeError) return;
    throw error;
  }
  assert.ok(bytes.length <= boundPdu(pdu, manner), 'longer than its bound');
  const again = decodePdu(bytes, manner);
  assert.ok(isDeepStrictEqual(again, pdu), 'another PDU after a round trip');
}

/** However the stream is cut into chunks, the frames are the same. */
function attemptFramer(input: Buffer, random: Random): void {
  const frameBytesMax = random.uint32() % 2 === 0 ? 1024 : boundFrameBytesMax;
  const whole = cut([input], frameBytesMax);
  const parts = cut(split(input, random), frameBytesMax);
  assert.ok(isDeepStrictEqual(parts, whole), 'the splits make a difference');
  counts.framed += whole.length;
}

function cut(chunks: Buffer[], frameBytesMax: number): string[] {
  const framer = new Framer(frameBytesMax);
  const found: string[] = [];
  try {
    for (const chunk of chunks) {
      framer.push(chunk);
      for (let frame = framer.next(); frame !== null; frame = framer.next()) {
        found.push(frame.toString('latin1'));
      }
    }
  } catch (error) {
    if (!(error instanceof PduFault)) throw error;
    found.push(error.kind);
  }
  return found;
}

function split(input: Buffer, random: Random): Buffer[] {
  const chunks: Buffer[] = [];
  const sizeMax = pick([1, 3, 20, 200], random);
  for (let at = 0; at < input.length; ) {
    const size = random.uint32() % (sizeMax + 1);
    chunks.push(input.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** A session that receives the input in pieces while its owner does what owners do. */
function attemptSession(input: Buffer, random: Random): void {
  const role: Role = random.uint32() % 2 === 0 ? 'esme' : 'smsc';
  const ends = new Map<number, number>();
  const owed: PassedRequest[] = [];
  const sent: Buffer[] = [];
  let closed = 0;
  const end = (token: number) => ends.set(token, (ends.get(token) ?? 0) + 1);
  const handler: SessionHandler<number> = {
    handleRequest: (request) => {
      counts.requests += 1;
      owed.push(request);
    },
    handleResponse: (_, token) => {
      counts.responses += 1;
      end(token);
    },
    handleUnknown: end,
    handleUnbind: () => undefined,
    handleClosed: () => {
      closed += 1;
    },
  };
  let now = 0;
  const limits = { windowMax: 3, unansweredMax: 3 };
  const send = (bytes: Buffer) => void sent.push(bytes);
  const session = new Session<number>({ role, handler, send, limits }, now);
  if (role === 'esme') {
    session.request(requests.bind_transceiver, 0, now);
    ends.set(0, 0);
  }
  // Most get a good bind or its answer first, or few would come further.
  const bind = role === 'esme' ? bindResp : bindRequest;
  const chunks = split(input, random);
  for (const chunk of random.uint32() % 8 === 0 ? chunks : [bind, ...chunks]) {
    session.receive(chunk, now);
    if (owed[0]?.command.startsWith('bind_')) answer(session, owed, random);
    act(session, role, owed, ends, random, now);
    now += random.uint32() % 200;
    if (random.uint32() % 50 === 0) now += 20_000;
    session.tick(now);
  }
  if (session.state.startsWith('bound')) counts.bound += 1;
  session.close('connection_lost');
  assert.equal(closed, 1, 'closed once');
  for (const [token, count] of ends) assert.equal(count, 1, `token ${token} ended once`);
  checkSent(sent);
}

function act(
  session: Session<number>,
  role: Role,
  owed: PassedRequest[],
  ends: Map<number, number>,
  random: Random,
  now: number,
): void {
  switch (random.uint32() % 16) {
    case 0:
    case 1:
    case 2:
      return answer(session, owed, random);
    case 3:
    case 4:
    case 5:
      if (session.room() > 0) {
        const token = ends.size;
        ends.set(token, 0);
        const isSubmit = mayIssue('submit_sm', role, session.state) && random.uint32() % 2 === 0;
        session.request(isSubmit ? requests.submit_sm : requests.data_sm, token, now);
      }
      return;
    case 6:
      return session.flush();
    case 7:
      if (random.uint32() % 20 === 0) session.unbind(now);
      return;
    default:
  }
}

function answer(session: Session<number>, owed: PassedRequest[], random: Random): void {
  const request = owed.shift();
  switch (request?.command) {
    case 'bind_transmitter':
    case 'bind_receiver':
    case 'bind_transceiver': {
      const command = `${request.command}_resp` as const;
      session.respond(request, { command, command_status: 0, system_id: 'us' });
      return;
    }
    case 'submit_sm':
      session.respond(request, {
        command: 'submit_sm_resp',
        command_status: 0,
        message_id: 'id',
      });
      return;
    case 'deliver_sm':
    case 'data_sm':
    case 'submit_multi':
    case 'query_sm':
    case 'cancel_sm':
    case 'replace_sm':
      session.refuse(request, random.uint32() % 0x100);
      return;
    case 'outbind':
    case 'alert_notification':
    case undefined:
  }
}

/** Whatever came in, what goes out is SMPP. */
function checkSent(sent: Buffer[]): void {
  const framer = new Framer(boundFrameBytesMax);
  framer.push(Buffer.concat(sent));
  for (let frame = framer.next(); frame !== null; frame = framer.next()) decodePdu(frame);
  assert.ok(!framer.hasPartial, 'half a PDU was sent');
}

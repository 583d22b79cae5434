import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../lib/clock.ts';
import { decodePdu, encodePdu } from './codec.ts';
import { commandId } from './command-id.ts';
import { commandStatus } from './command-status.ts';
import type { Pdu, ResponsePdu, SubmitSm, Unnumbered } from './pdus.ts';
import { plainMessage } from './pdus.ts';
import { Session } from './session.ts';
import type { PassedRequest, SessionHandler } from './session-handler.ts';
import { arbitraryPdu, commands } from './test-pdus.ts';
import { formatAbsoluteTime } from './time.ts';
import { tlvDefinitions } from './tlvs.ts';

/*
 * The npm package `smpp` was written by others from the same specification: where it and we
 * agree, neither has misread it alone.
 */

interface PeerPdu {
  [field: string]: unknown;
  toBuffer(): Buffer;
  response(options: object): PeerPdu;
}

interface PeerSession extends EventEmitter {
  send(pdu: PeerPdu): boolean;
  destroy(): void;
  bind_transceiver(options: object, answered: (pdu: PeerPdu) => void): void;
  submit_sm(options: object, answered: (pdu: PeerPdu) => void): void;
  enquire_link(answered: (pdu: PeerPdu) => void): void;
  unbind(answered: (pdu: PeerPdu) => void): void;
}

interface Peer {
  PDU: new (command: string | Buffer, options?: object) => PeerPdu;
  commands: Record<string, { id: number }>;
  errors: Record<string, number>;
  tlvsById: Record<number, { tag: string }>;
  createServer(listener: (session: PeerSession) => void): Server;
  connect(options: { host: string; port: number }): PeerSession;
}

const peer: Peer = createRequire(import.meta.url)('smpp');

describe('tables', () => {
  test('command_ids agree', () => {
    const ids = Object.keys(commandId).map((name) => [name, peer.commands[name]?.id]);
    assert.deepEqual(Object.fromEntries(ids), commandId);
  });

  test('statuses agree', () => {
    // The package calls the five of optional parameters by their names in SMPP 5.0.
    const renamed: Record<string, string> = {
      ESME_RINVOPTPARSTREAM: 'ESME_RINVTLVSTREAM',
      ESME_ROPTPARNOTALLWD: 'ESME_RTLVNOTALLWD',
      ESME_RINVPARLEN: 'ESME_RINVTLVLEN',
      ESME_RMISSINGOPTPARAM: 'ESME_RMISSINGTLV',
      ESME_RINVOPTPARAMVAL: 'ESME_RINVTLVVAL',
    };
    const theirs = Object.keys(commandStatus).map((name) => [
      name,
      peer.errors[renamed[name] ?? name],
    ]);
    assert.deepEqual(Object.fromEntries(theirs), commandStatus);
  });

  test('tags agree', () => {
    const renamed: Record<string, string> = { destination_port: 'dest_port' };
    for (const { tag, name } of tlvDefinitions) {
      if (tag >= 0x1400) continue;
      assert.equal(peer.tlvsById[tag]?.tag, renamed[name] ?? name);
    }
  });

  test('absolute times agree', () => {
    const epochMs = Date.UTC(2026, 10, 22, 15, 4, 5, 600);
    const theirs = new peer.PDU('query_sm_resp', { final_date: new Date(epochMs) });
    const ours = decodePdu(theirs.toBuffer());
    assert.equal(ours.command === 'query_sm_resp' && ours.final_date, formatAbsoluteTime(epochMs));
  });
});

/** TLVs that the package reads otherwise: by SMPP 5.0, or with filters of its own. */
const foreignTlvs = new Set<string>([
  'source_telematics_id',
  'destination_port',
  'ms_validity',
  'alert_on_message_delivery',
  'callback_num',
  'callback_num_atag',
  'mcc_mnc',
  'tariff',
  'other',
]);

/** The package knows only ASCII, interprets text and times, and sends errors without a body. */
function simplify(pdu: Pdu): Pdu {
  const simple: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(pdu)) simple[name] = simplifyValue(value);
  simple['command'] = pdu.command;
  simple['command_status'] = 0;
  for (const name of ['schedule_delivery_time', 'validity_period', 'final_date']) {
    if (name in simple) simple[name] = '';
  }
  if ('data_coding' in simple) simple['data_coding'] = 4;
  if ('esm_class' in simple) simple['esm_class'] = 0;
  if (pdu.tlvs !== undefined) {
    // In a flat object the TLV message_state and the field of query_sm_resp are one.
    const isKnown = (name: string) => !foreignTlvs.has(name) && !(name in pdu);
    const known = Object.entries(pdu.tlvs).filter(([name]) => isKnown(name));
    simple['tlvs'] = Object.fromEntries(known.map(([name, value]) => [name, simplifyValue(value)]));
    if (known.length === 0) delete simple['tlvs'];
  }
  return simple as unknown as Pdu;
}

function simplifyValue(value: unknown): unknown {
  if (typeof value === 'string') return toAscii(value);
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || Buffer.isBuffer(item)) return item;
    return Object.fromEntries(Object.entries(item).map(([k, v]) => [k, simplifyValue(v)]));
  });
}

function toAscii(text: string): string {
  return Buffer.from(text, 'latin1')
    .map((octet) => 0x21 + (octet % 0x5e))
    .reduce((ascii, octet) => ascii + String.fromCharCode(octet), '');
}

/** The flat object of the package: TLVs beside the fields, octets for the network's error. */
function flatten(pdu: Pdu): Record<string, unknown> {
  const { tlvs = {}, ...fields } = pdu;
  const flat: Record<string, unknown> = { ...fields, ...tlvs };
  if (tlvs.network_error_code !== undefined) {
    const { network_type, error_code } = tlvs.network_error_code;
    flat['network_error_code'] = Buffer.from([network_type, error_code >> 8, error_code & 0xff]);
  }
  return flat;
}

describe('the package and we make the same bytes', () => {
  for (const command of commands) {
    test(command, () => {
      fc.assert(
        fc.property(arbitraryPdu(command).map(simplify), (pdu) => {
          const theirs = new peer.PDU(command, flatten(pdu)).toBuffer();
          assert.equal(encodePdu(pdu).toString('hex'), theirs.toString('hex'));
          assert.deepEqual(decodePdu(theirs), pdu);
        }),
      );
    });
  }
});

describe('the package reads in our bytes what we put there', () => {
  for (const command of commands) {
    test(command, () => {
      fc.assert(
        fc.property(arbitraryPdu(command).map(simplify), (pdu) => {
          const theirs = new peer.PDU(encodePdu(pdu));
          for (const [name, value] of Object.entries(flatten(pdu))) {
            assert.deepEqual(unwrap(theirs[name]), unwrap(value), name);
          }
        }),
      );
    });
  }
});

/** Messages come as `{ message }`, and distribution lists without their dest_flag. */
function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  if ('message' in value) return value.message;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'dest_flag'));
}

const hello: Unnumbered<SubmitSm> = {
  ...plainMessage,
  command: 'submit_sm',
  source_addr: 'CM',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '31612345678',
  data_coding: 4,
  short_message: Buffer.from('hello'),
};

/** Our session on a real socket, with what it reports gathered as text. */
function attach(
  role: 'esme' | 'smsc',
  socket: Socket,
  answer: (session: Session<string>, request: PassedRequest) => void,
) {
  const events: string[] = [];
  const waiting: { text: string; resolve: () => void }[] = [];
  function note(text: string): void {
    events.push(text);
    for (const waiter of waiting.splice(0)) {
      if (waiter.text === text) waiter.resolve();
      else waiting.push(waiter);
    }
  }
  const handler: SessionHandler<string> = {
    handleRequest: (request) => {
      note(request.command);
      answer(session, request);
    },
    handleResponse: (response, token) =>
      note(`${token}: ${response.command} ${response.command_status} ${describeId(response)}`),
    handleUnknown: (token, why) => note(`${token}: ${why}`),
    handleUnbind: () => note('peer unbinds'),
    handleClosed: (reason) => {
      note(`closed: ${reason}`);
      socket.end();
    },
  };
  const session = new Session<string>(
    {
      role,
      handler,
      send: (bytes) => void socket.write(bytes),
      wake: () => systemClock.soon(() => session.flush()),
    },
    0,
  );
  socket.on('data', (chunk) => session.receive(Buffer.from(chunk), 1));
  socket.on('close', () => session.close('connection_lost'));
  const reach = (text: string) =>
    new Promise<void>((resolve) => {
      if (events.includes(text)) resolve();
      else waiting.push({ text, resolve });
    });
  return { session, events, reach };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function describeId(response: ResponsePdu | { command: 'generic_nack' }): string {
  return 'message_id' in response ? response.message_id : '';
}

describe('over a socket', { timeout: 60_000 }, () => {
  test('our ESME binds to their SMSC, submits, takes a deliver_sm and unbinds', async (context) => {
    const seen: unknown[] = [];
    let submitted = 0;
    const server = peer.createServer((theirs) => {
      theirs.on('bind_transceiver', (pdu: PeerPdu) => {
        theirs.send(pdu.response({ system_id: 'theirs', sc_interface_version: 0x34 }));
        theirs.send(new peer.PDU('enquire_link'));
      });
      theirs.on('submit_sm', (pdu: PeerPdu) => {
        submitted += 1;
        seen.push(unwrap(pdu['short_message']));
        theirs.send(pdu.response({ message_id: `id-${submitted}` }));
        if (submitted === 2) {
          theirs.send(new peer.PDU('deliver_sm', { short_message: Buffer.from('mo') }));
        }
      });
      theirs.on('deliver_sm_resp', () => seen.push('deliver_sm_resp'));
      theirs.on('enquire_link_resp', () => seen.push('enquire_link_resp'));
      theirs.on('unbind', (pdu: PeerPdu) => theirs.send(pdu.response({})));
    });
    context.after(() => server.close());
    const socket = connect(await listen(server), '127.0.0.1');
    context.after(() => socket.destroy());
    await once(socket, 'connect');

    const { session, events, reach } = attach('esme', socket, (ours, request) => {
      if (request.command !== 'deliver_sm') return;
      ours.respond(request, { command: 'deliver_sm_resp', command_status: 0, message_id: '' });
    });
    const bind = { system_id: 'me', password: 'pw', system_type: '', interface_version: 0x34 };
    session.request(
      { command: 'bind_transceiver', ...bind, addr_ton: 0, addr_npi: 0, address_range: '' },
      'bind',
      0,
    );
    await reach('bind: bind_transceiver_resp 0 ');
    assert.equal(session.state, 'bound_trx');
    session.request(hello, 'first', 0);
    session.request({ ...hello, short_message: Buffer.from('again') }, 'second', 0);
    await reach('second: submit_sm_resp 0 id-2');
    await reach('deliver_sm');
    session.unbind(2);
    await reach('closed: unbound');
    await once(socket, 'close');
    assert.deepEqual(events, [
      'bind: bind_transceiver_resp 0 ',
      'first: submit_sm_resp 0 id-1',
      'second: submit_sm_resp 0 id-2',
      'deliver_sm',
      'closed: unbound',
    ]);
    assert.deepEqual(seen, [
      'enquire_link_resp',
      Buffer.from('hello'),
      Buffer.from('again'),
      'deliver_sm_resp',
    ]);
  });

  test('their ESME binds to our SMSC, submits, enquires and unbinds', async (context) => {
    const server = createServer();
    context.after(() => server.close());
    const port = await listen(server);
    const connected = once(server, 'connection');
    const theirs = peer.connect({ host: '127.0.0.1', port });
    context.after(() => theirs.destroy());
    const [socket] = (await connected) as [Socket];
    context.after(() => socket.destroy());

    const { session, events, reach } = attach('smsc', socket, (ours, request) => {
      if (request.command === 'bind_transceiver') {
        const tlvs = { sc_interface_version: 0x34 };
        ours.respond(request, {
          command: 'bind_transceiver_resp',
          command_status: 0,
          system_id: 'ours',
          tlvs,
        });
      } else if (request.command === 'submit_sm') {
        const { destination_addr } = request;
        if (destination_addr === '') ours.refuse(request, commandStatus.ESME_RINVDSTADR);
        else {
          const message_id = `to-${destination_addr}`;
          ours.respond(request, { command: 'submit_sm_resp', command_status: 0, message_id });
        }
      }
    });
    const ask = (send: (answered: (pdu: PeerPdu) => void) => void) =>
      new Promise<PeerPdu>((resolve) => send(resolve));

    const bound = await ask((answered) => theirs.bind_transceiver({ system_id: 'c' }, answered));
    assert.equal(bound['system_id'], 'ours');
    assert.equal(bound['sc_interface_version'], 0x34);
    assert.equal(session.state, 'bound_trx');
    const good = await ask((answered) => theirs.submit_sm({ destination_addr: '316' }, answered));
    assert.equal(good['message_id'], 'to-316');
    const bad = await ask((answered) => theirs.submit_sm({}, answered));
    assert.equal(bad['command_status'], commandStatus.ESME_RINVDSTADR);
    const alive = await ask((answered) => theirs.enquire_link(answered));
    assert.equal(alive['command_status'], 0);
    const gone = await ask((answered) => theirs.unbind(answered));
    assert.equal(gone['command_status'], 0);
    await reach('closed: unbound_by_peer');
    assert.deepEqual(events, [
      'bind_transceiver',
      'submit_sm',
      'submit_sm',
      'peer unbinds',
      'closed: unbound_by_peer',
    ]);
  });
});

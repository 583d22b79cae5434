import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodePdu, encodePdu } from '../../src/smpp/codec.ts';
import { boundFrameBytesMax, Framer } from '../../src/smpp/framer.ts';
import type { BodyOf, Pdu, RequestPdu, SubmitSm } from '../../src/smpp/pdus.ts';
import { interfaceVersion34, plainMessage } from '../../src/smpp/pdus.ts';
import type { Tlvs } from '../../src/smpp/tlvs.ts';

export const password = 'bread123';

export interface BindFields {
  command: 'bind_transceiver' | 'bind_transmitter' | 'bind_receiver';
  system_id: string;
  password: string;
  interface_version: number;
}

type Send = { [P in RequestPdu as P['command']]: BodyOf<P> };

/** A customer that can do anything: it sends what it is told and hands out what comes, in order. */
export interface RawEsme {
  readonly socket: Socket;
  /** Sends octets as they are. */
  write(bytes: Buffer): void;
  /** Sends one request and gives its sequence_number. */
  send<Name extends keyof Send>(command: Name, body: Send[Name], tlvs?: Tlvs): number;
  /** Several requests in one piece. */
  sendAll(pdus: readonly Pdu[]): void;
  /** The next PDU; rejects when the connection ends first. */
  next(): Promise<Pdu>;
  /** The same for several. */
  take(count: number): Promise<Pdu[]>;
  bind(fields?: Partial<BindFields>): Promise<Pdu>;
  /** Sends a submit_sm with some fields other than `submit` and gives the answer. */
  submit(fields?: Partial<BodyOf<SubmitSm>>, tlvs?: Tlvs): Promise<Pdu>;
  /** Resolves when the other side has ended the connection. */
  readonly ended: Promise<void>;
}

/** A good submit_sm. */
export function submit(fields: Partial<BodyOf<SubmitSm>> = {}): BodyOf<SubmitSm> {
  return {
    ...plainMessage,
    source_addr_ton: 5,
    source_addr: 'Bakery',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '31612345678',
    registered_delivery: 1,
    short_message: Buffer.from('Your bread is ready', 'latin1'),
    ...fields,
  };
}

/** Opens a connection to a port of this machine. */
export async function connectEsme(port: number): Promise<RawEsme> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const framer = new Framer(boundFrameBytesMax);
  const arrived: Pdu[] = [];
  const waiting: { resolve: (pdu: Pdu) => void; reject: (error: Error) => void }[] = [];
  let isOver = false;
  let sequence_number = 0;
  socket.on('data', (chunk: Buffer) => {
    framer.push(chunk);
    for (let frame = framer.next(); frame !== null; frame = framer.next()) {
      const pdu = decodePdu(frame);
      const first = waiting.shift();
      if (first === undefined) arrived.push(pdu);
      else first.resolve(pdu);
    }
  });
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isOver = true;
      for (const { reject } of waiting.splice(0)) reject(new Error('the connection has ended'));
      resolve();
    });
  });
  const esme: RawEsme = {
    socket,
    ended,
    write: (bytes) => void socket.write(bytes),
    send(command, body, tlvs) {
      sequence_number++;
      esme.sendAll([makePdu(command, sequence_number, body, tlvs)]);
      return sequence_number;
    },
    sendAll: (pdus) => void socket.write(Buffer.concat(pdus.map((pdu) => encodePdu(pdu)))),
    next() {
      const first = arrived.shift();
      if (first !== undefined) return Promise.resolve(first);
      if (isOver) return Promise.reject(new Error('the connection has ended'));
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    async take(count) {
      const pdus: Pdu[] = [];
      while (pdus.length < count) pdus.push(await esme.next());
      return pdus;
    },
    bind({ command = 'bind_transceiver', ...fields } = {}) {
      esme.send(command, { ...bindBody, ...fields });
      return esme.next();
    },
    submit(fields, tlvs) {
      esme.send('submit_sm', submit(fields), tlvs);
      return esme.next();
    },
  };
  return esme;
}

export const bindBody = {
  system_id: 'bakery',
  password,
  system_type: '',
  interface_version: interfaceVersion34,
  addr_ton: 0,
  addr_npi: 0,
  address_range: '',
};

/** A request as it goes over the wire. */
export function makePdu<Name extends keyof Send>(
  command: Name,
  sequence_number: number,
  body: Send[Name],
  tlvs?: Tlvs,
): Pdu {
  const header = { command, command_status: 0, sequence_number };
  const pdu: object = { ...header, ...body, ...(tlvs === undefined ? {} : { tlvs }) };
  if (!isPdu(pdu)) throw new Error('no PDU');
  return pdu;
}

function isPdu(pdu: object): pdu is Pdu {
  return 'command' in pdu && 'sequence_number' in pdu;
}

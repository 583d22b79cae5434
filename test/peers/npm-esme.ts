import { type EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { until } from '../program/until.ts';
import { password, systemId } from './gateway.ts';

/** A PDU as the npm package `smpp`, which others wrote, reads it. */
export interface EsmePdu {
  readonly command: string;
  readonly command_status: number;
  readonly source_addr: string;
  readonly source_addr_ton: number;
  readonly destination_addr: string;
  readonly dest_addr_ton: number;
  readonly esm_class: number;
  readonly data_coding: number;
  readonly message_id?: string;
  readonly short_message?: PeerText;
  readonly message_payload?: PeerText;
  readonly receipted_message_id?: string | Buffer;
  readonly message_state?: number;
  readonly chappe_operator?: string | Buffer;
  response(options?: object): EsmePdu;
}

/** The package decodes texts and takes headers off. */
interface PeerText {
  readonly message?: string | Buffer;
  readonly udh?: readonly Buffer[];
}

interface PeerSession extends EventEmitter {
  send(pdu: EsmePdu): boolean;
  close(): void;
  destroy(): void;
  bind_transmitter: Ask;
  bind_receiver: Ask;
  bind_transceiver: Ask;
  submit_sm: Ask;
  unbind(answered: () => void): void;
}

type Ask = (options: object, answered: (pdu: EsmePdu) => void) => void;

const peer: {
  connect(options: object): PeerSession;
  addTLV(tag: string, options: object): void;
  types: { tlv: Record<string, object> };
} = createRequire(import.meta.url)('smpp');

peer.addTLV('chappe_operator', { id: 0x1401, type: peer.types.tlv['cstring'] });
peer.addTLV('chappe_tariff', { id: 0x140a, type: peer.types.tlv['cstring'] });

/** What an ESME answers a delivery: a command_status after so many milliseconds; null for nothing at all. */
export type Answering = (pdu: EsmePdu) => { status: number; afterMs?: number } | null;

/** A customer made of the npm package `smpp`. */
export interface NpmEsme {
  /** All deliveries, in the order in which they came, answered or not. */
  readonly came: readonly EsmePdu[];
  submit(fields?: object): Promise<EsmePdu>;
  /** Resolves when so many deliveries have come. */
  until(count: number): Promise<readonly EsmePdu[]>;
  unbind(): Promise<void>;
  /** Cuts the connection. */
  destroy(): void;
}

const open = new Set<PeerSession>();

export async function bindNpmEsme(
  smppPort: number,
  kind: 'transmitter' | 'receiver' | 'transceiver' = 'transceiver',
  answering: Answering = () => ({ status: 0 }),
): Promise<NpmEsme> {
  const session = peer.connect({ host: '127.0.0.1', port: smppPort });
  open.add(session);
  session.on('error', () => session.destroy());
  session.on('close', () => open.delete(session));
  await once(session, 'connect');
  const came: EsmePdu[] = [];
  const take = (pdu: EsmePdu) => {
    came.push(pdu);
    const answer = answering(pdu);
    if (answer === null) return;
    const send = () => session.send(pdu.response({ command_status: answer.status }));
    if (answer.afterMs === undefined) send();
    else setTimeout(send, answer.afterMs);
  };
  session.on('deliver_sm', take);
  session.on('data_sm', take);
  session.on('enquire_link', (pdu: EsmePdu) => session.send(pdu.response()));
  session.on('unbind', (pdu: EsmePdu) => {
    session.send(pdu.response());
    session.close();
  });
  const credentials = { system_id: systemId, password, interface_version: 0x34 };
  const answer = await new Promise<EsmePdu>((resolve) => {
    session[`bind_${kind}`](credentials, resolve);
  });
  if (answer.command_status !== 0) throw new Error(`bind: ${answer.command_status}`);
  return {
    came,
    submit: (fields = {}) =>
      new Promise((resolve) => {
        session.submit_sm(
          {
            source_addr_ton: 5,
            source_addr: 'Bakery',
            dest_addr_ton: 1,
            dest_addr_npi: 1,
            destination_addr: '31612345678',
            registered_delivery: 1,
            short_message: 'Your bread is ready',
            ...fields,
          },
          resolve,
        );
      }),
    until: (count) => until(`${count} deliveries come`, () => came.length >= count && came),
    unbind: () => new Promise((resolve) => session.unbind(resolve)),
    destroy: () => session.destroy(),
  };
}

/** Cuts every connection that is open. */
export function destroyNpmEsmes(): void {
  for (const session of open) session.destroy();
}

/** The message id that a receipt names in its TLV. */
export function receiptedId({ receipted_message_id = '' }: EsmePdu): string {
  return String(receipted_message_id);
}

/** The text of a delivery, wherever it stands. */
export function textOf({ short_message, message_payload }: EsmePdu): string {
  const text = short_message?.message;
  if (text !== undefined && text.length > 0) return String(text);
  return String(message_payload?.message ?? '');
}

import { createRequire } from 'node:module';

/** The npm package `smpp`, which others wrote from the same specification. */
export interface PeerPdu {
  readonly command: string;
  readonly command_status: number;
  readonly message_id?: string;
  readonly [field: string]: unknown;
}

type Ask = (options: object, answered: (pdu: PeerPdu) => void) => void;

export interface PeerSession {
  on(event: string, listener: (pdu: PeerPdu) => void): void;
  bind_transmitter: Ask;
  bind_receiver: Ask;
  bind_transceiver: Ask;
  submit_sm: Ask;
  submit_multi: Ask;
  data_sm: Ask;
  query_sm: Ask;
  cancel_sm: Ask;
  replace_sm: Ask;
  enquire_link: Ask;
  unbind: Ask;
  close(): void;
  destroy(): void;
}

export const peer: {
  connect(options: object): PeerSession;
  addTLV(name: string, definition: { id: number; type: unknown }): void;
  readonly types: { readonly tlv: { readonly cstring: unknown } };
} = createRequire(import.meta.url)('smpp');

import { type EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import type { Server } from 'node:net';
import { until } from './until.ts';

/** What the npm package `smpp`, which others wrote, reads of a submit_sm. */
export interface PeerSubmit {
  readonly destination_addr: string;
  /** The package reads validity_period, absolute or relative, as a moment. */
  readonly validity_period: Date | '';
  /** Elements of the user data header: identifier, length, value. */
  readonly short_message: { readonly udh?: readonly Buffer[] };
  readonly sar_total_segments?: number;
  /** 0x140A, where the package was told of it. */
  readonly chappe_tariff?: string | Buffer;
}

interface PeerPdu extends PeerSubmit {
  response(options?: object): PeerPdu;
}

interface PeerSession extends EventEmitter {
  send(pdu: PeerPdu): boolean;
  close(): void;
}

const peer: { createServer(listener: (session: PeerSession) => void): Server } = createRequire(
  import.meta.url,
)('smpp');

/** An operator made of the npm package `smpp`: it takes every message and sends no receipts. */
export async function openPeerOperator() {
  const submits: PeerSubmit[] = [];
  const sessions = new Set<PeerSession>();
  const server = peer.createServer((session) => {
    sessions.add(session);
    session.on('bind_transceiver', (pdu: PeerPdu) => {
      // Without it we were right to send no TLVs (SMPP 3.4 §1.7).
      session.send(pdu.response({ sc_interface_version: 0x34 }));
    });
    session.on('enquire_link', (pdu: PeerPdu) => session.send(pdu.response()));
    session.on('unbind', (pdu: PeerPdu) => session.send(pdu.response()));
    session.on('submit_sm', (pdu: PeerPdu) => {
      submits.push(pdu);
      session.send(pdu.response({ message_id: String(submits.length) }));
    });
    session.on('error', () => session.close());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    /** Waits for the submit_sm to a number, which is digits. */
    untilSubmitted: (number: string) =>
      until(
        `a submit_sm to ${number} comes`,
        () => submits.find((submit) => submit.destination_addr === number) ?? null,
      ),
    /** How many have come. */
    get count() {
      return submits.length;
    },
    /** Waits for the one that comes after so many. */
    untilNext: (count: number) =>
      until(`submit_sm ${count + 1} comes`, () => submits[count] ?? null),
    close() {
      for (const session of sessions) session.close();
      server.close();
    },
  };
}

import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { listenLocally } from '../../src/lib/test-listen.ts';
import { command } from './smpp-wire.ts';

export interface StubGateway {
  readonly port: number;
  close(): Promise<void>;
}

export interface StubSettings {
  readonly smscPort: number;
  readonly reportUrl: string;
  readonly port?: number;
  readonly systemId?: string;
  /** Refuses this many receipts with ESME_RX_T_APPN before it takes any. */
  readonly refuseReceipts?: number;
  readonly receipts?: boolean;
}

/**
 * The least that can be called a gateway: JSON in, submit_sm out, receipt in, report out, nothing
 * kept and nothing checked. The rig is tested with it, and a benchmark of it shows what the rig
 * itself can carry.
 */
export async function startStubGateway(settings: StubSettings): Promise<StubGateway> {
  const link = new StubLink(settings);
  const server = createHttpServer((request, response) => {
    void readAll(request).then((body) => {
      const messages = parseMessages(body);
      for (const message of messages) link.submit(message);
      const text = JSON.stringify({ details: `Created ${messages.length} message(s)` });
      response.setHeader('content-length', text.length);
      response.end(text);
    });
  });
  await link.bound;
  const port = await listenLocally(server, settings.port);
  return {
    port,
    async close() {
      server.closeAllConnections();
      server.close();
      await link.close();
    },
  };
}

interface StubMessage {
  readonly to: string;
  readonly text: string;
  readonly reference: string;
}

class StubLink {
  readonly bound: Promise<void>;
  readonly #socket: Socket;
  readonly #reports: Pool;
  readonly #path: string;
  readonly #open = new Map<number, StubMessage>();
  readonly #byId = new Map<string, StubMessage>();
  readonly #registered: number;
  #carry = Buffer.alloc(0);
  #sequence = 1;
  #refusing: number;
  #out: Buffer[] = [];

  constructor(settings: StubSettings) {
    const url = new URL(settings.reportUrl);
    this.#path = url.pathname;
    this.#reports = new Pool(url.origin, { connections: 16 });
    this.#refusing = settings.refuseReceipts ?? 0;
    this.#registered = settings.receipts === false ? 0 : 1;
    const systemId = settings.systemId ?? 'chappe';
    this.#socket = createConnection({ host: '127.0.0.1', port: settings.smscPort, noDelay: true });
    this.#socket.write(
      encode(command.bindTransceiver, 0, 1, cstrings(systemId, '', ''), [0x34, 0, 0, 0]),
    );
    this.#socket.on('error', () => {});
    this.bound = new Promise((resolve) => {
      this.#socket.on('data', (chunk: Buffer) => this.#read(chunk, resolve));
    });
  }

  submit(message: StubMessage): void {
    this.#sequence += 1;
    this.#open.set(this.#sequence, message);
    const text = Buffer.from(message.text, 'latin1');
    const addresses = [
      cstrings(''),
      Buffer.from([5, 0]),
      cstrings('Chappe'),
      Buffer.from([1, 1]),
      cstrings(message.to.replace(/^00/, '')),
    ];
    const flags = [0, 0, 0, 0, 0, this.#registered, 0, 0, 0, text.length];
    this.#write(encode(command.submitSm, 0, this.#sequence, Buffer.concat(addresses), flags, text));
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.#reports.destroy();
  }

  #write(pdu: Buffer): void {
    if (this.#out.length === 0) {
      setImmediate(() => {
        this.#socket.write(Buffer.concat(this.#out));
        this.#out = [];
      });
    }
    this.#out.push(pdu);
  }

  #read(chunk: Buffer, bound: () => void): void {
    this.#carry = Buffer.concat([this.#carry, chunk]);
    while (this.#carry.length >= 16 && this.#carry.length >= this.#carry.readUInt32BE(0)) {
      const pdu = this.#carry.subarray(0, this.#carry.readUInt32BE(0));
      this.#carry = this.#carry.subarray(pdu.length);
      const [commandId, sequence] = [pdu.readUInt32BE(4), pdu.readUInt32BE(12)];
      if (commandId === 0x8000_0009) bound();
      if (commandId === 0x8000_0004) {
        const message = this.#open.get(sequence);
        this.#open.delete(sequence);
        if (message !== undefined)
          this.#byId.set(pdu.toString('latin1', 16, pdu.length - 1), message);
      }
      if (commandId === command.deliverSm) this.#receipt(pdu, sequence);
    }
  }

  #receipt(pdu: Buffer, sequence: number): void {
    this.#refusing -= 1;
    const status = this.#refusing >= 0 ? 0x64 : 0;
    this.#write(encode(0x8000_0005, status, sequence, cstrings('')));
    if (status !== 0) return;
    const receipt = /id:(\d+) .* stat:(\w+)/.exec(pdu.toString('latin1'));
    const message = this.#byId.get(receipt?.[1] ?? '');
    if (message === undefined) return;
    this.#byId.delete(receipt?.[1] ?? '');
    const code = receipt?.[2] === 'DELIVRD' ? '2' : '3';
    const body = JSON.stringify({
      messages: {
        msg: { to: message.to, reference: message.reference, status: { code, errorCode: '' } },
      },
    });
    void this.#reports
      .request({
        path: this.#path,
        method: 'POST',
        headers: { 'webhook-id': `${receipt?.[1]}` },
        body,
      })
      .then((answer) => answer.body.dump())
      .catch(() => {});
  }
}

function encode(
  commandId: number,
  status: number,
  sequence: number,
  ...parts: (Buffer | number[])[]
): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const header = Buffer.alloc(16);
  header.writeUInt32BE(16 + body.length, 0);
  header.writeUInt32BE(commandId, 4);
  header.writeUInt32BE(status, 8);
  header.writeUInt32BE(sequence, 12);
  return Buffer.concat([header, body]);
}

function cstrings(...texts: string[]): Buffer {
  return Buffer.from(texts.map((text) => `${text}\0`).join(''), 'latin1');
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function parseMessages(body: string): StubMessage[] {
  const pattern = /"number":"(\d+)".*?"content":"([^"]*)".*?"reference":"([^"]*)"/g;
  return Array.from(body.matchAll(pattern), ([, to = '', text = '', reference = '']) => ({
    to,
    text,
    reference,
  }));
}

if (import.meta.main) {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      port: { type: 'string', default: '0' },
      'smsc-port': { type: 'string' },
      'report-url': { type: 'string', default: 'http://127.0.0.1/' },
      receipts: { type: 'boolean', default: true },
    },
  });
  await startStubGateway({
    port: Number(values.port),
    smscPort: Number(values['smsc-port']),
    reportUrl: values['report-url'],
    receipts: values.receipts,
  });
}

import { connect, type Socket } from 'node:net';

/** Something a stranger does to a gateway, at a rate that does not itself use up the machine. */
export interface Attack {
  readonly name: string;
  readonly about: string;
  /** Begins; the process that called it is ended to stop it. */
  start(port: number): void;
}

export const attacks: readonly Attack[] = [
  {
    name: 'large',
    about: 'bodies of 20 MiB, 2 a second',
    start: (port) => {
      const bytes = post(Buffer.alloc(20 * MEBIBYTE, ' '));
      repeat(2, () => send(port, bytes));
    },
  },
  {
    name: 'deep',
    about: '2 MiB of opening brackets, 5 a second',
    start: (port) => {
      const bytes = post(Buffer.alloc(2 * MEBIBYTE, '['));
      repeat(5, () => send(port, bytes));
    },
  },
  {
    name: 'keys',
    about: '150,000 different keys in 2 MiB, 5 a second',
    start: (port) => {
      const bytes = post(`{${list(150_000, (i) => `"key${i}":1`)}}`);
      repeat(5, () => send(port, bytes));
    },
  },
  {
    name: 'legal',
    about: '2 MiB of JSON as dear as the limits allow, without a token, 5 a second',
    start: (port) => {
      const objects = list(140_000, (i) => `{"k${i % 15_000}":1}`);
      const bytes = post(`{"x":[${objects}]}`.padEnd(2 * MEBIBYTE));
      repeat(5, () => send(port, bytes));
    },
  },
  {
    name: 'slow',
    about: '1,000 connections that send an octet a second',
    start: (port) => {
      const bytes = post(' '.repeat(1_000));
      for (let i = 0; i < 1_000; i++) {
        const socket = open(port);
        let at = 0;
        const timer = setInterval(() => {
          if (socket.destroyed) clearInterval(timer);
          else socket.write(bytes.subarray(at, ++at));
        }, 1_000);
      }
    },
  },
  {
    name: 'flood',
    about: 'connections that are cut as soon as they are open, 500 a second',
    start: (port) => {
      repeat(500, () => {
        const socket = open(port);
        socket.once('connect', () => socket.resetAndDestroy());
      });
    },
  },
  {
    name: 'noise',
    about: 'octets that are no HTTP, 300 connections a second',
    start: (port) => {
      const bytes = Buffer.from(Array.from({ length: 2_048 }, (_, i) => (i * 167 + 13) % 256));
      repeat(300, () => send(port, bytes));
    },
  },
  {
    name: 'packet',
    about: '1,000 requests for the metrics in one packet, 5 a second',
    start: (port) => {
      const bytes = Buffer.from('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000));
      repeat(5, () => send(port, bytes));
    },
  },
  {
    name: 'crumbs',
    about: 'bodies in 50,000 chunks of one octet, 5 a second',
    start: (port) => {
      const head = 'POST /v1.0/message HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
      const bytes = Buffer.from(head + '1\r\nx\r\n'.repeat(50_000));
      repeat(5, () => send(port, bytes));
    },
  },
  {
    name: 'half',
    about: 'connections closed in the middle of a request, 300 a second',
    start: (port) => {
      const bytes = post(' '.repeat(1_000)).subarray(0, 600);
      repeat(300, () => open(port).end(bytes));
    },
  },
  {
    name: 'refused',
    about: 'good requests with a token nobody has, 300 a second',
    start: (port) => {
      const token = '00000000-0000-0000-0000-000000000000';
      const body = `{"messages":{"authentication":{"productToken":"${token}"},"msg":[{}]}}`;
      repeat(300, () => send(port, post(body)));
    },
  },
];

const MEBIBYTE = 1024 * 1024;
const TICK_MS = 10;

/** Calls `run` so often a second, at even times. */
function repeat(perSecond: number, run: () => void): void {
  const startedAt = performance.now();
  let done = 0;
  setInterval(() => {
    const due = ((performance.now() - startedAt) * perSecond) / 1000;
    for (; done < due; done++) run();
  }, TICK_MS);
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  // Strangers expect to be cut off.
  socket.on('error', () => {});
  socket.resume();
  return socket;
}

function send(port: number, bytes: Buffer): void {
  const socket = open(port);
  socket.once('end', () => socket.destroy());
  socket.write(bytes);
}

function post(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST /v1.0/message HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), bytes]);
}

function list(count: number, item: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => item(i)).join(',');
}

import { createConnection, type Socket } from 'node:net';
import { writeBind } from '../../test/rig/smpp-load.ts';
import { command, commandStatus, PduWriter } from '../../test/rig/smpp-wire.ts';
import { sessionsMax, smppPassword, systemIdOf } from '../e2e/chappe.ts';

/**
 * Connections that cost a gateway something and bring it nothing:
 *
 *   node bench/smpp-e2e/strangers.ts half 1000 PORT
 *
 * `half`: the first half of a bind, opened again whenever the gateway closes it. `idle`: bound, and silent
 * but for answers to enquire_link. Prints a line when all are there, and goes on until it is ended.
 */
function start(): void {
  const [kind, count, port] = process.argv.slice(2);
  let missing = Number(count);
  const arrived = () => {
    missing -= 1;
    if (missing === 0) process.stdout.write('ready\n');
  };
  for (let at = 0; at < Number(count); at += 1) {
    if (kind === 'half') openHalf(Number(port), arrived);
    else openIdle(Number(port), at, arrived);
  }
}

function openHalf(port: number, arrived: () => void): void {
  const socket = open(port);
  const bind = writeBind(systemIdOf(1), smppPassword);
  socket.once('connect', () => {
    socket.write(bind.subarray(0, bind.length / 2));
    arrived();
  });
  socket.resume();
  socket.once('close', () => openHalf(port, () => {}));
}

/** The first customer is the one whose messages are measured. */
function openIdle(port: number, at: number, arrived: () => void): void {
  const socket = open(port);
  const writer = new PduWriter();
  socket.write(writeBind(systemIdOf(1 + Math.floor(at / sessionsMax)), smppPassword));
  socket.once('data', (bytes: Buffer) => {
    if (bytes.readUInt32BE(8) !== commandStatus.ok) throw new Error('an idle bind was refused');
    arrived();
    // Nothing but enquire_link comes to them, one at a time.
    socket.on('data', (enquiry: Buffer) => {
      const answer = (command.enquireLink | command.response) >>> 0;
      writer.header(answer, commandStatus.ok, enquiry.readUInt32BE(12));
      const answers = writer.take();
      if (answers !== null) socket.write(answers);
    });
  });
}

function open(port: number): Socket {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.on('error', () => socket.destroy());
  return socket;
}

start();

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPlace } from '../program/program.ts';
import { until } from '../program/until.ts';
import { findFreePort } from '../rig/gateway-process.ts';

const [bearerbox, smsbox] = ['/usr/sbin/bearerbox', '/usr/sbin/smsbox'];

/** Why tests with Kannel are skipped; false when it is there. */
export const kannelMissing: string | false =
  isThere(bearerbox) && isThere(smsbox) ? false : 'Kannel is not installed: apt-get install kannel';

/** Kannel 1.4.5 as somebody's SMS gateway, bound to an SMSC. */
export interface Kannel {
  /** Asks it to send a message; resolves when it has accepted it. */
  send(parameters: Record<string, string>): Promise<void>;
  /** What it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts its two processes and resolves when it is bound. `sink` is called for each incoming message. */
export async function startKannel(to: {
  smppPort: number;
  systemId: string;
  password: string;
  sink: string;
}): Promise<Kannel> {
  const place = createPlace();
  const [adminPort, boxPort, httpPort] = await findPorts();
  const configuration = join(place, 'kannel.conf');
  const logs = { bearerbox: join(place, 'bearerbox.log'), smsbox: join(place, 'smsbox.log') };
  writeFileSync(
    configuration,
    `
group = core
admin-port = ${adminPort}
admin-password = secret
smsbox-port = ${boxPort}
box-allow-ip = 127.0.0.1
log-file = ${logs.bearerbox}
log-level = 0
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = chappe
host = 127.0.0.1
port = ${to.smppPort}
transceiver-mode = true
smsc-username = ${to.systemId}
smsc-password = ${to.password}
system-type = ""
enquire-link-interval = 5
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${httpPort}
log-file = ${logs.smsbox}
log-level = 0
global-sender = 1008

group = sendsms-user
username = tester
password = secret
max-messages = 10
concatenation = true

group = sms-service
keyword = default
get-url = "${to.sink}?from=%p&to=%P&text=%b&coding=%c"
accept-x-kannel-headers = false
max-messages = 0
concatenation = true
catch-all = true
`,
  );
  const boxes: ChildProcess[] = [];
  const log = () => readFileSync(logs.bearerbox, 'utf8');
  const stop = async () => {
    for (const box of boxes) await end(box);
  };
  try {
    boxes.push(spawn(bearerbox, [configuration], { stdio: 'ignore' }));
    await until('Kannel is bound', async () => {
      const status = await fetchText(`http://127.0.0.1:${adminPort}/status.txt?password=secret`);
      return /SMPP:[^\n]*\(online/.test(status);
    });
    boxes.push(spawn(smsbox, [configuration], { stdio: 'ignore' }));
    await until('smsbox is connected', async () => {
      const status = await fetchText(`http://127.0.0.1:${adminPort}/status.txt?password=secret`);
      const hasBox = /smsbox[^\n]*on-line/.test(status);
      return hasBox && (await fetchText(`http://127.0.0.1:${httpPort}/`)) !== '';
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    log,
    stop,
    async send(parameters) {
      const query = new URLSearchParams({ username: 'tester', password: 'secret', ...parameters });
      const answer = await fetchText(
        `http://127.0.0.1:${httpPort}/cgi-bin/sendsms?${query.toString()}`,
      );
      if (!/Accepted|Queued/.test(answer)) throw new Error(`Kannel says: ${answer}\n${log()}`);
    },
  };
}

function isThere(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function findPorts(): Promise<[number, number, number]> {
  return [await findFreePort(), await findFreePort(), await findFreePort()];
}

/** Empty while nobody answers. */
async function fetchText(url: string): Promise<string> {
  try {
    const response = await fetch(url);
    return await response.text();
  } catch {
    return '';
  }
}

async function end(box: ChildProcess): Promise<void> {
  if (box.exitCode !== null || box.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => box.once('exit', () => resolve()));
  // A box that waits for its peer to say good-bye would wait for long.
  box.kill('SIGKILL');
  await ended;
}

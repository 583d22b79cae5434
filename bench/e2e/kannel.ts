import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  findFreePort,
  type ServerProcess,
  startServerProcess,
  waitForPort,
} from '../../test/rig/gateway-process.ts';
import { createKannelTemplate } from '../../test/rig/request-template.ts';
import { type Gateway, type GatewayPlan, readTail } from './gateway.ts';

/** The yardstick: Kannel with its file store, which does not wait for the disk. */
export const kannelIsInstalled =
  existsSync('/usr/sbin/bearerbox') && existsSync('/usr/sbin/smsbox');

export const howToGetKannel =
  'Kannel is not installed, so nothing can be compared with it: apt-get install kannel';

/** Starts bearerbox, waits for its bind, then starts smsbox: Kannel's two halves. */
export async function startKannel(plan: GatewayPlan): Promise<Gateway> {
  const ports = {
    admin: await findFreePort(),
    box: await findFreePort(),
    http: await findFreePort(),
  };
  const config = join(plan.dir, 'kannel.conf');
  writeFileSync(config, describeConfig(plan, ports));
  const started: ServerProcess[] = [];
  const stop = async () => {
    // smsbox first: bearerbox waits for its boxes before it ends.
    for (const server of started.toReversed()) await server.stop();
  };
  const start = async (program: string, port: number) => {
    const server = startServerProcess(program, ['-v', LOG_PANIC, config]);
    started.push(server);
    await waitForPort(port, server);
  };
  try {
    await start('/usr/sbin/bearerbox', ports.box);
    await start('/usr/sbin/smsbox', ports.http);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pids: started.map((server) => server.pid),
    httpPort: ports.http,
    template: (perRequest) =>
      createKannelTemplate({
        host: `127.0.0.1:${ports.http}`,
        user: 'bench',
        password: 'bench',
        perRequest,
        reportUrl: plan.receipts ? `http://127.0.0.1:${plan.callbackPort}/status` : null,
      }),
    readLog: () => readTail(join(plan.dir, 'bearerbox.log')),
    stop,
  };
}

const LOG_PANIC = '4';

function describeConfig(
  plan: GatewayPlan,
  ports: { admin: number; box: number; http: number },
): string {
  const smsc = `
group = smsc
smsc = smpp
smsc-id = sink
host = 127.0.0.1
port = ${plan.smscPort}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
max-pending-submits = ${plan.window}
enquire-link-interval = 30
`;
  return `group = core
admin-port = ${ports.admin}
admin-password = bench
smsbox-port = ${ports.box}
box-allow-ip = "127.0.0.1"
log-file = "${join(plan.dir, 'bearerbox.log')}"
log-level = 3
store-type = file
store-location = "${join(plan.dir, 'kannel.store')}"
dlr-storage = internal
${smsc.repeat(plan.binds)}
group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${ports.http}
log-file = "${join(plan.dir, 'smsbox.log')}"
log-level = 3

group = sendsms-user
username = bench
password = bench
concatenation = true
max-messages = 8
`;
}

import { fileURLToPath } from 'node:url';
import { findFreePort, startServerProcess, waitForPort } from '../../test/rig/gateway-process.ts';
import { createJsonTemplate } from '../../test/rig/request-template.ts';
import type { Gateway, GatewayPlan } from './gateway.ts';

/** The rig's own stub in place of a gateway: shows what the rig and the machine can carry. */
export async function startStub(plan: GatewayPlan): Promise<Gateway> {
  const httpPort = await findFreePort();
  const program = fileURLToPath(new URL('../../test/rig/stub-gateway.ts', import.meta.url));
  const server = startServerProcess(process.execPath, [
    program,
    `--port=${httpPort}`,
    `--smsc-port=${plan.smscPort}`,
    `--report-url=http://127.0.0.1:${plan.callbackPort}/status`,
    ...(plan.receipts ? [] : ['--no-receipts']),
  ]);
  await waitForPort(httpPort, server);
  return {
    pids: [server.pid],
    httpPort,
    template: (perRequest) => createJsonTemplate({ host: 'stub', token: 'stub', perRequest }),
    readLog: () => '',
    stop: () => server.stop(),
  };
}

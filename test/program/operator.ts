import { Smsc } from '../rig/smsc.ts';
import type { SmscChanges } from '../rig/smsc-settings.ts';
import { type ProgramOptions, tokenSecret } from './program.ts';

const operators: Smsc[] = [];

/** An operator of the rig, on a port of its own or on `port`. */
export async function startOperator(
  changes: SmscChanges,
  port = 0,
): Promise<{ smsc: Smsc; port: number }> {
  const smsc = new Smsc(changes);
  operators.push(smsc);
  return { smsc, port: await smsc.listen(port) };
}

/** A gateway in production: one account, one operator; `settings` are further ones of its connection. */
export function production(operatorPort: number, settings: object = {}): ProgramOptions {
  return {
    config: {
      accounts: [{ id: 'shop', token: tokenSecret }],
      connections: [
        {
          name: 'operator',
          channel: 'SMS',
          settings: {
            hosts: [`127.0.0.1:${operatorPort}`],
            tls: false,
            systemId: 'chappe',
            reconnectFirstMs: 50,
            reconnectLongestMs: 200,
            ...settings,
          },
        },
      ],
      routes: [{ channel: 'SMS', connection: 'operator' }],
    },
  };
}

/** Closes every operator that was started. */
export async function closeOperators(): Promise<void> {
  for (const operator of operators.splice(0)) await operator.close();
}

import { type SmscThread, startSmscThread } from '../../src/channels/sms/simulator/thread.ts';
import { hashPassword } from '../../src/lib/password.ts';
import { createPlace, type Program, startProgram, tokenSecret } from '../program/program.ts';
import { until } from '../program/until.ts';

export const systemId = 'bakery';
export const password = 'bread123';
/** The TLV in which the operator says where a handset is. */
const operatorTag = 0x1401;
const hashName = 'CHAPPE_TEST_SMPP_HASH';
const passwordHash = hashPassword(password, 2);

/** A gateway between customers' binds and a simulated operator, as processes and threads of their own. */
export interface PeerGateway {
  readonly smsc: SmscThread;
  readonly program: Program;
  readonly smppPort: number;
  /** SIGKILL, and the same again with the same data. */
  killAndRestart(): Promise<PeerGateway>;
  /** Resolves when a metric of the gateway has this value. */
  untilMetric(line: string): Promise<void>;
}

/** @param access settings of the account's binds. The operator's receipts come at once. */
export async function startPeerGateway(access: object = {}): Promise<PeerGateway> {
  const smsc = await startSmscThread({ settings: { strangers: true, all: { operatorTag } } });
  return start(smsc, access, createPlace());
}

async function start(smsc: SmscThread, access: object, dataDir: string): Promise<PeerGateway> {
  const program = await startProgram({
    dataDir,
    environment: { [hashName]: passwordHash },
    config: {
      accounts: [
        {
          id: 'shop',
          token: tokenSecret,
          smpp: {
            systemId,
            passwordHash: { env: hashName },
            window: 100,
            ratePerSecond: 1_000,
            ...access,
          },
        },
      ],
      connections: [
        {
          name: 'operator',
          channel: 'SMS',
          settings: {
            hosts: [`127.0.0.1:${smsc.port}`],
            tls: false,
            systemId: 'chappe',
            window: 100,
            operatorTag,
            reconnectFirstMs: 50,
            reconnectLongestMs: 200,
          },
        },
      ],
      routes: [{ channel: 'SMS', connection: 'operator' }],
    },
  });
  const [, port = ''] = await program.prints(/"smpp":"127\.0\.0\.1:(\d+)"/);
  return {
    smsc,
    program,
    smppPort: Number(port),
    async killAndRestart() {
      program.signal('SIGKILL');
      await program.ended;
      return start(smsc, access, dataDir);
    },
    async untilMetric(line) {
      await until(`the metrics say ${line}`, async () => {
        const response = await fetch(`${program.url}/metrics`);
        return (await response.text()).split('\n').includes(line);
      });
    },
  };
}

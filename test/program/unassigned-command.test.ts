import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type SmscThread, startSmscThread } from '../../src/channels/sms/simulator/thread.ts';
import { cleanUp, createPlace, type Program, run, startProgram, tokenSecret } from './program.ts';
import { until } from './until.ts';

let smsc: SmscThread;
let program: Program;

before(async () => {
  smsc = await startSmscThread({ settings: { strangers: true } });
  program = await startProgram({
    config: {
      accounts: [{ id: 'shop', token: tokenSecret, numbers: ['3669'] }],
      connections: [
        {
          name: 'operator',
          channel: 'SMS',
          settings: { hosts: [`127.0.0.1:${smsc.port}`], tls: false, systemId: 'chappe' },
        },
      ],
      routes: [{ channel: 'SMS', connection: 'operator' }],
    },
  });
  const write = (to: string, text: string) => smsc.injectMo({ from: '31612345678', to, text });
  await until('the gateway is bound', async () => (await write('3670', 'First')) > 0);
  await write('3669', 'Of the shop');
  await write('3670', 'Hoi\n\u202eend');
  await until('the operator has all its answers', async () => {
    const { deliveries } = await smsc.stats();
    return deliveries.acknowledged === 3;
  });
});
after(async () => {
  await cleanUp();
  await smsc.stop();
});

const unassigned = (...args: string[]) =>
  run(['unassigned', ...args], { CHAPPE_DATA_DIR: program.dataDir });

describe('chappe unassigned', () => {
  test('prints what belongs to no account, the latest first, while the gateway runs', async () => {
    const { code, stdout, stderr } = await unassigned();
    assert.equal(code, 0, stderr);
    const lines = stdout.split('\n');
    assert.equal(lines.length, 3);
    const where = 'SMS over operator, 31612345678 to 3670';
    assert.match(lines[0] ?? '', /^\d{4}-\d\d-\d\dT[\d:.]+Z /);
    assert.ok(lines[0]?.endsWith(` ${where}: Hoi\\u{a}\\u{202e}end`), stdout);
    assert.ok(lines[1]?.endsWith(` ${where}: First`), stdout);
  });

  test('prints JSON, and as many as are asked for', async () => {
    const { stdout } = await unassigned('--json', '--limit', '1');
    const message: unknown = JSON.parse(stdout);
    assert.ok(typeof message === 'object' && message !== null && 'text' in message);
    assert.equal(message.text, 'Hoi\n\u202eend');
  });

  for (const [args, code, said] of [
    [['--help'], 0, /^$/],
    [['--limit', '0'], 2, /^--limit is "0": give a number from 1 to 1000\./],
    [['--limit', '1001'], 2, /^--limit is "1001"/],
    [['--account', 'shop'], 2, /^Unknown option '--account'/],
  ] as const) {
    test(`${args.join(' ')}: ${code}`, async () => {
      const result = await unassigned(...args);
      assert.equal(result.code, code);
      assert.match(result.stderr, said);
    });
  }

  for (const [title, environment, code] of [
    ['no store', {}, 1],
    ['a store in memory', { CHAPPE_STORE: 'memory:' }, 1],
    ['a wrong setting', { CHAPPE_STORE: 'redis:' }, 2],
  ] as const) {
    test(`${title}: ${code} and a sentence`, async () => {
      const result = await run(['unassigned'], { CHAPPE_DATA_DIR: createPlace(), ...environment });
      assert.equal(result.code, code);
      assert.equal(result.stdout, '');
      assert.match(result.stderr, /CHAPPE_STORE/);
    });
  }
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import manifest from '../../package.json' with { type: 'json' };
import { listenLocally } from '../../src/lib/test-listen.ts';
import { changeHandset, untilShown } from './customer.ts';
import { closeOperators, production, startOperator } from './operator.ts';
import {
  cleanUp,
  createPlace,
  type Program,
  run,
  startCommand,
  startProgram,
  token,
  tokenSecret,
  writeConfig,
} from './program.ts';

const demoToken = '11111111-2222-4333-8444-555555555555';
let program: Program;

before(async () => {
  program = await startProgram({ environment: { CHAPPE_DEMO_TOKEN: demoToken } });
});
after(async () => {
  await cleanUp();
  await closeOperators();
});

describe('help', { concurrency: 2 }, () => {
  for (const [args, said] of [
    [
      ['--help'],
      /^Chappe [\s\S]*\n {2}serve +start the gateway[\s\S]*\n {2}send [\s\S]*\n {2}bench /,
    ],
    [['serve', '--help'], /^Usage: chappe serve\n[\s\S]*SIGTERM[\s\S]*CHAPPE_HTTP_PORT/],
    [
      ['send', '--help'],
      /^Usage: chappe send [\s\S]*Exit code: 0 delivered, 1 [\s\S]*--to <number>/,
    ],
    [['bench', '--help'], /^Usage: npm run bench -- <name>/],
  ] as const) {
    test(`chappe ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 0, stderr);
      assert.match(stdout, said);
      assert.equal(stderr, '');
    });
  }

  test('chappe --version', async () => {
    assert.deepEqual(await run(['--version']), {
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
  });

  for (const [args, said] of [
    [[], /^$/],
    [['serf'], /^There is no command "serf"\.\n\nChappe [\s\S]*Usage: chappe <command>/],
    [['serve', '--port', '1'], /^Unknown option '--port'[\s\S]*Usage: chappe serve/],
    [['send', '--to', '0031612345678'], /^Give --to and --text\.\n\nUsage: chappe send/],
    [['send', '--wait', 'long'], /^--wait is "long": give a number of seconds\./],
    [['send', '--url', 'here'], /^--url is "here": give an address such as http:/],
    [['plan', '--url', 'ftp://here'], /^--url is "ftp:\/\/here": give an address such as http:/],
    [
      ['bench', 'store', '--fast'],
      /^Unknown option '--fast'.*\n.*npm run bench -- store --help\n$/,
    ],
  ] as const) {
    test(`chappe ${args.join(' ')}: used wrongly, 2`, async () => {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, said);
      if (args.length > 0) assert.equal(stdout, '');
    });
  }
});

describe('chappe serve that cannot start', { concurrency: 2 }, () => {
  const place = createPlace();
  const base = {
    CHAPPE_HTTP_PORT: '0',
    CHAPPE_SMPP_PORT: '0',
    CHAPPE_DATA_DIR: join(place, 'data'),
  };
  const shop = { accounts: [{ id: 'shop', token: tokenSecret }] };

  for (const [title, environment, sentences] of [
    [
      'wrong variables, all of them at once',
      { CHAPPE_HTTP_PRT: '80', CHAPPE_HTTP_PORT: 'x', CHAPPE_STORE: 'redis:', CHAPPE_CELL: '-1' },
      [
        /CHAPPE_HTTP_PRT is not a setting of Chappe\. Known are CHAPPE_HTTP_HOST, /,
        /CHAPPE_HTTP_PORT is "x": give a port from 0 to 65535/,
        /CHAPPE_STORE is "redis:": use "sqlite:"/,
        /CHAPPE_CELL is "-1": give a number from 0 to 4095\./,
      ],
    ],
    [
      'a configuration file that is not there',
      { CHAPPE_CONFIG: join(place, 'no.yaml') },
      [/CHAPPE_CONFIG names .*no\.yaml, which cannot be used: ENOENT/],
    ],
    [
      'a secret in plain text',
      { CHAPPE_CONFIG: writeConfig({ accounts: [{ id: 'shop', token: demoToken }] }) },
      [
        /chappe\.yaml, line 3, `accounts\.0\.token`: holds a secret in plain text: write `token: \{ env: NAME \}`/,
      ],
    ],
    [
      'a secret that is not set',
      { CHAPPE_CONFIG: writeConfig(shop) },
      [
        /line 3, `accounts\.0\.token`: refers to the environment variable CHAPPE_TEST_TOKEN, which is not set/,
      ],
    ],
    [
      'settings of a connection',
      {
        CHAPPE_CONFIG: writeConfig({
          connections: [
            { name: 'operator', channel: 'SMS', settings: { hosts: ['a:1'], window: 0 } },
          ],
        }),
      },
      [/Connection "operator": `window` /, /Connection "operator": `systemId` is missing/],
    ],
  ] as const) {
    test(`${title}: 2 and sentences`, async () => {
      const { code, stderr, stdout } = await run(['serve'], { ...base, ...environment });
      assert.equal(code, 2, stdout + stderr);
      assert.match(stderr, /^The gateway did not start:\n/);
      for (const sentence of sentences) assert.match(stderr, sentence);
      assert.doesNotMatch(stderr, /\n\s+at /, 'no stack is shown');
      assert.doesNotMatch(stderr, new RegExp(demoToken), 'no secret is shown');
    });
  }

  for (const setting of ['CHAPPE_HTTP_PORT', 'CHAPPE_SMPP_PORT']) {
    test(`${setting} is taken: 1 and what to do, and nothing else`, async () => {
      const other = createServer();
      const port = String(await listenLocally(other));
      const taken = { ...base, CHAPPE_STORE: 'memory:', [setting]: port };
      const { code, stderr, stdout } = await run(['serve'], taken);
      other.close();
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /^The gateway did not start: .*address already in use 127\.0\.0\.1:\d+\. .*\.\n$/,
      );
      assert.ok(stderr.endsWith(`stop it, or set ${setting} to another port.\n`), stderr);
      assert.equal(stdout, '');
    });
  }

  test('a data directory that another process uses: 1 and what to do', async () => {
    const { code, stderr } = await run(['serve'], { ...base, CHAPPE_DATA_DIR: program.dataDir });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^The gateway did not start: \S+chappe\.db is in use by another process/);
    assert.match(stderr, /stop that one, or use another directory\n$/);
  });

  test('a store that is none: 1 and what to do', async () => {
    const dataDir = createPlace();
    writeFileSync(join(dataDir, 'chappe.db'), 'This is not a database. '.repeat(100));
    const { code, stderr } = await run(['serve'], { ...base, CHAPPE_DATA_DIR: dataDir });
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /^The gateway did not start: the store cannot be opened: \S+chappe\.db: file is not a da/,
    );
    assert.match(stderr, /CHAPPE_DATA_DIR.* how to restore a backup\.\n$/);
  });

  test('a data directory that is a file, and a host that is not ours: 1', async () => {
    const file = join(place, 'file');
    writeFileSync(file, '');
    const [asFile, elsewhere] = await Promise.all([
      run(['serve'], { ...base, CHAPPE_DATA_DIR: file }),
      // From the range that is for documentation only (RFC 5737).
      run(['serve'], { ...base, CHAPPE_STORE: 'memory:', CHAPPE_HTTP_HOST: '192.0.2.1' }),
    ]);
    assert.equal(asFile.code, 1);
    assert.match(asFile.stderr, /CHAPPE_DATA_DIR must be a folder\.\n$/);
    assert.equal(elsewhere.code, 1);
    assert.match(
      elsewhere.stderr,
      /CHAPPE_HTTP_HOST and CHAPPE_SMPP_HOST must be addresses of this machine/,
    );
  });
});

describe('chappe send', { concurrency: 2 }, () => {
  /** Sends through the program, which it finds as a person would have told it. */
  function send(...args: string[]) {
    return run(['send', '--url', program.url, ...args], { CHAPPE_DEMO_TOKEN: demoToken });
  }

  test('delivered: every stage in order, and 0', async () => {
    const text = `${'Your bread is ready. '.repeat(9)}€`;
    const { code, stdout, stderr } = await send('--to', '0031612340111', '--text', text);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stderr, '');
    const lines = stdout.trimEnd().split('\n');
    const stages = lines.slice(0, -2).map((line) => {
      assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} {2}\w+ +\S/);
      return line.slice(14);
    });
    assert.equal(stages[0]?.replace(/send-\w+/, ''), 'accepted   2 parts, reference ');
    for (const stage of [
      /^submitted {2}part 1 over SMS to "rehearsal": accepted, id \w+$/,
      /^submitted {2}part 2 over SMS to "rehearsal": accepted, id \w+$/,
      /^receipt {4}part 1 over SMS: delivered$/,
      /^receipt {4}part 2 over SMS: delivered$/,
      /^report {5}accepted$/,
      /^report {5}delivered$/,
      /^told {7}accepted: answered 200$/,
      /^told {7}delivered: answered 200$/,
    ]) {
      assert.equal(stages.filter((line) => stage.test(line)).length, 1, `${stage}\n${stdout}`);
    }
    assert.deepEqual(lines.slice(-2), ['', 'delivered']);
    const { messages } = await untilShown(program, '0031612340111');
    assert.equal(messages[0]?.text, text);
    assert.equal(messages[0]?.from, 'Chappe');
  });

  test('failed: the error and its text, and 1', async () => {
    const { code, stdout } = await send('--to', '0031600000024', '--text', 'Hoi');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /report {5}failed \(24: Message not delivered because the recipient was unreachable\)\n/,
    );
    assert.match(stdout, /\n\nfailed\n$/);
  });

  test('rejected: why, and 1', async () => {
    const { code, stderr } = await send('--to', 'nobody', '--text', 'Hoi');
    assert.equal(code, 1);
    assert.equal(stderr, "rejected   Gsm 'nobody' is not a number.\n");
  });

  test('a wrong token: why, and 1', async () => {
    const token = '00000000-0000-0000-0000-000000000000';
    const { code, stderr } = await send('--to', '0031612340112', '--text', 'a', '--token', token);
    assert.equal(code, 1);
    const [rejection, advice] = stderr.split('\n');
    assert.equal(rejection, 'rejected   No account found for the given authentication');
    assert.match(advice ?? '', /^The gateway knows no account with this token: check --token, or /);
  });

  test('refused for now: the attempt is shown as one, and not as an id', async () => {
    const { smsc, port } = await startOperator({
      doomed: { modulo: 1, undeliverable: [], refused: [0] },
    });
    const statusErrors = [{ match: 0x0b, kind: 'T', code: 24 }];
    const shop = await startProgram(production(port, { statusErrors }));
    await smsc.when(() => smsc.bound === 1);
    const to = ['--to', '0031612340117', '--text', 'Hoi'];
    const sending = startCommand(['send', '--url', shop.url, '--token', token, ...to]);
    const [line] = await sending.prints(/submitted .*\n/);
    assert.match(line, /part 1 over SMS to "operator": refused for now, attempt 1 \(24: /);
    sending.signal('SIGTERM');
    await sending.ended;
  });

  test('no end within the time: 3', async () => {
    await changeHandset(program, '0031612340113', { on: false });
    const to = ['--to', '0031612340113'];
    const { code, stdout, stderr } = await send(...to, '--text', 'Hoi', '--wait', '1');
    assert.equal(code, 3, stdout);
    assert.match(stderr, /^No end within 1 s; the gateway goes on trying\.\n$/);
    assert.match(stdout, /report {5}accepted\n/);
  });

  test('delivered, and nobody takes the reports: 0, and it is said', async () => {
    const lonely = await startProgram({
      // Port 9 discards, where anything listens at all.
      environment: { CHAPPE_DEMO_TOKEN: demoToken, CHAPPE_DEMO_WEBHOOK: 'http://127.0.0.1:9/' },
    });
    const to = ['--to', '0031612340118', '--text', 'Hoi', '--wait', '2', '--token', demoToken];
    const { code, stdout, stderr } = await run(['send', '--url', lonely.url, ...to]);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /\n\ndelivered\n$/);
    assert.match(stderr, /^Not every report was taken by your endpoint or SMPP session; /);
  });

  test('--json: an object on each line, in place of words', async () => {
    const to = ['--to', '0031612340114', '--from', '31765727000'];
    const { code, stdout } = await send(...to, '--text', 'Hoi', '--json');
    assert.equal(code, 0);
    const events: { kind: string }[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const kinds = new Set(events.map(({ kind }) => kind));
    assert.deepEqual([...kinds].toSorted(), ['receipt', 'report', 'submitted', 'told']);
  });

  test('another server than ours: what to do, and 1', async () => {
    const other = createServer((_, response) => response.end('<html>'));
    const url = `http://127.0.0.1:${await listenLocally(other)}`;
    const args = ['--to', '0031612340115', '--text', 'Hoi', '--url', url];
    for (const command of ['send', 'plan']) {
      const { code, stderr } = await run([command, ...args], { CHAPPE_DEMO_TOKEN: demoToken });
      assert.equal(code, 1);
      assert.match(stderr, /^What answers at http:\S+ is not Chappe: .* with --url\.\n$/);
    }
    other.close();
  });

  test('no gateway: what to do, and 1', async () => {
    const { code, stderr } = await run(
      ['send', '--to', '0031612340115', '--text', 'Hoi', '--url', 'http://127.0.0.1:1'],
      { CHAPPE_DEMO_TOKEN: demoToken },
    );
    assert.equal(code, 1);
    assert.match(stderr, /^No gateway answers at http:\/\/127\.0\.0\.1:1 .*npm start\n$/);
  });

  test('the token of the data directory is found; without one, what to do, and 2', async () => {
    const dataDir = createPlace();
    const args = ['send', '--to', '0031612340116', '--text', 'Hoi', '--url', program.url];
    const without = await run(args, { CHAPPE_DATA_DIR: dataDir });
    assert.equal(without.code, 2);
    assert.match(without.stderr, /^No product token: give --token, set CHAPPE_DEMO_TOKEN, or/);
    writeFileSync(join(dataDir, 'demo-token'), `${demoToken}\n`);
    const found = await run(args, { CHAPPE_DATA_DIR: dataDir });
    assert.equal(found.code, 0, found.stderr);
  });
});

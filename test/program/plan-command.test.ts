import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findFreePort } from '../rig/gateway-process.ts';
import { cleanUp, createPlace, type Program, run, startProgram } from './program.ts';

const demoToken = '11111111-2222-4333-8444-555555555555';
let program: Program;

before(async () => {
  program = await startProgram({ environment: { CHAPPE_DEMO_TOKEN: demoToken } });
});
after(cleanUp);

function plan(args: readonly string[], environment: Record<string, string> = {}) {
  return run(['plan', ...args], { CHAPPE_HTTP_PORT: String(program.port), ...environment });
}

const hello = ['--token', demoToken, '--to', '0031612345678', '--text', 'Hoi'];

describe('chappe plan', { concurrency: 2 }, () => {
  test('says what would become of a message', async () => {
    assert.deepEqual(await plan([...hello, '--channel', 'SMS']), {
      code: 0,
      stdout: `accepted   gsm7, SMS over rehearsal.

1. SMS over rehearsal, 1 part
   SMS over rehearsal: route 1 for every number at priority 100.
`,
      stderr: '',
    });
  });

  test('says which channels are left out', async () => {
    const { code, stdout } = await plan([...hello, '--channel', 'SMS', '--channel', 'Viber']);
    assert.equal(code, 0);
    assert.match(stdout, /\n\nNot Viber: There is no route for Viber\.\n$/);
  });

  test('says why it would be rejected', async () => {
    const { code, stdout } = await plan([...hello, '--to', 'x']);
    assert.equal(code, 1);
    assert.match(stdout, /^rejected {3}303 Gsm 'x' is not a number\.\n/);
  });

  test('shows the answer as it is', async () => {
    const { code, stdout } = await plan([...hello, '--json']);
    assert.equal(code, 0);
    const answer: unknown = JSON.parse(stdout);
    assert.ok(typeof answer === 'object' && answer !== null && 'messages' in answer);
  });

  const wrong: [title: string, args: string[], code: number, said: RegExp][] = [
    ['without a text', ['--to', '1'], 2, /^Give --to and --text\./],
    ['with an option that is none', ['--wait', '1'], 2, /Usage: chappe plan/],
    [
      'with a token of nobody',
      [...hello, '--token', demoToken.replace('1', '2')],
      1,
      /Unauthorized[\s\S]*check --token/,
    ],
  ];
  for (const [title, args, code, said] of wrong) {
    test(title, async () => {
      const result = await plan(args);
      assert.equal(result.code, code);
      assert.match(result.stderr, said);
      assert.equal(result.stdout, '');
    });
  }

  test('without a token', async () => {
    const { code, stderr } = await plan(['--to', '1', '--text', 'x'], {
      CHAPPE_DATA_DIR: createPlace(),
    });
    assert.equal(code, 2);
    assert.match(stderr, /^No product token/);
  });

  test('without a gateway', async () => {
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const { code, stderr } = await plan([...hello, '--url', url]);
    assert.equal(code, 1);
    assert.match(stderr, /^No gateway answers/);
  });

  test('--help', async () => {
    const { code, stdout } = await plan(['--help']);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: chappe plan [\s\S]*Exit code: 0 [\s\S]*--to <number>/);
  });
});

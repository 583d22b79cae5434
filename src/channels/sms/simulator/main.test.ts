import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultSwitches } from './switches.ts';
import { connectTestEsme, within } from './test-esme.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Run {
  child: ChildProcess;
  /** Resolves with the first line of the output that matches. */
  readonly line: (pattern: RegExp) => Promise<RegExpExecArray>;
  exit: Promise<number | null>;
  readonly errors: () => string;
}

function run(t: TestContext, ...args: string[]): Run {
  const child = spawn(process.execPath, [main, ...args]);
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  const watchers = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    for (const watch of watchers) watch();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exit = once(child, 'close').then(() => child.exitCode);
  return {
    child,
    exit,
    errors: () => errors,
    line(pattern) {
      const found = new Promise<RegExpExecArray>((resolve) => {
        const watch = (): void => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match);
        };
        watchers.add(watch);
        watch();
      });
      return within(found, `a line like ${pattern}`);
    },
  };
}

test('it runs on its own, prints what arrives, and ends with a signal', async (t) => {
  const { child, line, exit } = run(
    t,
    '--port',
    '0',
    '--account',
    'esme:secret',
    '--set',
    'idForm=uuid',
  );
  const [, port] = await line(/SMPP on 127\.0\.0\.1:(\d+)/);
  const esme = await connectTestEsme(Number(port));
  t.after(() => esme.destroy());
  assert.equal(await esme.bind('trx', { password: 'wrong' }), 0x0e);
  assert.equal(await esme.bind('trx'), 0);
  assert.match(String((await esme.submit())['message_id']), /-/);
  await line(/31612345678 < Chappe: Hello/);
  child.kill('SIGTERM');
  assert.equal(await exit, 0);
});

test('its help names every switch', async (t) => {
  const { line, exit } = run(t, '--help');
  for (const name of Object.keys(defaultSwitches)) await line(new RegExp(`^ {2}${name}=`, 'm'));
  assert.equal(await exit, 0);
});

const mistakes = [
  ['--colour'],
  ['--set', 'colour=red'],
  ['--set', 'wire=round'],
  ['--set', 'windowMax=-1'],
  ['--tls-port', '0'],
  ['--settings', '/nowhere.json'],
  ['--port', '70000'],
];

for (const args of mistakes) {
  test(`it refuses ${args.join(' ')}`, async (t) => {
    const { exit, errors } = run(t, '--port', '0', ...args);
    assert.equal(await within(exit, 'the end'), 2);
    assert.notEqual(errors(), '');
  });
}

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanUp, createPlace, run, startProgram } from './program.ts';

const command = fileURLToPath(new URL('../../bin/chappe.mjs', import.meta.url));
const demoToken = '11111111-2222-4333-8444-555555555555';

after(cleanUp);

test('the stage shows a message on its phone before the reports about it', async () => {
  const program = await startProgram({ environment: { CHAPPE_DEMO_TOKEN: demoToken } });
  for (const text of ['first', 'second', 'third']) {
    const args = ['send', '--url', program.url, '--to', '0031612345678', '--text', text];
    const { code, stderr } = await run(args, { CHAPPE_DEMO_TOKEN: demoToken });
    assert.equal(code, 0, stderr);
  }
  await program.prints(/(?:delivered,[\s\S]*){3}/);
  const shown = Array.from(program.stdout.matchAll(/^[\d:]{8} {2}(handset|report)/gm));
  assert.deepEqual(
    shown.map(([, what]) => what),
    Array.from({ length: 3 }, () => ['handset', 'report', 'report']).flat(),
  );
});

/** `npm start | head`: what the stage shows has nobody to go to. */
test('the gateway goes on when whoever read its output has gone', async (t) => {
  const gateway = spawn(process.execPath, [command, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      CHAPPE_HTTP_PORT: '0',
      CHAPPE_SMPP_PORT: '0',
      CHAPPE_DATA_DIR: createPlace(),
      CHAPPE_STORE: 'memory:',
      CHAPPE_DEMO_TOKEN: demoToken,
    },
  });
  t.after(() => gateway.kill('SIGKILL'));
  const ended = once(gateway, 'exit');
  let banner = '';
  for await (const chunk of gateway.stdout.setEncoding('utf8')) {
    banner += String(chunk);
    if (banner.includes('Ctrl-C stops')) break;
  }
  // Leaving the loop has closed the pipe.
  assert.equal(gateway.stdout.destroyed, true);
  gateway.stderr.destroy();
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(banner)?.[0] ?? '';
  for (const count of ['first', 'second']) {
    const { code, stderr } = await run(
      ['send', '--url', url, '--to', '0031612345678', '--text', count],
      { CHAPPE_DEMO_TOKEN: demoToken },
    );
    assert.equal(code, 0, `${count}: ${stderr}`);
  }
  gateway.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});

test('a command whose reader has gone does its work', async (t) => {
  const help = spawn(process.execPath, [command, '--help']);
  t.after(() => help.kill('SIGKILL'));
  help.stdout.destroy();
  assert.deepEqual(await once(help, 'exit'), [0, null]);
});

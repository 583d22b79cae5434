import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanUp, createPlace } from './program.ts';
import { until } from './until.ts';

after(cleanUp);

/** As a person or a service manager starts it: npm, its shell and the gateway in a process group of their own. */
function startByNpm() {
  const others = Object.entries(process.env).filter(([name]) => !/^(?:CHAPPE_|npm_)/.test(name));
  const npm = spawn('npm', ['start'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: {
      ...Object.fromEntries(others),
      CHAPPE_DATA_DIR: createPlace(),
      CHAPPE_HTTP_PORT: '0',
      CHAPPE_SMPP_PORT: '0',
    },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  npm.stdout.on('data', (bytes: Buffer) => {
    said.stdout += bytes.toString();
  });
  npm.stderr.on('data', (bytes: Buffer) => {
    said.stderr += bytes.toString();
  });
  const group = -(npm.pid ?? 0);
  // Its outputs are closed when all who hold them have ended, the gateway too.
  return { npm, said, group, ended: once(npm, 'close') };
}

function isAlive(group: number): boolean {
  try {
    return process.kill(group, 0);
  } catch {
    return false;
  }
}

for (const [title, signal, toGroup] of [
  ['SIGTERM to npm', 'SIGTERM', false],
  ['Ctrl-C in a terminal, which the whole group gets', 'SIGINT', true],
] as const) {
  test(`npm start, then ${title}: the gateway finishes, and npm ends with 0`, async () => {
    const { npm, said, group, ended } = startByNpm();
    try {
      await until('it runs', () => said.stdout.includes('Ctrl-C stops.'));
      if (toGroup) process.kill(group, signal);
      else npm.kill(signal);
      await until('the gateway hears of it', () => said.stderr.includes('Stopping: '));
      assert.deepEqual(await ended, [0, null], said.stderr);
    } finally {
      if (isAlive(group)) process.kill(group, 'SIGKILL');
    }
  });
}

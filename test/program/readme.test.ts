import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { HandsetView } from '../../src/rehearsal/handset-schema.ts';
import { untilShown } from './customer.ts';
import { cleanUp, createPlace, type Program, startProgram } from './program.ts';

/*
 * What README.md tells people to type is typed here. Only the port differs; the directory is one
 * where the gateway runs, as it is for them.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const blocks = [
  ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```\n(.*?)^```$/gms),
].map(([, text = '']) => text.trimEnd());

let program: Program;

before(async () => {
  program = await startProgram({ dataDir: join(createPlace(), 'data') });
});
after(cleanUp);

/** The block that begins like this, which has to be the only one. */
function blockOf(beginning: string): string {
  const found = blocks.filter((block) => block.startsWith(beginning));
  assert.equal(found.length, 1, `README.md has ${found.length} blocks "${beginning}..."`);
  return found[0] ?? '';
}

/** Types lines into a shell beside the data directory; what they print. */
async function type(lines: string): Promise<string> {
  const here = lines.replaceAll('127.0.0.1:8080', `127.0.0.1:${program.port}`);
  const cwd = dirname(program.dataDir);
  const { stdout } = await promisify(execFile)('sh', ['-c', here], { cwd, encoding: 'utf8' });
  return stdout;
}

/** The program, told of the port, in a shell. */
function chappe(): string {
  return `CHAPPE_HTTP_PORT=${program.port} "${process.execPath}" "${root}bin/chappe.mjs"`;
}

const hasCurl = await promisify(execFile)('curl', ['--version']).then(
  () => true,
  () => false,
);
const needsCurl = hasCurl ? {} : { skip: 'there is no curl on this machine' };

describe('README.md', () => {
  test('its curl line gets its answer, and the message is on the phone', needsCurl, async () => {
    const answer = await type(blockOf('curl -s http://127.0.0.1:8080/v1.0/message'));
    assert.equal(answer, blockOf('{"details"'));
    await untilShown(program, '0031612345678');
    const phone = await type(blockOf('curl -s http://127.0.0.1:8080/api/handsets/'));
    const { messages }: HandsetView = JSON.parse(phone);
    assert.deepEqual(
      messages.map(({ from, text }) => `${from}: ${text}`),
      ['Bakery: Your bread is ready'],
    );
  });

  test('the line that the gateway prints gets the same answer', needsCurl, async () => {
    const [, line = ''] = /\n(  curl -s \S+\/v1\.0\/message .*?)\n\n/s.exec(program.stdout) ?? [];
    assert.equal(await type(line), blockOf('{"details"'));
  });

  test('its command sends and follows a message', async () => {
    const line = blockOf('npm run chappe -- send');
    const { scripts }: { scripts: { chappe: string } } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    assert.equal(scripts.chappe, 'node bin/chappe.mjs');
    // npm would run it in the repository's root, where the port and the data are another's.
    const printed = await type(line.replace('npm run chappe --', chappe()));
    assert.match(printed, /\n\ndelivered\n$/);
  });

  test('the number it names cannot be reached', async () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8');
    const [, number = ''] =
      /write to `(\d+)` and the handset is\s+unreachable \(24\)/.exec(text) ?? [];
    const line = `${chappe()} send --to ${number} --text Hoi || true`;
    assert.match(await type(line), /\(24: .*\n\nfailed\n$/s);
  });
});

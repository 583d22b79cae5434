import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hashPassword } from '../lib/password.ts';
import { runCommand } from './command.ts';

const usage = `Usage: chappe hash-password

Reads a password from standard input and prints its hash, for \`passwordHash\` in the configuration:

  printf %s 'bread123' | chappe hash-password > bakery-smpp-hash

An SMPP password has 1 to 8 printable ASCII characters, no spaces.
`;

/** SMPP 3.4 §5.2.2: nine octets with the NUL. */
const passwordPattern = /^[\x21-\x7e]{1,8}$/;

/** `chappe hash-password`: 0 printed, 1 no password for SMPP, 2 used wrongly. */
export function hashPasswordCommand(args: string[]): Promise<number> {
  return runCommand(usage, () => readOptions(args), printHash);
}

function readOptions(args: string[]) {
  try {
    return parseArgs({ args, options: { help: { type: 'boolean', short: 'h' } } }).values;
  } catch {
    throw new Error('The password comes on standard input.');
  }
}

async function printHash(): Promise<number> {
  if (process.stdin.isTTY) process.stderr.write('Type the password, then Enter and Ctrl-D.\n');
  // A line's end is not part of the password: `echo` adds one.
  const password = readFileSync(0, 'utf8').replace(/\r?\n$/, '');
  if (!passwordPattern.test(password)) {
    process.stderr.write('An SMPP password has 1 to 8 printable ASCII characters, no spaces.\n');
    return 1;
  }
  process.stdout.write(`${hashPassword(password)}\n`);
  return 0;
}

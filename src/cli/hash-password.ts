import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hashPassword } from '../lib/password.ts';

const usage = `Usage: chappe hash-password

Reads a password from standard input and prints its hash, for \`passwordHash\` in the configuration:

  printf %s 'bread123' | chappe hash-password > bakery-smpp-hash

An SMPP password has 1 to 8 characters of ASCII.
`;

/** SMPP 3.4 §5.2.2: nine octets with the NUL. */
const passwordPattern = /^[\x21-\x7e]{1,8}$/;

/** `chappe hash-password`: 0 printed, 1 no password for SMPP, 2 used wrongly. */
export async function hashPasswordCommand(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args, options: { help: { type: 'boolean', short: 'h' } } });
    if (values.help === true) {
      process.stdout.write(usage);
      return 0;
    }
  } catch {
    process.stderr.write(`The password comes on standard input.\n\n${usage}`);
    return 2;
  }
  // A line's end is not part of the password: `echo` adds one.
  const password = readFileSync(0, 'utf8').replace(/\r?\n$/, '');
  if (!passwordPattern.test(password)) {
    process.stderr.write('An SMPP password has 1 to 8 printable ASCII characters, no spaces.\n');
    return 1;
  }
  process.stdout.write(`${hashPassword(password)}\n`);
  return 0;
}

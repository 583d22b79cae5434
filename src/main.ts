import { bench } from './cli/bench.ts';
import { send } from './cli/send.ts';
import { serve } from './cli/serve.ts';
import { version } from './version.ts';

const usage = `Chappe ${version}: a self-hosted business messaging gateway and its rehearsal stage

Usage: chappe <command> [options]

Commands:
  serve   start the gateway (without a configuration: the rehearsal stage)
  send    send one message and follow it to its end
  bench   measure the gateway on this machine

Options:
  --help      show this help; after a command, that command's help
  --version   show the version

In the repository: npm start, or npm run chappe -- <command> [options]
`;

const commands: Readonly<Record<string, (args: string[]) => Promise<number | undefined>>> = {
  serve,
  send,
  bench,
};

/**
 * The command line. Sets the exit code: 0 done, 1 failed, 2 used wrongly; `serve` runs until it is
 * told to stop.
 */
export async function main(args: string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage);
    process.exitCode = name === undefined ? 2 : 0;
    return;
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version}\n`);
    return;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`There is no command "${name}".\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const code = await command(rest);
  if (code !== undefined) process.exitCode = code;
}

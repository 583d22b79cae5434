import { version } from './version.ts';

const usage = `Chappe ${version}: a self-hosted business messaging gateway and its rehearsal stage

Usage: chappe <command> [options]

Commands:
  serve           start the gateway (without a configuration: the rehearsal stage)
  send            send one message and follow it to its end
  plan            ask what would become of a message, without sending it
  unassigned      print incoming messages that belong to no account
  hash-password   print the hash of an SMPP password
  bench           measure the gateway on this machine

Options:
  --help      show this help; after a command, that command's help
  --version   show the version

In the repository: npm start, or npm run chappe -- <command> [options]
`;

type Command = (args: string[]) => Promise<number | undefined>;

/** Loaded when they are asked for: who sends a message need not wait for the gateway's code. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  send: async () => (await import('./cli/send.ts')).send,
  plan: async () => (await import('./cli/plan.ts')).plan,
  unassigned: async () => (await import('./cli/unassigned.ts')).unassigned,
  'hash-password': async () => (await import('./cli/hash-password.ts')).hashPasswordCommand,
  bench: async () => (await import('./cli/bench.ts')).bench,
};

/**
 * The command line. Sets the exit code: 0 done, 1 failed, 2 used wrongly; `serve` runs until it is
 * told to stop.
 */
export async function main(args: string[]): Promise<void> {
  // Whoever reads the output may go, as `head` does; the gateway stays, and a message is followed to its end.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
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
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    process.stderr.write(`There is no command "${name}".\n\n${usage}`);
    process.exitCode = 2;
    return;
  }
  const command = await load();
  const code = await command(rest);
  if (code !== undefined) process.exitCode = code;
}

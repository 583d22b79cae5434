import { createInterface } from 'node:readline';

/** A command of a rig process: gets the rest of its line, answers with something JSON can hold. */
export type RigCommand = (argument: string) => unknown;

/**
 * Makes the process controllable: announces `hello` as its first line, then answers each line
 * `name argument` on standard input with one line of JSON on standard output. When the input ends,
 * because whoever started the process is gone, the process stops too.
 */
export function serveControlLines(hello: unknown, commands: Record<string, RigCommand>): void {
  const answer = (value: unknown) => process.stdout.write(`${JSON.stringify(value ?? null)}\n`);
  // Ctrl-C reaches the whole group of processes; only whoever started us decides when we stop.
  process.on('SIGINT', () => {});
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const space = line.indexOf(' ');
    const name = space < 0 ? line : line.slice(0, space);
    const run = commands[name];
    if (run === undefined) answer({ error: `no command ${name}` });
    else void answerWith(answer, run, space < 0 ? '' : line.slice(space + 1));
  });
  lines.on('close', () => process.exit(0));
  answer(hello);
}

async function answerWith(
  answer: (value: unknown) => void,
  run: RigCommand,
  argument: string,
): Promise<void> {
  try {
    answer(await run(argument));
  } catch (error) {
    answer({ error: error instanceof Error ? error.message : String(error) });
  }
}

import { describeError } from '../lib/log.ts';

/**
 * Runs a command with its options. Where they are wrong, or ask for help, it says how the command is used instead,
 * and the exit code is 2 or 0.
 */
export async function runCommand<Options extends { help?: boolean | undefined }, Code>(
  usage: string,
  readOptions: () => Options,
  run: (options: Options) => Promise<Code>,
): Promise<Code | 0 | 2> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n\n${shorten(usage)}`);
    return 2;
  }
  if (options.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  return run(options);
}

/** The first line of a usage: all of it would push what is wrong out of sight. */
export function shorten(usage: string): string {
  return `${usage.slice(0, usage.indexOf('\n'))}\n--help explains it.\n`;
}

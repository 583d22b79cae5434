import { parseArgs } from 'node:util';
import { describeError } from '../src/lib/log.ts';

/** `parseArgs`; ends the program with a sentence when an option is unknown or lacks its value. */
export const parseOptions: typeof parseArgs = (config) => {
  try {
    return parseArgs(config);
  } catch (error) {
    const name = process.argv[1]?.replace(/^.*\/|\.ts$/g, '');
    const bench = name === 'smpp-codec' ? 'smpp' : name;
    return refuse(`${describeError(error)}\nThe options: npm run bench -- ${bench} --help`);
  }
};

/** Reads a whole number from 1 to `most`; ends the program with a sentence when it is none. */
export function readCount(text: string, option: string, most = Number.POSITIVE_INFINITY): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  const range = most === Number.POSITIVE_INFINITY ? 'above 0' : `from 1 to ${most}`;
  return refuse(`${option}: "${text}" is not a number ${range}`);
}

/** Ends the program, because it is used wrongly. */
export function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

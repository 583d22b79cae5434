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

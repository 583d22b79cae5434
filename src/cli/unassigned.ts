import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '../config.ts';
import { describeError } from '../lib/log.ts';
import type { InboundHistory } from '../store/inbound-contract.ts';
import { openReader } from '../store/sqlite/database.ts';
import { InboundReader } from '../store/sqlite/inbound-reader.ts';
import { runCommand } from './command.ts';

const usage = `Usage: chappe unassigned [options]

Prints incoming messages that belong to no account, the latest first. It reads the store, with
the settings of chappe serve, whether the gateway runs or not.

Exit code: 0 printed, 1 the store cannot be read, 2 used wrongly.

Options:
  --limit <n>   how many, 1 to 1000 (default: 20)
  --json        print each as a line of JSON
  --help        show this help
`;

const listedMax = 1_000;

/** `chappe unassigned`: only who may read the store sees what is nobody's. */
export function unassigned(args: string[]): Promise<number> {
  return runCommand(usage, () => readOptions(args), print);
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      limit: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > listedMax) {
    throw new Error(`--limit is "${values.limit}": give a number from 1 to ${listedMax}.`);
  }
  return { ...values, limit };
}

async function print({ limit, json }: ReturnType<typeof readOptions>): Promise<number> {
  try {
    const { store } = loadConfig(process.env);
    if (store.kind !== 'sqlite') {
      process.stderr.write('There is no store on disk: CHAPPE_STORE says that it is in memory.\n');
      return 1;
    }
    if (!existsSync(store.file)) {
      process.stderr.write(
        `There is no store on disk at ${store.file}: set CHAPPE_DATA_DIR, CHAPPE_STORE and CHAPPE_CONFIG as for chappe serve.\n`,
      );
      return 1;
    }
    const found = readUnassigned(store.file, limit);
    // Beside the output, which may be read by a program.
    if (found.length === 0) process.stderr.write('Every incoming message belongs to an account.\n');
    for (const { message } of found) {
      process.stdout.write(`${json ? JSON.stringify(message) : describeMessage(message)}\n`);
    }
    return 0;
  } catch (error) {
    process.stderr.write(`The store cannot be read: ${describeError(error)}\n`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

function readUnassigned(file: string, limit: number): InboundHistory[] {
  const database = openReader(file);
  try {
    // What is nobody's has no account.
    return new InboundReader(database).find({ account: '', limit });
  } finally {
    database.close();
  }
}

function describeMessage({
  receivedAt,
  channel,
  connection,
  from,
  to,
  text,
}: InboundHistory['message']): string {
  const time = new Date(receivedAt).toISOString();
  return `${time} ${channel} over ${show(connection)}, ${show(from)} to ${show(to)}: ${show(text)}`;
}

/** Strangers wrote it: nothing in it may move the cursor or turn the writing round. */
function show(text: string): string {
  const escape = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escape);
}

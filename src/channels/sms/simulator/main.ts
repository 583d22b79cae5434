import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemClock } from '../../../lib/clock.ts';
import { nodeNet } from '../../../lib/node-net.ts';
import { createSeededRandom, createSystemRandom } from '../../../lib/random.ts';
import { createHandsets } from '../../../rehearsal/handsets.ts';
import { readSmscChange, type SmscChange } from './settings.ts';
import { createSmscSimulator, type SmscSimulator } from './simulator.ts';
import { describeSwitches } from './switches.ts';

const usage = `A simulated SMSC with virtual handsets: SMPP 3.4 without an operator.

  node src/channels/sms/simulator/main.ts [options]

  --host <address>          where to listen (127.0.0.1)
  --port <number>           plain SMPP (2776; 0 takes a free one)
  --tls-port <number>       SMPP over TLS, with:
  --tls-cert <file>           its certificate, PEM
  --tls-key <file>            its key, PEM
  --account <id:password>   who may bind; may be repeated (nobody named: anybody)
  --set <switch=value>      turns a switch for all accounts; may be repeated
  --settings <file>         JSON with all, accounts and strangers
  --seed <number>           makes chance repeatable
  --quiet                   does not print the messages that arrive
  --help

Switches, with their defaults:
`;

const options = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '2776' },
  'tls-port': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  account: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  settings: { type: 'string' },
  seed: { type: 'string' },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

process.exitCode = await run(process.argv.slice(2));

/** Runs until a signal; the exit code. */
async function run(args: string[]): Promise<number> {
  try {
    const { values } = parseArgs({ args, options });
    if (values.help) {
      process.stdout.write(usage + listSwitches());
      return 0;
    }
    const smsc = await start(values);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    await smsc.close();
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

type Arguments = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** Throws an Error whose message says what is wrong with the arguments. */
async function start(values: Arguments): Promise<SmscSimulator> {
  const { host, seed } = values;
  const changes = readChanges(values.settings, values.account ?? [], values.set ?? []);
  const handsets = createHandsets({ clock: systemClock });
  const smsc = createSmscSimulator({
    net: nodeNet,
    clock: systemClock,
    random: seed === undefined ? createSystemRandom() : createSeededRandom(Number(seed)),
    handsets,
  });
  for (const change of changes) smsc.set(change);
  if (!values.quiet) {
    handsets.onMessage((number, { from, text }) => {
      process.stdout.write(`${number} < ${from}: ${text.replaceAll(/\p{Cc}/gu, ' ')}\n`);
    });
  }
  try {
    const { port } = await smsc.listen({ host, port: Number(values.port) });
    process.stdout.write(`SMPP on ${host}:${port}\n`);
    if (values['tls-port'] !== undefined) {
      const tls = readTls(values['tls-cert'], values['tls-key']);
      const bound = await smsc.listen({ host, port: Number(values['tls-port']), tls });
      process.stdout.write(`SMPP over TLS on ${host}:${bound.port}\n`);
    }
  } catch (error) {
    await smsc.close();
    throw error;
  }
  return smsc;
}

/** All changes the command line asks for, in order. */
function readChanges(
  file: string | undefined,
  accounts: readonly string[],
  sets: readonly string[],
): SmscChange[] {
  const raw: unknown[] = [{ strangers: accounts.length === 0 }];
  if (file !== undefined) raw.push(JSON.parse(readFileSync(file, 'utf8')));
  for (const account of accounts) {
    const [systemId = '', ...password] = account.split(':');
    raw.push({ accounts: { [systemId]: { password: password.join(':') } } });
  }
  for (const set of sets) {
    const [name = '', ...value] = set.split('=');
    raw.push({ all: { [name]: readValue(value.join('=')) } });
  }
  return raw.map((one) => {
    const change = readSmscChange(one);
    if ('faults' in change) throw new Error(change.faults.join('\n'));
    return change;
  });
}

/** Numbers, true, false and lists are written as in JSON; everything else is text. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readTls(certFile: string | undefined, keyFile: string | undefined) {
  if (certFile === undefined || keyFile === undefined) {
    throw new Error('TLS needs --tls-cert and --tls-key');
  }
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

function listSwitches(): string {
  return describeSwitches()
    .map(({ name, default: value, choices, description }) => {
      const among = choices.length > 0 ? `      ${choices.join(' | ')}\n` : '';
      return `  ${name}=${value}\n${among}      ${description}\n`;
    })
    .join('');
}

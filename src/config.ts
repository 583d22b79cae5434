import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { sayFault } from './config-faults.ts';
import { type ConfigFile, configFile } from './config-file.ts';
import { readYaml, type YamlFile } from './config-yaml.ts';
import { isProductToken } from './core/product-token.ts';
import { cellMax } from './lib/message-id.ts';
import { resolveSecrets } from './lib/secrets.ts';
import type { TlsFiles } from './lib/tls-files.ts';
import { refuseStageNames } from './stage-names.ts';

/** Everything the program was told, checked and frozen. */
export interface Config {
  /** Rehearsal: a simulated operator, virtual handsets and a demo account are part of the program. */
  readonly isRehearsal: boolean;
  readonly http: PortSettings;
  readonly smpp: PortSettings;
  readonly dataDir: string;
  readonly store: { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'memory' };
  /** FULL, unless a test asks to see what NORMAL loses in a power cut. */
  readonly synchronous: 'FULL' | 'NORMAL';
  readonly cell: number;
  readonly logLevel: LogLevel;
  /** The demo account's product token; null: one is made at the first start and kept in the data directory. */
  readonly demoToken: string | null;
  /** Where the demo account's reports go; null: to the rehearsal's own callback page. */
  readonly demoWebhook: string | null;
  readonly file: ConfigFile;
}

/** Where a listener listens. */
export interface PortSettings {
  readonly host: string;
  readonly port: number;
  /** Null: it speaks no TLS. */
  readonly tls: TlsSettings | null;
}

export interface TlsSettings extends TlsFiles {
  readonly port: number;
  /** Without a plain port beside it. */
  readonly only: boolean;
}

export const logLevels = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * The settings of the environment, in the order of the reference (docs/reference/settings.md). The last
 * two are for tests of crashes and power cuts.
 */
export const environmentSettings = [
  'CHAPPE_HTTP_HOST',
  'CHAPPE_HTTP_PORT',
  'CHAPPE_SMPP_HOST',
  'CHAPPE_SMPP_PORT',
  'CHAPPE_DATA_DIR',
  'CHAPPE_STORE',
  'CHAPPE_CELL',
  'CHAPPE_CONFIG',
  'CHAPPE_DEMO_TOKEN',
  'CHAPPE_DEMO_WEBHOOK',
  'CHAPPE_LOG_LEVEL',
  'CHAPPE_CRASH_AT',
  'CHAPPE_SYNCHRONOUS',
] as const;

type EnvironmentSetting = (typeof environmentSettings)[number];
type Environment = Readonly<Record<string, string | undefined>>;

/** A setting as it was given, and where; without a text it was not. */
interface GivenSetting {
  readonly name: string;
  readonly text: string | undefined;
}

/** The configuration cannot be used; `faults` are sentences that say what to do. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/**
 * Reads the configuration: environment over file over defaults.
 * @throws {ConfigError} with every fault that was found, not only the first.
 */
export function loadConfig(given: Environment): Config {
  const environment = leaveOutEmpty(given);
  const faults: string[] = [];
  const { file, usedVariables } = readConfigFile(environment, faults);
  refuseUnknownVariables(environment, usedVariables, faults);

  const dataDir = resolve(environment['CHAPPE_DATA_DIR'] ?? file.dataDir ?? './data');
  const isRehearsal = file.rehearsal ?? file.connections.length === 0;
  const setting = (variable: EnvironmentSetting, field: string, value: string | undefined) =>
    environment[variable] === undefined
      ? { name: `\`${field}\``, text: value }
      : { name: variable, text: environment[variable] };
  const config: Config = {
    isRehearsal,
    http: {
      host: environment['CHAPPE_HTTP_HOST'] ?? file.http.host ?? '127.0.0.1',
      port: readPort('CHAPPE_HTTP_PORT', environment, file.http.port ?? 8080, faults),
      tls: resolveTls(file.http.tls, environment),
    },
    smpp: {
      host: environment['CHAPPE_SMPP_HOST'] ?? file.smpp.host ?? '127.0.0.1',
      port: readPort('CHAPPE_SMPP_PORT', environment, file.smpp.port ?? 2775, faults),
      tls: resolveTls(file.smpp.tls, environment),
    },
    dataDir,
    store: readStore(setting('CHAPPE_STORE', 'store', file.store), dataDir, faults),
    synchronous: readSynchronous(environment['CHAPPE_SYNCHRONOUS'], faults),
    cell: readCell(environment['CHAPPE_CELL'], file.cell ?? 0, faults),
    logLevel: readLogLevel(setting('CHAPPE_LOG_LEVEL', 'logLevel', file.logLevel), faults),
    demoToken: readToken(environment['CHAPPE_DEMO_TOKEN'], faults),
    demoWebhook: readWebhook(environment['CHAPPE_DEMO_WEBHOOK'], faults),
    file,
  };
  if (!isRehearsal && file.connections.length === 0) {
    faults.push(
      'The configuration has no connections: add one under `connections`, or set `rehearsal: true` to use the simulated operator.',
    );
  }
  if (isRehearsal) faults.push(...refuseStageNames(file));
  if (isRehearsal && config.http.tls?.only === true) {
    faults.push(
      'In a rehearsal `http.tls.only` cannot be used: its own webhook is on the plain port.',
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

/** An empty variable is one that is not set: an empty host would be every address of the machine. */
function leaveOutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, text]) => text !== ''));
}

/** Paths are relative to the configuration file, as those of secrets are. */
function resolveTls(tls: ConfigFile['http']['tls'], environment: Environment): TlsSettings | null {
  if (tls === undefined) return null;
  const base = dirname(resolve(environment['CHAPPE_CONFIG'] ?? '.'));
  return { ...tls, certificate: resolve(base, tls.certificate), key: resolve(base, tls.key) };
}

function readConfigFile(
  environment: Environment,
  faults: string[],
): { file: ConfigFile; usedVariables: ReadonlySet<string> } {
  const path = environment['CHAPPE_CONFIG'];
  const empty = { file: configFile.parse({}), usedVariables: new Set<string>() };
  if (path === undefined) return empty;
  let yaml: YamlFile;
  try {
    yaml = readYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    faults.push(`CHAPPE_CONFIG names ${path}, which cannot be used: ${sentenceOf(error)}`);
    return empty;
  }
  const blame = (place: readonly PropertyKey[], message: string) => {
    const what = place.length === 0 ? 'the file' : `\`${place.join('.')}\``;
    faults.push(`In ${path}, line ${yaml.lineOf(place)}, ${what}: ${message}.`);
  };
  const {
    value,
    usedVariables,
    faults: secretFaults,
  } = resolveSecrets(yaml.value ?? {}, environment, dirname(resolve(path)));
  for (const { path: place, message } of secretFaults) blame(place, message);
  if (secretFaults.length > 0) return { ...empty, usedVariables };
  const checked = configFile.safeParse(value, { error: sayFault });
  if (checked.success) return { file: checked.data, usedVariables };
  for (const issue of checked.error.issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [key]) : [[]];
    for (const key of keys) blame([...issue.path, ...key], issue.message);
  }
  return { ...empty, usedVariables };
}

function refuseUnknownVariables(
  environment: Environment,
  used: ReadonlySet<string>,
  faults: string[],
): void {
  const known: readonly string[] = environmentSettings;
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('CHAPPE_') || known.includes(name) || used.has(name)) continue;
    faults.push(`${name} is not a setting of Chappe. Known are ${known.slice(0, -2).join(', ')}.`);
  }
}

function readPort(name: string, environment: Environment, fallback: number, faults: string[]) {
  const text = environment[name];
  if (text === undefined) return fallback;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  faults.push(`${name} is "${text}": give a port from 0 to 65535 (0 takes any free one).`);
  return fallback;
}

function readStore(
  { name, text = 'sqlite:' }: GivenSetting,
  dataDir: string,
  faults: string[],
): Config['store'] {
  const inDataDir = { kind: 'sqlite', file: join(dataDir, 'chappe.db') } as const;
  if (text === 'memory:') return { kind: 'memory' };
  if (text === 'sqlite:') return inDataDir;
  if (text.startsWith('sqlite:')) return { kind: 'sqlite', file: resolve(text.slice(7)) };
  faults.push(
    `${name} is "${text.replace(/\/\/.*@/, '//***@')}": use "sqlite:" (a file in the data directory), "sqlite:PATH" or "memory:".`,
  );
  return inDataDir;
}

function readSynchronous(text: string | undefined, faults: string[]): 'FULL' | 'NORMAL' {
  if (text === undefined || text === 'FULL') return 'FULL';
  if (text === 'NORMAL') return 'NORMAL';
  faults.push(`CHAPPE_SYNCHRONOUS is "${text}": leave it out; NORMAL is for a test.`);
  return 'FULL';
}

function readCell(text: string | undefined, fallback: number, faults: string[]): number {
  if (text === undefined) return fallback;
  const cell = Number(text);
  if (/^\d{1,4}$/.test(text) && cell <= cellMax) return cell;
  faults.push(`CHAPPE_CELL is "${text}": give a number from 0 to ${cellMax}.`);
  return fallback;
}

function readLogLevel({ name, text = 'info' }: GivenSetting, faults: string[]): LogLevel {
  const level = logLevels.find((known) => known === text);
  if (level !== undefined) return level;
  faults.push(`${name} is "${text}": use one of ${logLevels.join(', ')}.`);
  return 'info';
}

function readToken(text: string | undefined, faults: string[]): string | null {
  if (text === undefined) return null;
  if (isProductToken(text)) return text;
  faults.push(
    'CHAPPE_DEMO_TOKEN is not a product token: give a GUID with hyphens, or leave it out and one is made.',
  );
  return null;
}

function readWebhook(text: string | undefined, faults: string[]): string | null {
  if (text === undefined) return null;
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  faults.push(
    `CHAPPE_DEMO_WEBHOOK is "${text}": give an address such as http://127.0.0.1:3000/reports.`,
  );
  return null;
}

/** The first line says what is wrong; a YAML error shows the place again below it. */
function sentenceOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/:$/, '.');
}

import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChappe } from './e2e/chappe.ts';
import type { Gateway, GatewayName, StartGateway } from './e2e/gateway.ts';
import { judge } from './e2e/goals.ts';
import { howToGetKannel, kannelIsInstalled, startKannel } from './e2e/kannel.ts';
import { formatGoals, formatMedians, formatRound, legend, roundHeader } from './e2e/print.ts';
import { type RoundResult, runRound } from './e2e/round.ts';
import { type Scenario, scenarioNames, scenarios, usualScenarios } from './e2e/scenarios.ts';
import { startStub } from './e2e/stub.ts';
import { parseOptions, readCount, refuse } from './options.ts';
import { clearProgress, showProgress } from './progress.ts';

const usage = `Usage: npm run bench -- e2e [options]

Measures the gateway as a process of its own between a customer, an operator and a webhook endpoint,
in alternation with Kannel when that is installed.

  --scenario NAME      one or several, with commas; "all" for every one (default: all but long)
${scenarioNames.map((name) => `                         ${name.padEnd(12)}${scenarios[name].about}`).join('\n')}
  --only NAME          one or several of kannel, chappe, stub (default: kannel,chappe)
  --messages N         messages of a round (default 30000; batch100 takes twice as many)
  --rounds N           rounds of each scenario and gateway (default 3)
  --connections N      the customer's connections (default 32)
  --window N           unanswered submits on one bind (default 200)
  --dir PATH           where stores are made; must be a real disk (default: the temporary directory)
  --profile            writes processor profiles of Chappe to bench/results/profiles/SCENARIO
  --help               this text

${legend}
`;

const gateways: Readonly<Record<GatewayName, StartGateway>> = {
  kannel: startKannel,
  chappe: startChappe,
  stub: startStub,
};

interface Options {
  readonly scenarios: readonly Scenario[];
  readonly gateways: readonly GatewayName[];
  readonly messages: number;
  readonly rounds: number;
  readonly connections: number;
  readonly window: number;
  readonly dir: string;
  readonly profile: boolean;
}

const resultsDir = fileURLToPath(new URL('results', import.meta.url));

/** The gateway that runs at the moment, to be stopped when the benchmark is broken off. */
let running: Gateway | null = null;

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) return 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void breakOff());
  }
  warnAboutMemoryDisk(options.dir);
  const results: RoundResult[] = [];
  let broken = 0;
  process.stdout.write(`${roundHeader}\n`);
  for (const scenario of options.scenarios) {
    for (let round = 0; round < Math.min(options.rounds, scenario.roundsMax); round += 1) {
      for (const gateway of alternate(options.gateways, round)) {
        if (!scenario.gateways.includes(gateway)) continue;
        try {
          const result = await runOne(options, scenario, gateway);
          results.push(result);
          clearProgress();
          process.stdout.write(`${formatRound(result)}\n`);
        } catch (error) {
          broken += 1;
          clearProgress();
          process.stdout.write(`${scenario.name} ${gateway}: ${describe(error)}\n`);
        }
      }
    }
  }
  const goals = judge(results);
  const sections = [
    `Medians\n${formatMedians(results)}`,
    formatGoals(goals),
    `Written to ${writeResults(options, results, goals)}`,
  ];
  process.stdout.write(sections.map((text) => (text === '' ? '' : `\n${text}\n`)).join(''));
  const isWell =
    broken === 0 &&
    results.every((round) => round.faults.length === 0) &&
    goals.every((goal) => goal.verdict !== 'missed');
  return isWell ? 0 : 1;
}

async function runOne(
  options: Options,
  scenario: Scenario,
  gateway: GatewayName,
): Promise<RoundResult> {
  const { perRequest } = scenario;
  const asked = scenario.messages(options.messages);
  return runRound({
    gateway,
    start: gateways[gateway],
    scenario,
    messages: Math.ceil(asked / perRequest) * perRequest,
    connections: options.connections,
    window: scenario.window ?? options.window,
    dir: options.dir,
    profileDir: options.profile ? join(resultsDir, 'profiles', scenario.name) : null,
    onStarted: (started) => {
      running = started;
    },
    onStage: (stage) => showProgress(`${scenario.name} ${gateway}: ${stage}`),
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Every other round starts with the other one, so that a machine growing warm favours nobody. */
function alternate(names: readonly GatewayName[], round: number): GatewayName[] {
  return round % 2 === 0 ? [...names] : names.toReversed();
}

async function breakOff(): Promise<void> {
  process.stderr.write('\nbroken off, stopping the gateway\n');
  await running?.stop();
  process.exit(130);
}

function readOptions(): Options | null {
  const { values } = parseOptions({
    options: {
      scenario: { type: 'string', default: usualScenarios.join() },
      only: { type: 'string', default: 'kannel,chappe' },
      messages: { type: 'string', default: '30000' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      window: { type: 'string', default: '200' },
      dir: { type: 'string', default: tmpdir() },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return null;
  }
  const names = chooseFrom(['kannel', 'chappe', 'stub'] as const, values.only, '--only');
  const asked = values.scenario === 'all' ? scenarioNames.join() : values.scenario;
  if (names.includes('kannel') && !kannelIsInstalled) {
    process.stderr.write(`${howToGetKannel}\n`);
  }
  return {
    scenarios: chooseFrom(scenarioNames, asked, '--scenario').map((name) => scenarios[name]),
    gateways: names.filter((name) => name !== 'kannel' || kannelIsInstalled),
    messages: readCount(values.messages, '--messages'),
    rounds: readCount(values.rounds, '--rounds'),
    connections: readCount(values.connections, '--connections'),
    window: readCount(values.window, '--window'),
    dir: resolve(values.dir),
    profile: values.profile,
  };
}

function chooseFrom<T extends string>(known: readonly T[], text: string, option: string): T[] {
  return text.split(',').map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined) refuse(`${option}: "${name}" is not one of ${known.join(', ')}`);
    return found;
  });
}

/** On a file system in memory, waiting for the disk costs nothing, and the figures would be too good. */
function warnAboutMemoryDisk(dir: string): void {
  if (statfsSync(dir).type !== TMPFS_MAGIC) return;
  process.stderr.write(`${dir} is in memory: give a directory on a disk with --dir\n`);
}

const TMPFS_MAGIC = 0x0102_1994;

function writeResults(
  options: Options,
  rounds: readonly RoundResult[],
  goals: ReturnType<typeof judge>,
): string {
  mkdirSync(resultsDir, { recursive: true });
  const at = new Date().toISOString();
  const path = join(resultsDir, `e2e-${at.replaceAll(/[:.]/g, '-')}.json`);
  const machine = {
    processors: cpus().length,
    model: cpus()[0]?.model ?? '',
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
  const { messages, connections, window } = options;
  const run = { at, machine, messages, connections, window, goals, rounds };
  writeFileSync(path, `${JSON.stringify(run, null, 2)}\n`);
  return path;
}

process.exitCode = await main();

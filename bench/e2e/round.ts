import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Callbacks } from '../../test/rig/callbacks.ts';
import { Load } from '../../test/rig/load.ts';
import { readUsage } from '../../test/rig/process-usage.ts';
import { Smsc } from '../../test/rig/smsc.ts';
import {
  roundMsMax,
  startMsMax,
  warmUpFirstIndex,
  warmUpMessages,
  within,
} from '../round-bounds.ts';
import type { Gateway, GatewayName, StartGateway } from './gateway.ts';
import type { Scenario } from './scenarios.ts';

export interface RoundSettings {
  readonly gateway: GatewayName;
  readonly start: StartGateway;
  readonly scenario: Scenario;
  readonly messages: number;
  readonly connections: number;
  readonly window: number;
  readonly dir: string;
  readonly profileDir: string | null;
  /** Told what has to be stopped if the benchmark is broken off. */
  readonly onStarted: (gateway: Gateway) => void;
  /** Told what the round is doing now, in a few words for people. */
  readonly onStage: (stage: string) => void;
}

/** What one round measured. Rates are messages per second, costs CPU-seconds per 1,000 messages. */
export interface RoundResult {
  readonly gateway: GatewayName;
  readonly scenario: string;
  readonly messages: number;
  readonly accepted: number;
  readonly submitted: number;
  /** Receipt delay taken off; null without receipts. */
  readonly reported: number | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpu: number;
  readonly rigCpu: number;
  readonly peakMb: number;
  /** Sentences about what did not arrive, or arrived twice; empty when all is well. */
  readonly faults: readonly string[];
  readonly slices: readonly Slice[];
}

/** One part of a long round. */
export interface Slice {
  readonly messages: number;
  readonly perSecond: number;
  readonly cpu: number;
  readonly residentMb: number;
}

/** Starts operator, webhook endpoint and gateway, sends the load, waits for the last report. */
export async function runRound(settings: RoundSettings): Promise<RoundResult> {
  const { scenario } = settings;
  const dir = mkdtempSync(join(settings.dir, `chappe-bench-${settings.gateway}-`));
  const removeDir = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', removeDir);
  const smsc = new Smsc({ latencyMs: scenario.latencyMs });
  const callbacks = new Callbacks();
  let gateway: Gateway | null = null;
  try {
    const plan = {
      dir,
      smscPort: await smsc.listen(0),
      callbackPort: await callbacks.listen(0),
      window: settings.window,
      binds: scenario.binds,
      receipts: scenario.receipts,
      profileDir: settings.profileDir,
    };
    if (plan.profileDir !== null) mkdirSync(plan.profileDir, { recursive: true });
    settings.onStage('starting');
    gateway = await settings.start(plan);
    settings.onStarted(gateway);
    await within(startMsMax, 'the binds', () => smsc.when(() => smsc.bound >= scenario.binds));
    const site: Site = { settings, gateway, smsc, callbacks };
    settings.onStage('warming up');
    await warmUp(site);
    settings.onStage('measuring');
    return await measure(site);
  } finally {
    await gateway?.stop();
    await Promise.all([smsc.close(), callbacks.close()]);
    process.off('exit', removeDir);
    removeDir();
  }
}

interface Site {
  readonly settings: RoundSettings;
  readonly gateway: Gateway;
  readonly smsc: Smsc;
  readonly callbacks: Callbacks;
}

/** A running gateway is measured, not its first second: code compiled, connections open. */
async function warmUp(site: Site): Promise<void> {
  const { perRequest } = site.settings.scenario;
  const messages = Math.ceil(warmUpMessages / perRequest) * perRequest;
  const load = createLoad(site, messages, warmUpFirstIndex, null);
  await within(roundMsMax(messages), 'the warm-up', async () => {
    await load.run();
    await arrival(site, messages);
  });
  site.smsc.reset();
  site.callbacks.reset();
}

async function measure(site: Site): Promise<RoundResult> {
  const { settings, gateway, smsc, callbacks } = site;
  const { scenario, messages } = settings;
  const load = createLoad(site, messages, 0, scenario.ratePerSecond);
  const [usageBefore, rigBefore] = [readUsage(gateway.pids), process.cpuUsage()];
  const slicing = measureSlices(site);
  const faults: string[] = [];
  try {
    await within(roundMsMax(messages), 'the round', async () => {
      await load.run();
      await arrival(site, messages);
    });
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  const [usage, rig] = [readUsage(gateway.pids), process.cpuUsage(rigBefore)];
  const isOver = faults.length === 0;
  faults.push(...findFaults(site, load));
  if (faults.length > 0) faults.push(gateway.readLog());
  const thousands = messages / 1000;
  const since = (end: number) => (messages * 1000) / (end - load.firstRequestAt);
  const { receiptDelayMs } = smsc.settings;
  return {
    gateway: settings.gateway,
    scenario: scenario.name,
    messages,
    accepted: since(load.lastAnswerAt),
    submitted: since(smsc.lastSubmitAt),
    reported: scenario.receipts ? since(callbacks.lastCallAt - receiptDelayMs) : null,
    p50Ms: load.latency.quantileMs(0.5),
    p99Ms: load.latency.quantileMs(0.99),
    cpu: (usage.cpuSeconds - usageBefore.cpuSeconds) / thousands,
    rigCpu: (rig.user + rig.system) / 1e6 / thousands,
    peakMb: usage.peakMb,
    faults,
    slices: isOver && scenario.slices > 1 ? await slicing : [],
  };
}

function createLoad(
  site: Site,
  messages: number,
  firstIndex: number,
  ratePerSecond: number | null,
): Load {
  const { settings, gateway, callbacks } = site;
  const { perRequest, underWayMax } = settings.scenario;
  const load: Load = new Load({
    host: '127.0.0.1',
    port: gateway.httpPort,
    template: gateway.template(perRequest),
    connections: settings.connections,
    messages,
    firstIndex,
    ratePerSecond,
    ...(underWayMax === null
      ? {}
      : { mayStart: () => load.counts.sent - callbacks.counts.accepted < underWayMax }),
  });
  return load;
}

/** Resolves when every message has reached the operator and, if wanted, the customer. */
async function arrival(site: Site, messages: number): Promise<void> {
  const { smsc, callbacks, settings } = site;
  await smsc.when(() => smsc.seen.distinct >= messages);
  if (!settings.scenario.receipts) return;
  await callbacks.when(() => callbacks.seen.distinct >= messages);
  await smsc.when(() => smsc.pendingReceipts === 0);
}

async function measureSlices(site: Site): Promise<Slice[]> {
  const { gateway, callbacks, settings } = site;
  const messages = settings.messages / settings.scenario.slices;
  const slices: Slice[] = [];
  let [usage, at] = [readUsage(gateway.pids), performance.now()];
  for (let slice = 1; slice <= settings.scenario.slices && messages >= 1; slice += 1) {
    if (settings.scenario.slices === 1) break;
    await callbacks.when(() => callbacks.seen.distinct >= Math.floor(slice * messages));
    const [usageNow, now] = [readUsage(gateway.pids), performance.now()];
    slices.push({
      messages,
      perSecond: (messages * 1000) / (now - at),
      cpu: ((usageNow.cpuSeconds - usage.cpuSeconds) * 1000) / messages,
      residentMb: usageNow.residentMb,
    });
    [usage, at] = [usageNow, now];
  }
  return slices;
}

/** Figures of a gateway that lost or repeated something are worth nothing, so everything is counted. */
function findFaults(site: Site, load: Load): string[] {
  const { smsc, callbacks, settings } = site;
  const { messages, scenario } = settings;
  const { rejected, unknown } = load.counts;
  const expected: [string, number, number][] = [
    ['messages rejected', rejected, 0],
    ['requests without answer', unknown, 0],
    ['different messages at the operator', smsc.seen.distinct, messages],
    ['messages sent to the operator again', smsc.seen.repeated, 0],
  ];
  if (scenario.receipts) {
    expected.push(
      ['receipts answered', smsc.counts.receiptsAnswered, messages],
      ['different messages reported', callbacks.seen.distinct, messages],
      ['reports made again', callbacks.seen.repeated, 0],
    );
  }
  return expected
    .filter(([, found, wanted]) => found !== wanted)
    .map(([what, found, wanted]) => `${what}: ${found} instead of ${wanted}`);
}

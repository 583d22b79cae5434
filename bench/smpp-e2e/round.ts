import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readUsage } from '../../test/rig/process-usage.ts';
import { SmppLoad } from '../../test/rig/smpp-load.ts';
import { Smsc } from '../../test/rig/smsc.ts';
import { type Chappe, smppPassword, startChappe, systemIdOf } from '../e2e/chappe.ts';
import type { RoundResult } from '../e2e/round.ts';
import {
  roundMsMax,
  startMsMax,
  warmUpFirstIndex,
  warmUpMessages,
  within,
} from '../round-bounds.ts';

export interface SiteSettings {
  /** Sessions of the customer, and unanswered submits on each. */
  readonly binds: number;
  readonly window: number;
  /** Accounts besides the one that sends. */
  readonly others: number;
  readonly dir: string;
  readonly profileDir: string | null;
  /** Told what has to be stopped if the benchmark is broken off. */
  readonly onStarted: (gateway: Chappe) => void;
}

/** A customer that is bound, the gateway, and an operator. */
export interface Site {
  readonly load: SmppLoad;
  readonly gateway: Chappe;
  readonly smsc: Smsc;
}

/** Sends `messages` as fast as the windows allow, and waits for the last receipt. */
export function runSmppRound(settings: SiteSettings, messages: number): Promise<RoundResult> {
  return withSite(settings, (site) => measure(site, messages));
}

/** Starts gateway and operator, binds and warms up; all is stopped and removed in the end. */
export async function withSite<T>(
  settings: SiteSettings,
  run: (site: Site) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(settings.dir, 'chappe-bench-smpp-'));
  const removeDir = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', removeDir);
  if (settings.profileDir !== null) mkdirSync(settings.profileDir, { recursive: true });
  const smsc = new Smsc();
  let gateway: Chappe | null = null;
  let load: SmppLoad | null = null;
  try {
    gateway = await startChappe({
      dir,
      smscPort: await smsc.listen(0),
      callbackPort: 0,
      window: OPERATOR_WINDOW,
      binds: 1,
      receipts: true,
      profileDir: settings.profileDir,
      customers: settings.others + 1,
    });
    settings.onStarted(gateway);
    load = new SmppLoad({
      port: gateway.smppPort,
      systemId: systemIdOf(0),
      password: smppPassword,
      binds: settings.binds,
      window: settings.window,
    });
    await within(startMsMax, 'the binds', () => bindAll(load, smsc));
    const site = { load, gateway, smsc };
    await send(site, warmUpMessages, warmUpFirstIndex, null);
    return await run(site);
  } finally {
    load?.close();
    await gateway?.stop();
    await smsc.close();
    process.off('exit', removeDir);
    removeDir();
  }
}

/** Sends messages and waits until each is with the operator and each receipt with the customer. */
export async function send(
  { load, smsc }: Site,
  messages: number,
  firstIndex: number,
  ratePerSecond: number | null,
): Promise<void> {
  smsc.reset();
  await within(roundMsMax(messages), 'the round', async () => {
    await load.run({ messages, firstIndex, ratePerSecond });
    await smsc.when(() => smsc.seen.distinct >= messages);
    await load.when(() => load.receipts.distinct >= messages);
    await smsc.when(() => smsc.pendingReceipts === 0);
  });
}

async function bindAll(load: SmppLoad | null, smsc: Smsc): Promise<void> {
  await smsc.when(() => smsc.bound >= 1);
  await load?.bind();
}

async function measure(site: Site, messages: number): Promise<RoundResult> {
  const { load, gateway, smsc } = site;
  const [usageBefore, rigBefore] = [readUsage(gateway.pids), process.cpuUsage()];
  const faults: string[] = [];
  try {
    await send(site, messages, 0, null);
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  const [usage, rig] = [readUsage(gateway.pids), process.cpuUsage(rigBefore)];
  faults.push(...findFaults(site, messages));
  if (faults.length > 0) faults.push(gateway.readLog());
  const since = (end: number) => (messages * 1000) / (end - load.firstSubmitAt);
  return {
    gateway: 'chappe',
    scenario: 'smpp',
    messages,
    accepted: since(load.lastAnswerAt),
    submitted: since(smsc.lastSubmitAt),
    reported: since(load.lastReceiptAt - smsc.settings.receiptDelayMs),
    p50Ms: load.latency.quantileMs(0.5),
    p99Ms: load.latency.quantileMs(0.99),
    cpu: ((usage.cpuSeconds - usageBefore.cpuSeconds) * 1000) / messages,
    rigCpu: (rig.user + rig.system) / 1e3 / messages,
    peakMb: usage.peakMb,
    faults,
    slices: [],
  };
}

function findFaults({ load, smsc }: Site, messages: number): string[] {
  const expected: [string, number, number][] = [
    ['submits refused', load.counts.refused, 0],
    ['different messages at the operator', smsc.seen.distinct, messages],
    ['messages sent to the operator again', smsc.seen.repeated, 0],
    ['different receipts at the customer', load.receipts.distinct, messages],
    ['receipts that came again', load.receipts.repeated, 0],
  ];
  return expected
    .filter(([, found, wanted]) => found !== wanted)
    .map(([what, found, wanted]) => `${what}: ${found} instead of ${wanted}`);
}

/** As towards the operator of `npm run bench -- e2e`. */
const OPERATOR_WINDOW = 200;

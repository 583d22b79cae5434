import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Random } from '../../src/lib/random.ts';
import { Callbacks } from '../rig/callbacks.ts';
import { findFreePort, type ServerProcess } from '../rig/gateway-process.ts';
import { Smsc } from '../rig/smsc.ts';
import { Waiters } from '../rig/waiters.ts';
import { Customer } from './customer.ts';
import { Esme } from './esme.ts';
import type { StormLedger } from './ledger.ts';
import { OpenMessages } from './open-messages.ts';
import {
  type CyclePlan,
  calmEndpoint,
  calmOperator,
  type Death,
  operatorSettings,
} from './plan.ts';
import { PowerCut } from './power-cut.ts';
import type { Violation } from './rules.ts';
import { type GatewayPlace, isReady, startIncarnation, writeConfig } from './storm-gateway.ts';

/**
 * The customer holds back while so many messages of this incarnation are on their way, so that all
 * transactions are busy at once.
 */
const openMessagesMax = 1_500;
/** Each incarnation's clock is so much further ahead: what a webhook refused once is tried again after a minute. */
const aheadStepMs = 70_000;
/** For the last one everything is due: what was refused five times waits an hour. */
const aheadLastMs = 2 * 60 * 60 * 1000;
const tickMs = 5;
/** Nothing has happened for so long and nothing is open: the round has come to rest. */
const quietMs = 300;
/** Nothing has happened for so long: what is open is lost, and the checker will say what it is. */
const stuckMs = 6_000;
const incarnationMsMax = 60_000;
/** One that is to die at a named place gets so much longer for it than for its messages. */
const pointMsMax = 5_000;
const stopMsMax = 20_000;
/**
 * So many responses are lost in one incarnation. At three in a row a bind is given up (sms-operators §2), and with it
 * answers that the operator believes it gave.
 */
const lostResponsesMax = 2;
const logTailChars = 4_000;

export interface RoundOptions {
  readonly dir: string;
  /** Messages to acknowledge in each cycle, at least. */
  readonly messages: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly random: Random;
  /** Whether the gateway loses its power when it dies. */
  readonly power: boolean;
  /** Told of each cycle that has ended. */
  readonly onCycle: (cycle: FinishedCycle) => void;
}

export interface FinishedCycle {
  /** How the gateways of this cycle died. */
  readonly deaths: readonly string[];
  readonly acknowledged: number;
  readonly open: number;
}

export interface FinishedRound {
  readonly ledger: StormLedger;
  /** What is wrong beside the ledger. */
  readonly violations: readonly Violation[];
  /** Whether it came to its end; otherwise the ledger says nothing. */
  readonly isComplete: boolean;
  /** What each incarnation but the last died of. */
  readonly deaths: readonly string[];
}

/**
 * One round: customer, operator and webhook endpoint live through all its cycles, the gateway dies in each,
 * and at the end a last gateway finishes what is left.
 */
export async function runRound(
  plans: readonly CyclePlan[],
  options: RoundOptions,
): Promise<FinishedRound> {
  const { dir } = options;
  const dataDir = join(dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  const power = options.power ? new PowerCut(dir, dataDir, options.random) : null;
  const smsc = new Smsc(operatorSettings, options.random);
  const callbacks = new Callbacks({ ledger: true }, options.random);
  const logFd = openSync(join(dir, 'gateway.log'), 'a');
  try {
    const config = writeConfig(dir, await smsc.listen(0), await callbacks.listen(0));
    const place: GatewayPlace = {
      dir,
      dataDir,
      httpPort: await findFreePort(),
      smppPort: await findFreePort(),
      logFd,
      environment: { ...options.environment, ...power?.environment },
    };
    const round = new Round({ ...options, place, config, smsc, callbacks, power });
    return await round.run(plans);
  } finally {
    await Promise.all([smsc.close(), callbacks.close()]);
    closeSync(logFd);
  }
}

interface RoundParts extends Omit<RoundOptions, 'power'> {
  readonly place: GatewayPlace;
  readonly config: string;
  readonly smsc: Smsc;
  readonly callbacks: Callbacks;
  readonly power: PowerCut | null;
}

class Round {
  readonly #parts: RoundParts;
  readonly #customer: Customer;
  readonly #esme: Esme;
  readonly #open = new OpenMessages();
  readonly #waiters = new Waiters();
  readonly #starts: number[] = [];
  readonly #deaths: string[] = [];
  readonly #violations: Violation[] = [];
  #server: ServerProcess | null = null;
  #isSending = false;
  #lostBefore = 0;
  #records = 0;
  #quietSince = 0;

  constructor(parts: RoundParts) {
    this.#parts = parts;
    const mayStart = () => this.#open.recent < openMessagesMax;
    this.#customer = new Customer(parts.random, mayStart);
    this.#esme = new Esme({
      smppPort: parts.place.smppPort,
      random: parts.random,
      settings: () => parts.callbacks.settings,
      mayStart: () => this.#isSending && mayStart(),
      take: () => this.#customer.take(),
      acknowledge: (index) => this.#customer.acknowledge(index, 'smpp'),
      refuse: (sentence) => this.#customer.refusals.push(sentence),
      told: (record) => parts.callbacks.ledger.push(record),
    });
  }

  async run(plans: readonly CyclePlan[]): Promise<FinishedRound> {
    const timer = setInterval(() => this.#tick(), tickMs);
    let isComplete = false;
    try {
      for (const plan of plans) await this.#cycle(plan);
      await this.#finish();
      isComplete = true;
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    } finally {
      clearInterval(timer);
      this.#esme.leave();
      await this.#server?.kill();
    }
    for (const sentence of this.#customer.refusals) this.#fail(`it answered ${sentence}`);
    this.#checkFile();
    return {
      ledger: this.#ledger,
      violations: this.#violations,
      isComplete,
      deaths: this.#deaths,
    };
  }

  get #ledger(): StormLedger {
    const { smsc, callbacks } = this.#parts;
    return {
      starts: this.#starts,
      sent: this.#customer.next,
      acknowledged: this.#customer.acknowledged,
      submits: smsc.ledger.submits,
      receipts: smsc.ledger.receipts,
      calls: callbacks.ledger,
    };
  }

  #tick(): void {
    const ledger = this.#ledger;
    this.#open.update(ledger);
    const { acknowledged, submits, receipts, calls } = ledger;
    const records = acknowledged.length + submits.length + receipts.length + calls.length;
    if (records !== this.#records) this.#quietSince = performance.now();
    this.#records = records;
    const { smsc } = this.#parts;
    const lost = smsc.counts.responsesLost - this.#lostBefore;
    if (lost >= lostResponsesMax) smsc.change({ faults: { loseResponse: 0 } });
    this.#waiters.check();
  }

  async #cycle(plan: CyclePlan): Promise<void> {
    const { smsc, callbacks, messages, power, onCycle } = this.#parts;
    callbacks.change(plan.endpoint);
    const before = this.#customer.acknowledged.length;
    const wanted = before + messages;
    const firstDeath = this.#deaths.length;
    let death: Death = plan.firstDeath;
    do {
      smsc.change(plan.operator);
      this.#deaths.push(await this.#live(death, wanted));
      power?.cut(plan.survival);
      death = plan.lastDeath;
    } while (this.#customer.acknowledged.length < wanted);
    const acknowledged = this.#customer.acknowledged.length - before;
    onCycle({ deaths: this.#deaths.slice(firstDeath), acknowledged, open: this.#open.size });
  }

  /** One incarnation, from its start to its death; returns what it died of. */
  async #live(death: Death, wanted: number): Promise<string> {
    const server = this.#start(0, death.kind === 'point' ? death.point : null);
    const { httpPort } = this.#parts.place;
    if (death.kind === 'start') {
      await Promise.race([pause(death.afterMs), server.exited]);
      return this.#kill(server, death);
    }
    if (!(await this.#within(isReady(httpPort, server)))) return this.#kill(server, death);
    this.#isSending = true;
    this.#esme.bind();
    const sending = this.#customer.sendTo(httpPort);
    const taken = this.#customer.when(() => this.#customer.acknowledged.length >= wanted);
    await this.#within(Promise.race([taken, server.exited]));
    const furtherMs = death.kind === 'point' ? pointMsMax : death.afterMs;
    await Promise.race([pause(furtherMs), server.exited]);
    const how = await this.#kill(server, death);
    this.#isSending = false;
    this.#esme.leave();
    this.#customer.stop();
    await sending;
    return how;
  }

  /** Kills it unless it is dead, and says which it was. */
  async #kill(server: ServerProcess, death: Death): Promise<string> {
    const ended = await Promise.race([server.exited, pause(0)]);
    await server.kill();
    this.#server = null;
    if (ended === undefined) return death.kind === 'start' ? 'at its start' : 'at work';
    if (death.kind === 'point' && ended === 'SIGKILL') return death.point.replace(/:\d+$/, '');
    throw new Error(`the gateway ended by itself with ${ended}:\n${this.#tellLog()}`);
  }

  #start(furtherMs: number, crashAt: string | null): ServerProcess {
    const { place, config } = this.#parts;
    const aheadMs = this.#starts.length * aheadStepMs + furtherMs;
    this.#starts.push(Date.now());
    this.#open.startOver();
    this.#lostBefore = this.#parts.smsc.counts.responsesLost;
    this.#server = startIncarnation(place, config, aheadMs, crashAt);
    return this.#server;
  }

  /** The last gateway is left in peace until nothing happens any more, and then told to stop. */
  async #finish(): Promise<void> {
    const { smsc, callbacks, place } = this.#parts;
    smsc.change(calmOperator);
    callbacks.change(calmEndpoint);
    const server = this.#start(aheadLastMs, null);
    if (!(await this.#within(isReady(place.httpPort, server)))) {
      throw new Error(`the gateway ended at its last start:\n${this.#tellLog()}`);
    }
    this.#esme.bind();
    this.#quietSince = performance.now();
    const isAtRest = () => {
      const isOpen = this.#open.size > 0 || smsc.pendingReceipts > 0;
      return performance.now() - this.#quietSince > (isOpen ? stuckMs : quietMs);
    };
    await Promise.race([this.#waiters.when(isAtRest), server.exited]);
    await server.stop(stopMsMax);
    this.#server = null;
    const ended = await server.exited;
    if (ended !== 0) this.#fail(`told to stop it ended with ${ended}:\n${this.#tellLog()}`);
    this.#tick();
  }

  #checkFile(): void {
    const file = join(this.#parts.place.dataDir, 'chappe.db');
    if (!existsSync(file)) return;
    const database = new DatabaseSync(file, { readOnly: true });
    const found = Object.values(database.prepare('PRAGMA integrity_check').get() ?? {}).join();
    database.close();
    if (found === 'ok') return;
    this.#violations.push({ rule: 'damaged', index: -1, sentence: `SQLite says: ${found}` });
  }

  #fail(sentence: string): void {
    this.#violations.push({ rule: 'gateway', index: -1, sentence });
  }

  async #within<T>(awaited: Promise<T>): Promise<T> {
    const late = Symbol('late');
    const first = await Promise.race([awaited, pause(incarnationMsMax).then(() => late)]);
    if (typeof first !== 'symbol') return first;
    throw new Error(`nothing came within ${incarnationMsMax} ms:\n${this.#tellLog()}`);
  }

  #tellLog(): string {
    return readFileSync(join(this.#parts.place.dir, 'gateway.log'), 'utf8').slice(-logTailChars);
  }
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms).unref();
  });
}

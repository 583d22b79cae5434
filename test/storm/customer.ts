import { Pool } from 'undici';
import type { Door } from '../../src/core/message.ts';
import type { Random } from '../../src/lib/random.ts';
import { indexOfText } from '../rig/message-index.ts';
import { Waiters } from '../rig/waiters.ts';
import { isEmptyYes, pickDoor, writeRequest } from './doors.ts';
import type { Acknowledgement } from './ledger.ts';
import { partsOf } from './messages.ts';

const connections = 8;
/** One request in ten has many messages. */
const batchChance = 0.1;
const batchMessages = 100;
/** How soon one that may not send yet, or was told to come later, looks again. */
const pauseMs = 5;

/**
 * The customer of the storm, over the doors of HTTP. It sends as fast as it may and writes down what was
 * acknowledged: a complete answer that says so of a message. It never sends anything twice.
 */
export class Customer {
  readonly acknowledged: Acknowledgement[] = [];
  /** Answers other than 200 and "come later": a fault, because every request is right. */
  readonly refusals: string[] = [];
  /** The number of the next message. */
  next = 0;

  readonly #random: Random;
  readonly #mayStart: () => boolean;
  readonly #waiters = new Waiters();
  #isStopping = false;

  constructor(random: Random, mayStart: () => boolean) {
    this.#random = random;
    this.#mayStart = mayStart;
  }

  /** Sends to a gateway that has just come up, until it is gone or `stop` is called. */
  async sendTo(port: number): Promise<void> {
    this.#isStopping = false;
    const pool = new Pool(`http://127.0.0.1:${port}`, { connections });
    await Promise.all(Array.from({ length: connections }, () => this.#sendOn(pool)));
    await pool.destroy();
  }

  /** The number of a message that is about to be sent. */
  take(): number {
    this.next++;
    return this.next - 1;
  }

  /** A message of whose parts its answer says nothing was taken. */
  acknowledge(index: number, door: Door): void {
    this.acknowledged.push({ index, parts: partsOf(index), at: Date.now(), door });
    this.#waiters.check();
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** Resolves as soon as `holds` is true; it is asked after every answer. */
  when(holds: () => boolean): Promise<void> {
    return this.#waiters.when(holds);
  }

  async #sendOn(pool: Pool): Promise<void> {
    while (!this.#isStopping) {
      if (!this.#mayStart() || !(await this.#send(pool))) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** Sends one request; false when it was not answered with 200. */
  async #send(pool: Pool): Promise<boolean> {
    const door = pickDoor(this.#random);
    const isBatch = door !== 'get' && this.#random.fraction() < batchChance;
    const indexes = Array.from({ length: isBatch ? batchMessages : 1 }, () => this.take());
    // The GET door takes no long texts.
    const taken = door === 'get' && indexes.some((index) => partsOf(index) > 1) ? 'json' : door;
    try {
      const { statusCode, body } = await pool.request(writeRequest(taken, indexes));
      const answer = await body.text();
      if (statusCode === 429 || statusCode === 503) return false;
      if (taken === 'json' && statusCode === 200) this.#note(JSON.parse(answer));
      else if (taken !== 'json' && isEmptyYes(statusCode, answer)) {
        for (const index of indexes) this.acknowledge(index, taken);
      } else this.refusals.push(answer.slice(0, 500));
      return statusCode === 200;
    } catch {
      // The gateway is gone, or the answer came in part: nothing was acknowledged, nobody tries again.
      this.#isStopping = true;
      return false;
    } finally {
      this.#waiters.check();
    }
  }

  #note(answer: unknown): void {
    const at = Date.now();
    for (const message of listOf(fieldOf(answer, 'messages'))) {
      if (fieldOf(message, 'status') !== 'Accepted') {
        this.refusals.push(JSON.stringify(message));
        continue;
      }
      const index = indexOfText(String(fieldOf(message, 'reference')));
      this.acknowledged.push({ index, parts: Number(fieldOf(message, 'parts')), at, door: 'json' });
    }
  }
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

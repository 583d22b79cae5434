import { Pool } from 'undici';
import type { Random } from '../../src/lib/random.ts';
import { indexOfText } from '../rig/message-index.ts';
import { Waiters } from '../rig/waiters.ts';
import type { Acknowledgement } from './ledger.ts';
import { writeMessage } from './messages.ts';

const connections = 8;
/** One request in ten has many messages. */
const batchChance = 0.1;
const batchMessages = 100;
/** How soon one that may not send yet, or was told to come later, looks again. */
const pauseMs = 5;

/**
 * The customer of the storm. It sends as fast as it may and writes down what was acknowledged: a complete
 * answer that says "Accepted" of a message. It never sends anything twice.
 */
export class Customer {
  readonly acknowledged: Acknowledgement[] = [];
  /** Answers other than 200 and "come later": a fault, because every request is right. */
  readonly refusals: string[] = [];
  /** The number of the next message. */
  next = 0;

  readonly #token: string;
  readonly #random: Random;
  readonly #mayStart: () => boolean;
  readonly #waiters = new Waiters();
  #isStopping = false;

  constructor(token: string, random: Random, mayStart: () => boolean) {
    this.#token = token;
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
    const count = this.#random.fraction() < batchChance ? batchMessages : 1;
    const first = this.next;
    this.next += count;
    const msg = Array.from({ length: count }, (_, at) => writeMessage(first + at));
    try {
      const { statusCode, body } = await pool.request({
        path: '/v1.0/message',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          messages: { authentication: { productToken: this.#token }, msg },
        }),
      });
      const answer = await body.text();
      if (statusCode === 200) this.#note(JSON.parse(answer));
      else if (statusCode !== 429 && statusCode !== 503) this.refusals.push(answer.slice(0, 500));
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
      this.acknowledged.push({ index, parts: Number(fieldOf(message, 'parts')), at });
    }
  }
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

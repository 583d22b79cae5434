import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Door } from '../../src/core/message.ts';
import type { CallRecord } from '../rig/callbacks.ts';
import type { ReceiptRecord, SubmitRecord } from '../rig/smsc-ledger.ts';

/**
 * What those who were never killed saw of one round: the customer, the operator and the webhook endpoint.
 * Lists are in the order of arrival, times are epoch milliseconds of one clock.
 */
export interface StormLedger {
  /** When each incarnation of the gateway was started; all but the last were killed. */
  readonly starts: readonly number[];
  /** Message numbers below this one were sent. */
  readonly sent: number;
  readonly acknowledged: readonly Acknowledgement[];
  readonly submits: readonly SubmitRecord[];
  readonly receipts: readonly ReceiptRecord[];
  readonly calls: readonly CallRecord[];
}

/** A message for which a complete answer said "Accepted". */
export interface Acknowledgement {
  readonly index: number;
  readonly parts: number;
  readonly at: number;
  /** The door it came in by; its reports go back the same way. */
  readonly door: Door;
}

/** Which incarnation of the gateway, from 0, something came from. */
export function incarnationAt(ledger: Pick<StormLedger, 'starts'>, at: number): number {
  let incarnation = ledger.starts.length - 1;
  while (incarnation > 0 && (ledger.starts[incarnation] ?? 0) > at) incarnation -= 1;
  return incarnation;
}

/** Keeps a ledger as JSON files, one line for each record, so that grep finds a message in them. */
export function writeLedger(dir: string, ledger: StormLedger): void {
  const { starts, sent, acknowledged, submits, receipts, calls } = ledger;
  writeFileSync(join(dir, 'round.json'), `${JSON.stringify({ starts, sent })}\n`);
  for (const [name, list] of Object.entries({ acknowledged, submits, receipts, calls })) {
    const lines = list.map((record) => `${JSON.stringify(record)}\n`);
    writeFileSync(join(dir, `${name}.jsonl`), lines.join(''));
  }
}

import type { Door } from '../../src/core/message.ts';
import type { CallRecord } from '../rig/callbacks.ts';
import { indexOfText } from '../rig/message-index.ts';
import type { SubmitRecord } from '../rig/smsc-ledger.ts';
import { checkCalls } from './call-rules.ts';
import type { Acknowledgement, StormLedger } from './ledger.ts';
import { fateOf } from './messages.ts';
import type { Violation } from './rules.ts';
import { checkSubmits } from './submit-rules.ts';

/** What a ledger says. */
export interface Verdict {
  readonly violations: readonly Violation[];
  /** Parts that a crash made the operator get twice, for each crash. */
  readonly duplicates: readonly number[];
  /** Reports that a crash made the endpoint get twice, for each crash. */
  readonly repeatedReports: readonly number[];
  readonly counts: VerdictCounts;
}

/** Totals of a ledger. */
export const countNames = [
  'acknowledged',
  'overXml',
  'overGet',
  'overSmpp',
  /** Seen by the operator although no answer reached the customer. */
  'unacknowledged',
  'submits',
  'responsesLost',
  /** Sent again because a response was lost. */
  'resent',
  'receiptsSent',
  'receiptsAnswered',
  'calls',
  /** Of these, receipts over SMPP. */
  'smppReceipts',
  'callsRefused',
  'delivered',
  'failed',
  'rejected',
] as const;

export type VerdictCounts = Record<(typeof countNames)[number], number>;

export function noCounts(): VerdictCounts {
  return {
    acknowledged: 0,
    overXml: 0,
    overGet: 0,
    overSmpp: 0,
    unacknowledged: 0,
    submits: 0,
    responsesLost: 0,
    resent: 0,
    receiptsSent: 0,
    receiptsAnswered: 0,
    calls: 0,
    smppReceipts: 0,
    callsRefused: 0,
    delivered: 0,
    failed: 0,
    rejected: 0,
  };
}

/**
 * Judges a round that has come to rest. Pure.
 *
 * @param duplicatesMax how many parts one crash may repeat: the open windows and one commit batch (DESIGN §4.8).
 */
export function checkLedger(ledger: StormLedger, duplicatesMax: number): Verdict {
  const crashes = Math.max(0, ledger.starts.length - 1);
  const duplicates = Array.from({ length: crashes }, () => 0);
  const repeatedReports = Array.from({ length: crashes }, () => 0);
  const violations: Violation[] = [...checkReceipts(ledger)];
  const counts = countAll(ledger);
  for (const life of gatherLives(ledger).values()) {
    const { index, acknowledged, submits, calls } = life;
    if (index < 0 || index >= ledger.sent) {
      violations.push({ rule: 'stranger', index, sentence: 'nobody sent it' });
      continue;
    }
    if (acknowledged === undefined) counts.unacknowledged += 1;
    const message = { index, fate: fateOf(index), acknowledged };
    violations.push(
      ...checkSubmits(message, submits, calls, ledger, (why) => {
        if (why.kind === 'crash') add(duplicates, why.incarnation);
        else counts.resent += 1;
      }),
      ...checkWay(life),
      ...checkCalls(message, calls, ledger, (incarnation) => add(repeatedReports, incarnation)),
    );
  }
  for (const [crash, count] of duplicates.entries()) {
    if (count <= duplicatesMax) continue;
    const sentence = `crash ${crash + 1} repeated ${count} parts, more than ${duplicatesMax}`;
    violations.push({ rule: 'duplicates', index: -1, sentence });
  }
  return { violations, duplicates, repeatedReports, counts };
}

interface Life {
  readonly index: number;
  acknowledged: Acknowledgement | undefined;
  readonly submits: SubmitRecord[];
  readonly calls: CallRecord[];
}

/** All that is known of each message, in the order of the ledger. */
function gatherLives(ledger: StormLedger): Map<number, Life> {
  const lives = new Map<number, Life>();
  const lifeOf = (index: number): Life => {
    const known = lives.get(index);
    if (known !== undefined) return known;
    const life: Life = { index, acknowledged: undefined, submits: [], calls: [] };
    lives.set(index, life);
    return life;
  };
  for (const one of ledger.acknowledged) lifeOf(one.index).acknowledged = one;
  for (const one of ledger.submits) lifeOf(indexOfText(one.destination)).submits.push(one);
  for (const one of ledger.calls) {
    if (!isTestCall(one)) lifeOf(indexOfText(one.reference)).calls.push(one);
  }
  return lives;
}

/** A new webhook is called once with an empty report before it is used (contract §8.1). */
function isTestCall(call: CallRecord): boolean {
  return call.webhookId?.startsWith('test-') === true && call.reference === '';
}

/** What is told of a message over SMPP is no call, and of any other no receipt. */
function checkWay({ index, acknowledged, calls }: Life): Violation[] {
  if (acknowledged === undefined) return [];
  const way = acknowledged.door === 'smpp' ? 'smpp' : undefined;
  const wrong = calls.find((call) => call.over !== way);
  if (wrong === undefined) return [];
  const sentence = `${wrong.status} was told ${wrong.over ?? 'by a call'}, it came by ${acknowledged.door}`;
  return [{ rule: 'wrong-way', index, sentence }];
}

/** Whatever was taken must end in a receipt that the gateway answered with OK. */
function checkReceipts({ submits, receipts }: StormLedger): Violation[] {
  const answered = new Set<string>();
  for (const { messageId, event, status } of receipts) {
    if (event === 'answered' && status === 0) answered.add(messageId);
  }
  return submits
    .filter(({ messageId }) => messageId !== '' && !answered.has(messageId))
    .map(({ destination, messageId, part }) => ({
      rule: 'receipt-lost',
      index: indexOfText(destination),
      sentence: `the receipt ${messageId} for part ${part} was never answered with OK`,
    }));
}

function countAll({ acknowledged, submits, receipts, calls }: StormLedger): VerdictCounts {
  const taken = calls.filter((call) => call.answer === 200);
  const ended = (status: number) =>
    new Set(taken.filter((call) => call.status === status).map((call) => call.reference)).size;
  const over = (door: Door) => acknowledged.filter((one) => one.door === door).length;
  return {
    ...noCounts(),
    acknowledged: acknowledged.length,
    overXml: over('xml'),
    overGet: over('get'),
    overSmpp: over('smpp'),
    submits: submits.length,
    responsesLost: submits.filter((one) => !one.answered).length,
    receiptsSent: receipts.filter((one) => one.event === 'sent').length,
    receiptsAnswered: receipts.filter((one) => one.event === 'answered' && one.status === 0).length,
    calls: calls.length,
    smppReceipts: calls.filter((call) => call.over === 'smpp').length,
    callsRefused: calls.length - taken.length,
    delivered: ended(2),
    failed: ended(3),
    rejected: ended(1),
  };
}

function add(counts: number[], at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

import type { MessageId } from '../../core/message.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import type {
  AcceptRequest,
  AcceptResult,
  Consequences,
  KnownKey,
  Lease,
  Once,
  OutboxReport,
  ReceiptResult,
  RequestKey,
  Retention,
  StepMove,
  StoreCounts,
  SubmittedPart,
  ToldReport,
  UnsentPart,
} from '../contract.ts';
import { acquireLeases, releaseLeases } from '../leases.ts';
import { findKey, acceptOnce as runAcceptOnce } from '../once.ts';
import * as transactions from '../transactions.ts';
import { readKnownKey, readOnce, writeKnownKey, writeOnce } from './answer-codec.ts';
import type { CellReader } from './cells.ts';
import { conversionOperations } from './conversion-operations.ts';
import {
  readConsequences,
  readLease,
  readList,
  readReceipt,
  readReceiptResult,
  readSubmittedPart,
  readWallet,
  writeConsequences,
  writeList,
  writeReceipt,
  writeReceiptResult,
  writeSubmittedPart,
} from './facts-codec.ts';
import { inboundOperations } from './inbound-operations.ts';
import {
  readMessage,
  readReadyStep,
  readReport,
  writeMessage,
  writeReport,
} from './message-codec.ts';
import { defineOperation, type Form, type Task, viaJson } from './operation.ts';
import { type OutboxQuery, type ReadyQuery, writeRows } from './queue-reader.ts';

type RawRows = readonly (readonly unknown[])[];

const accept: Form<AcceptRequest, AcceptResult> = {
  kind: 'T1',
  weigh: ({ messages }) => messages.length,
  writeArguments(out, { account, wallet, now, messages }) {
    out.push(account, wallet, now);
    writeList(out, messages, writeMessage);
  },
  readArguments: (cells) => ({
    account: cells.text(),
    wallet: readWallet(cells.text()),
    now: cells.number(),
    messages: readList(cells, readMessage),
  }),
  run: ({ rows }, request) => transactions.accept(rows, request),
  writeResult(out, result) {
    if (result.kind === 'insufficient-balance') {
      out.push(-1);
      return;
    }
    out.push(result.queued.length);
    writeList(out, result.reports, writeReport);
  },
  readResult(cells, { messages }) {
    const count = cells.number();
    if (count < 0) return { kind: 'insufficient-balance' };
    const queued = count === messages.length ? messages : messages.slice(0, count);
    return { kind: 'accepted', queued, reports: readList(cells, readReport) };
  },
};

/** T1 of its own, so that requests without a key carry nothing of one. */
const acceptOnce: Form<{ request: AcceptRequest; once: Once }, AcceptResult | KnownKey> = {
  kind: 'T1',
  weigh: ({ request }) => request.messages.length + 1,
  writeArguments(out, { request, once }) {
    writeOnce(out, once);
    accept.writeArguments(out, request);
  },
  readArguments: (cells) => ({ once: readOnce(cells), request: accept.readArguments(cells) }),
  run: ({ rows, answers }, { request, once }) => runAcceptOnce(rows, answers, request, once),
  writeResult(out, result) {
    if (result.kind !== 'accepted' && result.kind !== 'insufficient-balance') {
      writeKnownKey(out, result);
      return;
    }
    writeKnownKey(out, null);
    accept.writeResult(out, result);
  },
  readResult: (cells, { request }) => readKnownKey(cells) ?? accept.readResult(cells, request),
};

const findAnswer: Form<{ key: RequestKey; now: number }, KnownKey | null> = {
  ...viaJson('findAnswer', ({ answers }, { key, now }) => findKey(answers, key, now)),
  writeResult: writeKnownKey,
  readResult: readKnownKey,
};

const readReady: Form<ReadyQuery, RawRows, ReadyStep[]> = {
  ...viaJson('readReady', ({ rows, queues }, query: ReadyQuery) => {
    rows.flush();
    return queues.readReady(query);
  }),
  weigh: weighLimit,
  writeResult: writeRows,
  readResult: (cells) => readList(cells, readReadyStep),
};

interface Submitted {
  readonly batch: readonly SubmittedPart[];
  readonly lease: Lease | null;
  readonly now: number;
}

const submitted: Form<Submitted, Consequences> = {
  kind: 'T2',
  weigh: ({ batch }) => batch.length,
  writeArguments(out, { batch, lease, now }) {
    out.push(now);
    if (lease === null) out.push(null);
    else out.push(lease.resource, lease.holder, lease.epoch, lease.expiresAt);
    writeList(out, batch, writeSubmittedPart);
  },
  readArguments(cells) {
    const now = cells.number();
    const resource = cells.textOrNull();
    const lease = resource === null ? null : readLease(resource, cells);
    return { now, lease, batch: readList(cells, readSubmittedPart) };
  },
  run: ({ rows }, { batch, lease, now }) => transactions.submitted(rows, batch, lease, now),
  writeResult: writeConsequences,
  readResult: readConsequences,
};

type Recorded = Consequences & { results: readonly ReceiptResult[] };

const record: Form<{ batch: readonly ReceiptFact[]; now: number }, Recorded> = {
  kind: 'T3',
  weigh: ({ batch }) => batch.length,
  writeArguments(out, { batch, now }) {
    out.push(now);
    writeList(out, batch, writeReceipt);
  },
  readArguments: (cells) => ({ now: cells.number(), batch: readList(cells, readReceipt) }),
  run: ({ rows }, { batch, now }) => transactions.record(rows, batch, now),
  writeResult(out, found) {
    writeConsequences(out, found);
    writeList(out, found.results, writeReceiptResult);
  },
  readResult: (cells) => ({
    ...readConsequences(cells),
    results: readList(cells, readReceiptResult),
  }),
};

const readOutbox: Form<OutboxQuery, RawRows, OutboxReport[]> = {
  ...viaJson('readOutbox', ({ queues }, query: OutboxQuery) => queues.readReports(query)),
  weigh: weighLimit,
  writeResult: writeRows,
  readResult: (cells) => readList(cells, readReport),
};

const told: Form<{ batch: readonly ToldReport[]; now: number }, void> = {
  kind: 'T4',
  weigh: ({ batch }) => batch.length,
  writeArguments(out, { batch, now }) {
    out.push(now);
    writeList(out, batch, (_, { queue, sequence, messageId, status, httpStatus }) => {
      out.push(queue, sequence, messageId, status, httpStatus);
    });
  },
  readArguments: (cells) => ({
    now: cells.number(),
    batch: readList(cells, () => ({
      queue: cells.text(),
      sequence: cells.number(),
      messageId: cells.text(),
      status: cells.number(),
      httpStatus: cells.number(),
    })),
  }),
  run: ({ rows }, { batch, now }) => transactions.told(rows, batch, now),
  writeResult: () => {},
  readResult: () => {},
};

interface Intended {
  readonly batch: readonly { id: MessageId; step: number }[];
  readonly now: number;
}

interface Withdrawn {
  readonly batch: readonly UnsentPart[];
  readonly now: number;
}

type Postponed = Parameters<typeof transactions.postpone>[1];

interface Released {
  readonly resources: readonly string[];
  readonly holder: string;
}

interface Acquired extends Released {
  readonly ttlMs: number;
  readonly now: number;
}

interface Moved {
  readonly batch: readonly StepMove[];
  readonly lease: Lease | null;
  readonly now: number;
}

interface Swept {
  readonly now: number;
  readonly limit: number;
}

const intend = viaJson(
  'T1b',
  ({ rows }, { batch, now }: Intended) => transactions.intend(rows, batch, now),
  ({ batch }) => batch.length,
);

const withdraw = viaJson(
  'T1b',
  ({ rows }, { batch, now }: Withdrawn) => transactions.withdraw(rows, batch, now),
  ({ batch }) => batch.length,
);

const postpone = viaJson(
  'postpone',
  ({ rows }, batch: Postponed) => transactions.postpone(rows, batch),
  (batch) => batch.length,
);

const cancel = viaJson(
  'cancel',
  ({ rows }, { ids, now }: { ids: readonly MessageId[]; now: number }) =>
    transactions.cancel(rows, ids, now),
  ({ ids }) => ids.length,
);

const move = viaJson(
  'move',
  ({ rows }, { batch, lease, now }: Moved) => transactions.move(rows, batch, lease, now),
  ({ batch }) => batch.length,
);

const sweep = viaJson(
  'sweep',
  ({ rows }, { now, limit }: Swept) => transactions.sweep(rows, now, limit),
  weighLimit,
);

const sweepParked = viaJson(
  'sweepParked',
  ({ rows }, { now, limit, dropBefore }: Swept & { dropBefore: number }) =>
    transactions.sweepParked(rows, now, limit, dropBefore),
  weighLimit,
);

const openWallet = viaJson(
  'openWallet',
  ({ rows }, { account, messagesLeft }: { account: string; messagesLeft: number }) =>
    transactions.openWallet(rows, account, messagesLeft),
);

const messagesLeft = viaJson('messagesLeft', ({ rows }, account: string): number | null => {
  return rows.findWallet(account) ?? null;
});

const acquire = viaJson('acquire', ({ rows }, { resources, holder, ttlMs, now }: Acquired) =>
  acquireLeases(rows, resources, holder, ttlMs, now),
);

const release = viaJson('release', ({ rows }, { resources, holder }: Released) =>
  releaseLeases(rows, resources, holder),
);

const pruneAnswers = viaJson(
  'pruneAnswers',
  ({ answers }, { now, limit }: Swept) => answers.dropAnswers(now, limit),
  weighLimit,
);

const prune = viaJson(
  'prune',
  (room, { before, limit }: { before: Retention; limit: number }) => room.prune(before, limit),
  weighLimit,
);

/** All that can be asked of the writer thread. */
export const operations = {
  ...inboundOperations,
  ...conversionOperations,
  accept: defineOperation(accept),
  acceptOnce: defineOperation(acceptOnce),
  findAnswer: defineOperation(findAnswer),
  pruneAnswers: defineOperation(pruneAnswers),
  openWallet: defineOperation(openWallet),
  messagesLeft: defineOperation(messagesLeft),
  readReady: defineOperation(readReady),
  intend: defineOperation(intend),
  withdraw: defineOperation(withdraw),
  submitted: defineOperation(submitted),
  cancel: defineOperation(cancel),
  move: defineOperation(move),
  sweep: defineOperation(sweep),
  record: defineOperation(record),
  sweepParked: defineOperation(sweepParked),
  queues: defineOperation(viaJson<null, string[]>('queues', ({ queues }) => queues.listQueues())),
  readOutbox: defineOperation(readOutbox),
  told: defineOperation(told),
  postpone: defineOperation(postpone),
  acquire: defineOperation(acquire),
  release: defineOperation(release),
  counts: defineOperation(viaJson<null, StoreCounts>('counts', ({ rows }) => rows.counts)),
  prune: defineOperation(prune),
  probe: defineOperation(
    // Housekeeping: nobody waits for it.
    viaJson<null, void>(
      'probe',
      ({ rows }) => rows.probe(),
      () => 0,
    ),
  ),
  indexRun: defineOperation(
    // Housekeeping: nobody waits for it.
    viaJson<null, boolean>(
      'indexRun',
      (room) => room.indexRun(),
      () => 0,
    ),
  ),
};

/** Operations as they are numbered in a batch. */
export const operationList: readonly { readTask(cells: CellReader): Task }[] =
  Object.values(operations);

const codes = new Map<unknown, number>(operationList.entries().map(([code, one]) => [one, code]));

/** The number of an operation in a batch. */
export function codeOf(operation: unknown): number {
  const code = codes.get(operation);
  if (code === undefined) throw new Error('no operation of the store');
  return code;
}

/** The outcomes in an answer: `done` and the result, or `failed`, a result code of SQLite and a sentence. */
export const done = 0;
export const failed = 1;

/** Most of what is limited finds far less than it may. */
function weighLimit({ limit }: { limit: number }): number {
  return Math.ceil(limit / 4);
}

import type { SubmitOutcome } from '../../core/lifecycle.ts';
import type { MessageId } from '../../core/message.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import type {
  AcceptRequest,
  AcceptResult,
  Consequences,
  Lease,
  OutboxReport,
  ReceiptResult,
  Retention,
  StoreCounts,
  SubmittedPart,
  ToldReport,
} from '../contract.ts';
import { acquireLeases, releaseLeases } from '../leases.ts';
import * as transactions from '../transactions.ts';
import type { Cell, CellReader } from './cells.ts';
import {
  readMessage,
  readReadyStep,
  readReport,
  writeMessage,
  writeReadyStep,
  writeReport,
} from './message-codec.ts';
import { defineOperation, type Form, type Task, viaJson } from './operation.ts';
import { type OutboxQuery, type ReadyQuery, writeRows } from './queue-reader.ts';
import { readError, readReceiptState } from './words.ts';

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

const readReady: Form<ReadyQuery, RawRows, ReadyStep[]> = {
  ...viaJson('readReady', ({ rows, queues }, query: ReadyQuery) => {
    rows.flush();
    return queues.readReady(query);
  }),
  weigh: ({ limit }) => limit,
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
  weigh: ({ limit }) => limit,
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

type Postponed = Parameters<typeof transactions.postpone>[1];

interface Released {
  readonly resources: readonly string[];
  readonly holder: string;
}

interface Acquired extends Released {
  readonly ttlMs: number;
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

const postpone = viaJson(
  'postpone',
  ({ rows }, batch: Postponed) => transactions.postpone(rows, batch),
  (batch) => batch.length,
);

const sweep = viaJson(
  'sweep',
  ({ rows }, { now, limit }: Swept) => transactions.sweep(rows, now, limit),
  ({ limit }) => limit,
);

const sweepParked = viaJson(
  'sweepParked',
  ({ rows }, { now, limit, dropBefore }: Swept & { dropBefore: number }) =>
    transactions.sweepParked(rows, now, limit, dropBefore),
  ({ limit }) => limit,
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

const prune = viaJson(
  'prune',
  (room, { before, limit }: { before: Retention; limit: number }) => room.prune(before, limit),
  ({ limit }) => limit,
);

/** All that can be asked of the writer thread. */
export const operations = {
  accept: defineOperation(accept),
  openWallet: defineOperation(openWallet),
  messagesLeft: defineOperation(messagesLeft),
  readReady: defineOperation(readReady),
  intend: defineOperation(intend),
  submitted: defineOperation(submitted),
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

/** The outcomes in an answer: `done` and the result, or `failed` and a sentence. */
export const done = 0;
export const failed = 1;

function writeList<Item>(
  out: Cell[],
  items: readonly Item[],
  write: (out: Cell[], item: Item) => void,
): void {
  out.push(items.length);
  for (const item of items) write(out, item);
}

function readList<Item>(cells: CellReader, read: (cells: CellReader) => Item): Item[] {
  const count = cells.number();
  const items: Item[] = [];
  for (let index = 0; index < count; index++) items.push(read(cells));
  return items;
}

function writeSubmittedPart(out: Cell[], submit: SubmittedPart): void {
  const { id, step, part, connection, outcome } = submit;
  out.push(id, step, part, connection, outcome.kind);
  switch (outcome.kind) {
    case 'accepted':
      out.push(outcome.providerId);
      break;
    case 'refused':
      out.push(outcome.error);
      break;
    case 'later':
      out.push(outcome.error, outcome.attemptsMax);
      break;
    case 'unknown':
      break;
  }
}

function readSubmittedPart(cells: CellReader): SubmittedPart {
  return {
    id: cells.text(),
    step: cells.number(),
    part: cells.number(),
    connection: cells.text(),
    outcome: readOutcome(cells),
  };
}

function readOutcome(cells: CellReader): SubmitOutcome {
  const kind = cells.text();
  switch (kind) {
    case 'accepted':
      return { kind, providerId: cells.text() };
    case 'refused':
      return { kind, error: readError(cells.number()) };
    case 'later':
      return { kind, error: readError(cells.number()), attemptsMax: cells.numberOrNull() };
    case 'unknown':
      return { kind };
    default:
      throw new TypeError(`unknown outcome ${kind}`);
  }
}

function writeReceipt(out: Cell[], fact: ReceiptFact): void {
  const { connection, providerIds, exact, destination, state, error, at, operator } = fact;
  out.push(connection, providerIds.length, ...providerIds);
  out.push(exact, destination, state, error, at, operator);
}

function readReceipt(cells: CellReader): ReceiptFact {
  return {
    connection: cells.text(),
    providerIds: readList(cells, () => cells.text()),
    exact: cells.number(),
    destination: cells.textOrNull(),
    state: readReceiptState(cells.text()),
    error: readError(cells.number()),
    at: cells.number(),
    operator: cells.textOrNull(),
  };
}

function writeReceiptResult(out: Cell[], result: ReceiptResult): void {
  if (result.kind === 'parked') out.push(result.kind);
  else out.push(result.kind, result.id, result.keyIndex);
}

function readReceiptResult(cells: CellReader): ReceiptResult {
  const kind = cells.text();
  if (kind === 'parked') return { kind };
  if (kind !== 'applied' && kind !== 'duplicate') throw new TypeError(`unknown result ${kind}`);
  return { kind, id: cells.text(), keyIndex: cells.number() };
}

function writeConsequences(out: Cell[], { reports, queued, unqueued }: Consequences): void {
  writeList(out, reports, writeReport);
  writeList(out, queued, writeReadyStep);
  writeList(out, unqueued, (_, { id, step }) => out.push(id, step));
}

function readConsequences(cells: CellReader): Consequences {
  return {
    reports: readList(cells, readReport),
    queued: readList(cells, readReadyStep),
    unqueued: readList(cells, () => ({ id: cells.text(), step: cells.number() })),
  };
}

function readLease(resource: string, cells: CellReader): Lease {
  return { resource, holder: cells.text(), epoch: cells.number(), expiresAt: cells.number() };
}

function readWallet(text: string): AcceptRequest['wallet'] {
  if (text === 'none' || text === 'trial' || text === 'prepaid') return text;
  throw new TypeError(`unknown kind of wallet ${text}`);
}

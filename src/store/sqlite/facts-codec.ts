import type { SubmitOutcome } from '../../core/lifecycle.ts';
import type { ReceiptFact } from '../../core/receipt.ts';
import type { Revocation } from '../../core/revocation.ts';
import type {
  AcceptRequest,
  Consequences,
  Lease,
  ReceiptResult,
  SubmittedPart,
} from '../contract.ts';
import { dropContent } from '../rows.ts';
import type { Cell, CellReader } from './cells.ts';
import {
  readEnvelope,
  readReadyStep,
  readReport,
  writeEnvelope,
  writeReadyStep,
  writeReport,
} from './message-codec.ts';
import { readError, readReceiptState } from './words.ts';

export function writeList<Item>(
  out: Cell[],
  items: readonly Item[],
  write: (out: Cell[], item: Item) => void,
): void {
  out.push(items.length);
  for (const item of items) write(out, item);
}

export function readList<Item>(cells: CellReader, read: (cells: CellReader) => Item): Item[] {
  const count = cells.number();
  const items: Item[] = [];
  for (let index = 0; index < count; index++) items.push(read(cells));
  return items;
}

export function writeSubmittedPart(out: Cell[], submit: SubmittedPart): void {
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

export function readSubmittedPart(cells: CellReader): SubmittedPart {
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

export function writeReceipt(out: Cell[], fact: ReceiptFact): void {
  const { connection, providerIds, exact, destination, state, error, at, operator } = fact;
  out.push(connection, providerIds.length, ...providerIds);
  out.push(exact, destination, state, error, at, operator);
}

export function readReceipt(cells: CellReader): ReceiptFact {
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

export function writeReceiptResult(out: Cell[], result: ReceiptResult): void {
  if (result.kind === 'parked') out.push(result.kind);
  else out.push(result.kind, result.id, result.keyIndex);
}

export function readReceiptResult(cells: CellReader): ReceiptResult {
  const kind = cells.text();
  if (kind === 'parked') return { kind };
  if (kind !== 'applied' && kind !== 'duplicate') throw new TypeError(`unknown result ${kind}`);
  return { kind, id: cells.text(), keyIndex: cells.number() };
}

export function writeConsequences(out: Cell[], consequences: Consequences): void {
  const { reports, queued, unqueued, revoked, deliveredAgain } = consequences;
  out.push(deliveredAgain);
  writeList(out, reports, writeReport);
  writeList(out, queued, writeReadyStep);
  writeList(out, unqueued, (_, { id, step }) => out.push(id, step));
  writeList(out, revoked, writeRevocation);
}

export function readConsequences(cells: CellReader): Consequences {
  return {
    deliveredAgain: cells.number(),
    reports: readList(cells, readReport),
    queued: readList(cells, readReadyStep),
    unqueued: readList(cells, () => ({ id: cells.text(), step: cells.number() })),
    revoked: readList(cells, readRevocation),
  };
}

function writeRevocation(out: Cell[], { message, step, providerIds }: Revocation): void {
  writeEnvelope(out, message);
  out.push(step, providerIds.length, ...providerIds);
}

function readRevocation(cells: CellReader): Revocation {
  return {
    message: dropContent(readEnvelope(cells)),
    step: cells.number(),
    providerIds: readList(cells, () => cells.text()),
  };
}

export function readLease(resource: string, cells: CellReader): Lease {
  return { resource, holder: cells.text(), epoch: cells.number(), expiresAt: cells.number() };
}

export function readWallet(text: string): AcceptRequest['wallet'] {
  if (text === 'none' || text === 'trial' || text === 'prepaid') return text;
  throw new TypeError(`unknown kind of wallet ${text}`);
}

import type { Live } from '../../core/lifecycle.ts';
import type { Content, Groupings, Message } from '../../core/message.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { OutboxReport } from '../contract.ts';
import { type Envelope, noContent } from '../rows.ts';
import type { Cell, CellReader } from './cells.ts';
import { readPlan, writePlan } from './plan-text.ts';
import { readChannel, readDoor, readEncoding, readError, readRank, readStatus } from './words.ts';

/** The columns of `message` behind its number, in the order of `writeEnvelope`. */
export const envelopeColumns = [
  'id',
  'account',
  'door',
  'accepted_at',
  'expires_at',
  'sender',
  'recipient',
  'msisdn',
  'reference',
  'groupings',
  'operator',
  'tariff',
  'plan',
  'wants',
  'report_to',
] as const;

export function writeEnvelope(out: Cell[], envelope: Envelope): void {
  out.push(
    envelope.id,
    envelope.account,
    envelope.door,
    envelope.acceptedAt,
    envelope.expiresAt,
    envelope.from,
    envelope.to,
    envelope.msisdn,
    envelope.reference,
    writeGroupings(envelope.groupings),
    envelope.operator,
    envelope.tariff,
    writePlan(envelope.plan),
    envelope.wants,
    envelope.reportTo,
  );
}

/** Reads a message whose content is somewhere else. */
export function readEnvelope(cells: CellReader): Envelope {
  return readMessageWith(cells, () => noContent);
}

/** Spelt out once for both, because copying an object of this size costs as much as making it. */
function readMessageWith(cells: CellReader, readRest: (cells: CellReader) => Content): Message {
  return {
    id: cells.text(),
    account: cells.text(),
    door: readDoor(cells.text()),
    acceptedAt: cells.number(),
    expiresAt: cells.number(),
    from: cells.text(),
    to: cells.text(),
    msisdn: cells.text(),
    reference: cells.textOrNull(),
    groupings: readGroupings(cells.textOrNull()),
    operator: cells.textOrNull(),
    tariff: cells.numberOrNull(),
    plan: readPlan(cells.text()),
    wants: cells.number(),
    reportTo: cells.textOrNull(),
    content: readRest(cells),
  };
}

/** The columns of `body` behind its number, in the order of `writeContent`. */
export const contentColumns = ['text', 'encoding', 'udh', 'parts_max', 'rich', 'app_key'] as const;

export function writeContent(out: Cell[], content: Content): void {
  out.push(
    content.text,
    content.encoding,
    content.udh,
    content.partsMax,
    content.rich,
    content.appKey,
  );
}

/** A row of nulls, as an outer join gives it, is a content that retention has removed. */
export function readContent(cells: CellReader): Content {
  const text = cells.textOrNull();
  const encoding = cells.textOrNull();
  const udh = cells.textOrNull();
  const partsMax = cells.numberOrNull();
  const rich = cells.textOrNull();
  const appKey = cells.textOrNull();
  if (text === null || encoding === null || partsMax === null) return noContent;
  return { text, encoding: readEncoding(encoding), udh, partsMax, rich, appKey };
}

export function writeMessage(out: Cell[], message: Message): void {
  writeEnvelope(out, message);
  writeContent(out, message.content);
}

export function readMessage(cells: CellReader): Message {
  return readMessageWith(cells, readContent);
}

/** The columns of `state` that are the message's `Live`, in the order of `writeLive`. */
export const liveColumns = [
  'step',
  'rank',
  'told',
  'attempts',
  'progress',
  'last_error',
  'due',
] as const;

export function writeLive(out: Cell[], live: Live): void {
  const { step, rank, told, attempts, progress, lastError, due } = live;
  out.push(step, rank, told, attempts, progress, lastError, due);
}

export function readLive(cells: CellReader): Live {
  return {
    step: cells.number(),
    rank: readRank(cells.number()),
    told: cells.number(),
    attempts: cells.number(),
    progress: cells.text(),
    lastError: readError(cells.number()),
    due: cells.numberOrNull(),
  };
}

export function writeReadyStep(out: Cell[], { message, live, due }: ReadyStep): void {
  writeMessage(out, message);
  writeLive(out, live);
  out.push(due);
}

/** A step in a lane is always the active one. */
export function readReadyStep(cells: CellReader): ReadyStep {
  const message = readMessage(cells);
  const live = readLive(cells);
  return { message, live, step: live.step, due: cells.number() };
}

export function writeReport(out: Cell[], row: OutboxReport): void {
  const { report } = row;
  out.push(
    row.queue,
    row.sequence,
    row.attempts,
    row.due,
    report.messageId,
    report.account,
    report.status,
    report.error,
    report.createdAt,
    report.channel,
    report.from,
    report.to,
    report.reference,
    writeGroupings(report.groupings),
    report.operator,
    row.isFollowing ? 1 : 0,
  );
}

export function readReport(cells: CellReader): OutboxReport {
  return {
    queue: cells.text(),
    sequence: cells.number(),
    attempts: cells.number(),
    due: cells.number(),
    report: {
      messageId: cells.text(),
      account: cells.text(),
      status: readStatus(cells.number()),
      error: readError(cells.number()),
      createdAt: cells.number(),
      channel: readChannel(cells.text()),
      from: cells.text(),
      to: cells.text(),
      reference: cells.textOrNull(),
      groupings: readGroupings(cells.textOrNull()),
      operator: cells.textOrNull(),
    },
    isFollowing: cells.number() === 1,
  };
}

/** Most messages have no groupings: they cost one null. */
export function writeGroupings(groupings: Groupings): string | null {
  const [first, second, third] = groupings;
  if (first === null && second === null && third === null) return null;
  return JSON.stringify(groupings);
}

export function readGroupings(text: string | null): Groupings {
  return text === null ? noGroupings : JSON.parse(text);
}

const noGroupings: Groupings = [null, null, null];

import type { StatusReport } from '../core/report.ts';
import type { MessageEvent } from './contract.ts';

/** A report as history knows it, told or not. */
export interface ReportRecord {
  readonly report: Pick<StatusReport, 'status' | 'error' | 'createdAt'>;
  readonly step: number;
  /** How it ended; `httpStatus` 0 when it was given up. */
  readonly told: { readonly at: number; readonly httpStatus: number } | null;
}

/** All that happened to a message, in the order in which it happened. */
export function listEvents(
  events: readonly MessageEvent[],
  reports: readonly ReportRecord[],
): MessageEvent[] {
  const all = [...events];
  for (const { report, step, told } of reports) {
    const { status, error, createdAt } = report;
    const common = { step, part: 0, state: String(status), error };
    all.push({ ...common, at: createdAt, kind: 'report', detail: '' });
    if (told !== null) {
      all.push({ ...common, at: told.at, kind: 'told', detail: String(told.httpStatus) });
    }
  }
  return all.toSorted(byTime);
}

/** How things of one millisecond follow each other: as they do in a life. */
const kindOrder = ['submitted', 'receipt', 'report', 'told'];
const stateOrder = [
  'unknown',
  'later',
  'refused',
  'accepted',
  'enroute',
  'expired',
  'failed',
  'rejected',
  'delivered',
  'read',
];

function byTime(left: MessageEvent, right: MessageEvent): number {
  return (
    left.at - right.at ||
    kindOrder.indexOf(left.kind) - kindOrder.indexOf(right.kind) ||
    left.step - right.step ||
    left.part - right.part ||
    stateOrder.indexOf(left.state) - stateOrder.indexOf(right.state) ||
    left.state.localeCompare(right.state) ||
    left.detail.localeCompare(right.detail)
  );
}

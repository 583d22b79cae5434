import type { GoalResult } from './goals.ts';
import { medianOf } from './goals.ts';
import type { RoundResult } from './round.ts';

/** One line for a round, printed as soon as it is over. */
export function formatRound(round: RoundResult): string {
  const rate = (value: number | null) => (value === null ? '-' : Math.round(value).toString());
  const cells = [
    round.scenario.padEnd(10),
    round.gateway.padEnd(7),
    rate(round.accepted).padStart(8),
    rate(round.submitted).padStart(9),
    rate(round.reported).padStart(8),
    round.p50Ms.toFixed(1).padStart(8),
    round.p99Ms.toFixed(1).padStart(8),
    round.cpu.toFixed(3).padStart(8),
    round.rigCpu.toFixed(3).padStart(7),
    round.peakMb.toFixed(0).padStart(7),
  ];
  const faults = round.faults.map((fault) => `\n    ! ${fault}`);
  const slices = round.slices.map(
    (slice, at) =>
      `\n    slice ${String(at + 1).padStart(2)}: ${rate(slice.perSecond)}/s, ` +
      `CPU ${slice.cpu.toFixed(3)}, ${slice.residentMb.toFixed(0)} MB resident`,
  );
  return [cells.join(' '), ...faults, ...slices].join('');
}

export const roundHeader =
  'scenario   gateway accept/s submit/s  report/s  p50 ms   p99 ms      CPU rig CPU    MB';

export const legend = `accept/s, submit/s, report/s: messages a second from the first request to the last answer, submit_sm
and report (receipt delay taken off). CPU: CPU-seconds per 1,000 messages of the gateway; rig CPU: of operator,
webhook endpoint and customer together. MB: highest resident memory; Kannel's two processes are added.`;

/** The medians of all rounds, one line for each scenario and gateway. */
export function formatMedians(rounds: readonly RoundResult[]): string {
  const groups = Map.groupBy(rounds, (round) => `${round.scenario} ${round.gateway}`);
  const lines = Array.from(groups.values(), (group) => {
    const [first] = group;
    if (first === undefined) return '';
    const median = (figure: (round: RoundResult) => number) => medianOf(group.map(figure)) ?? 0;
    return formatRound({
      ...first,
      accepted: median((round) => round.accepted),
      submitted: median((round) => round.submitted),
      reported: first.reported === null ? null : median((round) => round.reported ?? 0),
      p50Ms: median((round) => round.p50Ms),
      p99Ms: median((round) => round.p99Ms),
      cpu: median((round) => round.cpu),
      rigCpu: median((round) => round.rigCpu),
      peakMb: median((round) => round.peakMb),
      faults: [],
      slices: [],
    });
  });
  return [roundHeader, ...lines].join('\n');
}

/** The goals that were measured as a table, with what was reached; empty when there are none. */
export function formatGoals(results: readonly GoalResult[]): string {
  const measured = results.filter((row) => row.verdict !== 'not measured');
  if (measured.length === 0) return '';
  const rows = [
    ['against Kannel where a ratio', 'must', 'goal', 'measured', ''],
    ...measured.map((row) => [row.what, row.must, row.goal, row.measured, row.verdict]),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 || column === 4
            ? cell.padEnd(widths[column] ?? 0)
            : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

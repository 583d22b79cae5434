import { unrecordedPartsMax } from '../../src/dispatch/dispatcher.ts';
import { type Rule, rules, type Violation } from './rules.ts';
import { type Crash, duplicatesMax, type StormOptions, type StormResult } from './storm.ts';
import { openWindows } from './storm-gateway.ts';

/** So many broken rules are printed one by one; the folder that was kept has all. */
const violationsShownMax = 20;

/** What was counted, and every rule that was broken, for people. */
export function describeStorm(
  options: Pick<StormOptions, 'kind' | 'cycles' | 'seed'> & { verbose: boolean },
  result: StormResult,
): string {
  const { counts, crashes, violations, keptIn } = result;
  const rows: [string, string][] = [
    ['storm', `${options.kind}, ${options.cycles} cycles, seed ${options.seed}`],
    ['time', `${result.seconds.toFixed(1)} s`],
    ...countDeaths(crashes),
    ['acknowledged messages', `${counts.acknowledged}`],
    ['  over XML, GET, SMPP', `${counts.overXml}, ${counts.overGet}, ${counts.overSmpp}`],
    ['taken without an answer', `${counts.unacknowledged}`],
    ['submits', `${counts.submits}`],
    ['responses lost by the operator', `${counts.responsesLost}`],
    ['sent again after these', `${counts.resent}`],
    ['receipts sent', `${counts.receiptsSent}`],
    ['receipts answered', `${counts.receiptsAnswered}`],
    ['reports called', `${counts.calls}`],
    ['  receipts over SMPP', `${counts.smppReceipts}`],
    ['reports refused by the endpoint', `${counts.callsRefused}`],
    ['told delivered', `${counts.delivered}`],
    ['told failed', `${counts.failed}`],
    ['told rejected', `${counts.rejected}`],
    ['parts repeated, each crash', describeEach(crashes.map((crash) => crash.duplicates))],
    [
      '  allowed',
      `${duplicatesMax}: open windows ${openWindows}, results not on disk ${unrecordedPartsMax}`,
    ],
    ['reports repeated, each crash', describeEach(crashes.map((crash) => crash.repeatedReports))],
    ['rules broken', `${violations.length}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  if (options.verbose) lines.push('', ...crashes.map(describeCrash));
  lines.push(...describeViolations(violations));
  if (keptIn !== null) lines.push('', `Ledgers, log and data: ${keptIn}`);
  return `${lines.join('\n')}\n`;
}

function describeCrash(crash: Crash, at: number): string {
  const { death, duplicates, repeatedReports } = crash;
  return `crash ${at + 1} ${death}: ${duplicates} parts and ${repeatedReports} reports repeated`;
}

function describeViolations(violations: readonly Violation[]): string[] {
  const names = Object.keys(rules) as Rule[];
  return names.flatMap((rule) => {
    const broken = violations.filter((one) => one.rule === rule);
    if (broken.length === 0) return [];
    const shown = broken.slice(0, violationsShownMax).map(({ index, sentence }) => {
      return index < 0 ? `  ${sentence}` : `  message ${index}: ${sentence}`;
    });
    const rest = broken.length - shown.length;
    const more = rest > 0 ? [`  and ${rest} more`] : [];
    return ['', `${rule}, ${broken.length} times: ${rules[rule]}.`, ...shown, ...more];
  });
}

function countDeaths(crashes: readonly Crash[]): [string, string][] {
  const names = [...new Set(crashes.map(({ death }) => death))].toSorted((left, right) =>
    left.localeCompare(right),
  );
  return names.map((name) => {
    const count = crashes.filter(({ death }) => death === name).length;
    return [`died ${name}`, `${count}`];
  });
}

function describeEach(counts: readonly number[]): string {
  const sum = counts.reduce((total, count) => total + count, 0);
  const mean = counts.length === 0 ? 0 : sum / counts.length;
  return `${Math.max(0, ...counts)} at most, ${mean.toFixed(1)} on average`;
}

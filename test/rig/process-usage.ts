import { readFileSync } from 'node:fs';

/** What processes have used so far, together. */
export interface ProcessUsage {
  /** User and system time, of the processes and of their children that have ended. */
  readonly cpuSeconds: number;
  readonly residentMb: number;
  /** The sum of each one's highest resident size. */
  readonly peakMb: number;
}

/** Reads /proc (Linux). Throws when one of the processes is gone. */
export function readUsage(pids: readonly number[]): ProcessUsage {
  const total = { cpuSeconds: 0, residentMb: 0, peakMb: 0 };
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold spaces; utime is the 12th field behind it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    total.cpuSeconds += ticks / TICKS_PER_SECOND;
    total.residentMb += kilobytes(status, 'VmRSS') / 1024;
    total.peakMb += kilobytes(status, 'VmHWM') / 1024;
  }
  return total;
}

/** USER_HZ, which is 100 on every Linux a Node runs on. */
const TICKS_PER_SECOND = 100;

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

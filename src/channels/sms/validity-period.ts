import type { SmsSettings } from './settings.ts';

const secondMs = 1_000;
const daysMax = 99;

export type ValidityRules = Pick<SmsSettings, 'validity' | 'validityMinMs' | 'validityMaxMs'>;

/**
 * Writes validity_period (SMPP 3.4 §7.1.1) for the time that is left of a message's validity at the
 * moment of submission. The last result is kept, because neighbours mostly share it.
 */
export function createValidityPeriods(
  rules: ValidityRules,
): (expiresAt: number, now: number) => string {
  const { validity, validityMinMs, validityMaxMs } = rules;
  if (validity === 'none') return () => '';
  let lastKey = -1;
  let last = '';
  return (expiresAt, now) => {
    const left = Math.min(Math.max(expiresAt - now, validityMinMs), validityMaxMs);
    const key = Math.floor((validity === 'relative' ? left : now + left) / secondMs);
    if (key !== lastKey) {
      lastKey = key;
      last = validity === 'relative' ? writeRelative(key) : writeAbsolute(key);
    }
    return last;
  };
}

/** "000001000000000R" is a day; months and years are of no fixed length and stay 00. */
function writeRelative(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  if (days > daysMax) return writeRelative(daysMax * 86_400);
  const hours = Math.floor(seconds / 3_600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  return `0000${pad(days)}${pad(hours)}${pad(minutes)}${pad(seconds % 60)}000R`;
}

/** "261122150405000+" is 2026-11-22 15:04:05 UTC. */
function writeAbsolute(epochSeconds: number): string {
  const digits = new Date(epochSeconds * secondMs).toISOString().replaceAll(/\D/g, '');
  return `${digits.slice(2, 14)}000+`;
}

function pad(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

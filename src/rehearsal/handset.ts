import type { Channel } from '../core/channel-names.ts';
import { type Carrier, carrierOf } from './carriers.ts';

/** Channels that need an app on the phone; SMS does not. */
export type App = Exclude<Channel, 'SMS'>;

/** How a virtual phone and its subscription are. Any combination is allowed, as in life. */
export interface HandsetSettings {
  readonly operator: Carrier;
  /** Off: absent until it is switched on. */
  readonly on: boolean;
  /** Epoch milliseconds: absent before this time, by lack of coverage; null when covered. */
  readonly outOfCoverageUntil: number | null;
  /** No memory for another message until room is made. */
  readonly simFull: boolean;
  /** The user wants no business messages: the do-not-call register, or a block in an app. */
  readonly optedOut: boolean;
  /** The operator lets no messages through to this subscription. */
  readonly barred: boolean;
  /** No subscriber has this number. */
  readonly unknown: boolean;
  /** Messages arrive this much later than they would. */
  readonly slowMs: number;
  /** The operator refuses messages that contain this, in any case; null lets all pass. */
  readonly contentFilter: string | null;
  readonly apps: Readonly<Record<App, boolean>>;
  /** The user reads what comes into an app so long after; null: never by itself. */
  readonly readsAfterMs: number | null;
  /** What the user answers in an app when a message is read; null: nothing. */
  readonly answer: string | null;
}

/** What to change of a handset; what is absent stays. */
export interface HandsetPatch {
  operator?: Carrier;
  on?: boolean;
  /** Out of coverage from now on for so long; 0 brings it back. */
  outOfCoverageMs?: number;
  simFull?: boolean;
  optedOut?: boolean;
  barred?: boolean;
  unknown?: boolean;
  slowMs?: number;
  contentFilter?: string | null;
  apps?: Partial<Record<App, boolean>>;
  readsAfterMs?: number | null;
  answer?: string | null;
}

/** Why an SMS cannot reach a handset now; the last two may pass. */
export type Obstacle =
  | 'unknown'
  | 'barred'
  | 'opted-out'
  | 'content-filter'
  | 'absent'
  | 'memory-full';

/** How soon a user reads who was told nothing else. */
export const readsAfterMsDefault = 2_000;

/** The settings a new handset begins with: on, covered, every app installed. */
export function createHandsetSettings(number: string): HandsetSettings {
  return {
    operator: carrierOf(number),
    on: true,
    outOfCoverageUntil: null,
    simFull: false,
    optedOut: false,
    barred: false,
    unknown: false,
    slowMs: 0,
    contentFilter: null,
    apps: { WhatsApp: true, RCS: true, Viber: true, Push: true },
    readsAfterMs: readsAfterMsDefault,
    answer: null,
  };
}

/** The settings after a change made at `now`. */
export function changeSettings(
  settings: HandsetSettings,
  patch: HandsetPatch,
  now: number,
): HandsetSettings {
  const { outOfCoverageMs, apps, ...rest } = patch;
  return {
    ...settings,
    ...rest,
    ...(apps === undefined ? {} : { apps: { ...settings.apps, ...apps } }),
    ...(outOfCoverageMs === undefined
      ? {}
      : { outOfCoverageUntil: outOfCoverageMs > 0 ? now + outOfCoverageMs : null }),
  };
}

/** What keeps an SMS with this text from the handset at `now`; null when nothing does. */
export function findObstacle(
  settings: HandsetSettings,
  text: string,
  now: number,
): Obstacle | null {
  if (settings.unknown) return 'unknown';
  if (settings.barred) return 'barred';
  if (settings.optedOut) return 'opted-out';
  if (settings.contentFilter !== null && containsFolded(text, settings.contentFilter)) {
    return 'content-filter';
  }
  if (!settings.on || (settings.outOfCoverageUntil ?? 0) > now) return 'absent';
  return settings.simFull ? 'memory-full' : null;
}

/**
 * The digits of a number in any of the usual forms (contract §3.3): `0031...`, `+31...`, `31...`, with
 * spaces, hyphens, dots or brackets in it. Null when it is not a number.
 */
export function readNumber(text: string): string | null {
  const digits = text.replaceAll(/[\s().-]/g, '').replace(/^(\+|00)/, '');
  return /^\d{3,20}$/.test(digits) ? digits : null;
}

function containsFolded(text: string, word: string): boolean {
  return text.toLowerCase().includes(word.toLowerCase());
}

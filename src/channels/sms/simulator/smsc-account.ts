import type { Switches } from './switches.ts';

/** An account of the SMSC that has bound, or was sent something. */
export interface SmscAccount {
  readonly systemId: string;
  /** How it is treated; another object after every change of settings. */
  switches: Switches;
}

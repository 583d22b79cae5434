import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { ChannelActor } from './handset-actions.ts';
import type { Handsets } from './handsets.ts';

/** What the simulators of one thread share. */
export interface Neighbourhood {
  readonly clock: Clock;
  readonly random: Random;
  readonly handsets: Handsets;
}

/**
 * A simulator of another channel, in the same thread as the first one because both reach the same phones. A module that
 * is one exports `join`, of this type.
 */
export type Join = (neighbourhood: Neighbourhood, settings: unknown) => Promise<Neighbour>;

export interface Neighbour {
  readonly port: number;
  readonly actor: ChannelActor;
  /** Changes settings while it runs. */
  set(change: unknown): Promise<void>;
  close(): Promise<void>;
}

import type { Content } from '../core/message.ts';
import type { Connection, ConnectionPorts } from './contract.ts';

/**
 * How a channel makes connections of what the configuration says about them. Each channel has one such function, given
 * its world; `app.ts` knows a channel by nothing else.
 */
export type ConfigureConnection = (
  name: string,
  settings: unknown,
) => ConfiguredConnection | { readonly faults: readonly string[] };

/** A connection whose settings are right. */
export interface ConfiguredConnection {
  /** It never sends again what may have been sent, so each intent is written first (DESIGN §4.4). */
  readonly neverResends: boolean;
  connect(ports: ConnectionPorts): Connection;
  /** How many PDUs or calls the body text takes here; null: as many as anywhere. */
  countParts(content: Content): number | null;
  /** Whether a sender can be written as an address here. */
  takesSender(from: string): boolean;
  /** What is wrong with content, as a sentence for the customer; null when it can be sent here. */
  validate(content: Content): string | null;
}

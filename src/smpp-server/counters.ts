import { nameCommandStatus } from '../smpp/command-status.ts';
import type { PassedRequest } from '../smpp/session-handler.ts';

/** What the SMPP server has counted since its start. */
export class ServerCounters {
  connectionsRefused = 0;
  bindsRefused = 0;
  binds = 0;
  /** PDUs that could not be read, or not in their state, or beyond the window; of sessions that ended. */
  faults = 0;
  violations = 0;
  overflows = 0;
  readonly #requests = new Map<string, number>();
  readonly #refusals = new Map<number, number>();

  count(command: PassedRequest['command']): void {
    this.#requests.set(command, (this.#requests.get(command) ?? 0) + 1);
  }

  refuse(command_status: number): void {
    this.#refusals.set(command_status, (this.#refusals.get(command_status) ?? 0) + 1);
  }

  requests(): readonly { command: string; count: number }[] {
    return Array.from(this.#requests, ([command, count]) => ({ command, count }));
  }

  refusals(): readonly { status: string; count: number }[] {
    return Array.from(this.#refusals, ([status, count]) => ({
      status: nameCommandStatus(status),
      count,
    }));
  }
}

import { existsSync, readFileSync } from 'node:fs';
import type { RequestTemplate } from '../../test/rig/request-template.ts';

/** What is measured: a running gateway and how to speak to it. */
export interface Gateway {
  /** Its processes, whose use of the machine is added up. */
  readonly pids: readonly number[];
  readonly httpPort: number;
  template(perRequest: number): RequestTemplate;
  /** The last lines of its log, for the report of a round that went wrong. */
  readLog(): string;
  stop(): Promise<void>;
}

/** What a gateway needs to know to be started for a round. */
export interface GatewayPlan {
  /** An empty directory for its configuration and data. */
  readonly dir: string;
  readonly smscPort: number;
  /** 0 where reports go another way. */
  readonly callbackPort: number;
  /** Unanswered submits on one bind. */
  readonly window: number;
  readonly binds: number;
  /** Ask the operator for receipts and report them to the customer. */
  readonly receipts: boolean;
  /** Where a processor profile goes; null takes none. */
  readonly profileDir: string | null;
}

export type GatewayName = 'kannel' | 'chappe' | 'stub';

export type StartGateway = (plan: GatewayPlan) => Promise<Gateway>;

/** The last lines of a file; empty when there is none. */
export function readTail(path: string): string {
  if (!existsSync(path)) return '';
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}

const TAIL_LINES = 5;

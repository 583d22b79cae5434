import type { GatewayName } from './gateway.ts';

/** A load and an operator to put a gateway between. */
export interface Scenario {
  readonly name: ScenarioName;
  readonly about: string;
  readonly gateways: readonly GatewayName[];
  readonly perRequest: number;
  /** Messages of a round, as a multiple of `--messages`; or fixed. */
  readonly messages: (asked: number) => number;
  /** Messages per second of an open loop; null sends as fast as answers come. */
  readonly ratePerSecond: number | null;
  readonly receipts: boolean;
  /** Times between submit_sm and response; more than one is measured one after the other. */
  readonly latencyMs: number;
  readonly window: number | null;
  readonly binds: number;
  /** Messages that may be accepted and not yet reported; null sets no limit. */
  readonly underWayMax: number | null;
  /** Parts of the round whose cost is measured separately. */
  readonly slices: number;
  readonly roundsMax: number;
}

export const scenarioNames = [
  'plain',
  'singles',
  'batch100',
  'rate2000',
  'latency0',
  'latency100',
  'long',
] as const;

export type ScenarioName = (typeof scenarioNames)[number];

const singles: Scenario = {
  name: 'singles',
  about: 'one message per request, with receipts and reports',
  gateways: ['kannel', 'chappe', 'stub'],
  perRequest: 1,
  messages: (asked) => asked,
  ratePerSecond: null,
  receipts: true,
  latencyMs: 0,
  window: null,
  binds: 1,
  underWayMax: null,
  slices: 1,
  roundsMax: Number.POSITIVE_INFINITY,
};

/** An operator 100 ms away carries window / 0.1 s on each bind, so that pair has room for 20,000/s. */
const farOperator = { ...singles, gateways: ['chappe'], window: 500, binds: 4 } as const;

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  singles,
  plain: {
    ...singles,
    name: 'plain',
    about: 'one message per request, no receipts and no reports',
    receipts: false,
  },
  batch100: {
    ...singles,
    name: 'batch100',
    about: '100 messages per request (Kannel: 100 recipients), with receipts and reports',
    perRequest: 100,
    messages: (asked) => asked * 2,
  },
  rate2000: {
    ...singles,
    name: 'rate2000',
    about: '2,000 requests a second at fixed times, with receipts and reports',
    ratePerSecond: 2000,
  },
  latency0: {
    ...farOperator,
    name: 'latency0',
    about: 'the twin of latency100: 4 binds with window 500, an operator who answers at once',
  },
  latency100: {
    ...farOperator,
    name: 'latency100',
    about: '4 binds with window 500, an operator who answers after 100 ms',
    latencyMs: 100,
  },
  long: {
    ...singles,
    name: 'long',
    about: '1,000,000 messages, ten per request, in ten slices',
    gateways: ['chappe', 'stub'],
    perRequest: 10,
    messages: () => 1_000_000,
    underWayMax: 20_000,
    slices: 10,
    roundsMax: 1,
  },
};

/** What is measured when nothing is asked for: everything but the long run. */
export const usualScenarios: readonly ScenarioName[] = scenarioNames.filter(
  (name) => name !== 'long',
);

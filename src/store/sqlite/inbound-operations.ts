import type { OptOut } from '../../core/opt-out.ts';
import type {
  InboundArrival,
  InboundBounds,
  InboundConsequences,
  InboundQueue,
  OptOutKey,
  OptOutStore,
  QueuedInbound,
} from '../inbound-contract.ts';
import * as transactions from '../inbound-transactions.ts';
import { defineOperation, viaJson } from './operation.ts';

interface Recorded {
  readonly batch: readonly InboundArrival[];
  readonly bounds: InboundBounds;
  readonly now: number;
}

interface Swept {
  readonly now: number;
  readonly openedBefore: number;
  readonly limits: { readonly groups: number; readonly keys: number };
}

type Told = Parameters<InboundQueue['told']>[0];
type Postponed = Parameters<InboundQueue['postpone']>[0];
type QueueQuery = Parameters<InboundQueue['read']>[0];
type OptOutQuery = Parameters<OptOutStore['list']>[0];

/** What can be asked of the writer thread about incoming messages and opt-outs. */
export const inboundOperations = {
  recordInbound: defineOperation(
    viaJson(
      'T5',
      ({ inbound }, { batch, bounds, now }: Recorded) =>
        transactions.recordInbound(inbound, batch, bounds, now),
      ({ batch }) => 2 * batch.length,
    ),
  ),
  sweepInbound: defineOperation(
    viaJson<Swept, InboundConsequences>(
      'sweepInbound',
      ({ inbound }, { now, openedBefore, limits }) =>
        transactions.sweepInbound(inbound, now, openedBefore, limits),
      () => 1,
    ),
  ),
  inboundQueues: defineOperation(
    viaJson<null, string[]>('inboundQueues', ({ inbound }) => inbound.listQueues()),
  ),
  readInbound: defineOperation(
    viaJson<QueueQuery, QueuedInbound[]>(
      'readInbound',
      ({ inbound }, query) => inbound.readQueue(query),
      ({ limit }) => Math.ceil(limit / 4),
    ),
  ),
  toldInbound: defineOperation(
    viaJson(
      'T6',
      ({ inbound }, batch: Told) => transactions.toldInbound(inbound, batch),
      (batch) => batch.length,
    ),
  ),
  postponeInbound: defineOperation(
    viaJson(
      'postponeInbound',
      ({ inbound }, batch: Postponed) => transactions.postponeInbound(inbound, batch),
      (batch) => batch.length,
    ),
  ),
  listOptOuts: defineOperation(
    viaJson<OptOutQuery, OptOut[]>(
      'listOptOuts',
      ({ inbound }, { account, after, limit }) => inbound.listOptOuts(account, after, limit),
      ({ limit }) => Math.ceil(limit / 4),
    ),
  ),
  putOptOuts: defineOperation(
    viaJson(
      'putOptOuts',
      ({ inbound }, batch: readonly OptOut[]) => transactions.putOptOuts(inbound, batch),
      (batch) => batch.length,
    ),
  ),
  removeOptOuts: defineOperation(
    viaJson(
      'removeOptOuts',
      ({ inbound }, batch: readonly OptOutKey[]) => transactions.removeOptOuts(inbound, batch),
      (batch) => batch.length,
    ),
  ),
};

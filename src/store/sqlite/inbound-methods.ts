import type { InboundStore, OptOutStore } from '../inbound-contract.ts';
import type { Gatherer } from './gatherer.ts';
import { inboundOperations } from './inbound-operations.ts';

/** What the thread on which people read is asked. */
export type InboundReading = Pick<InboundStore, 'answered' | 'lastHeard' | 'find'>;

/** The contract's methods for incoming messages and opt-outs. */
export function createInboundMethods(
  gatherer: Gatherer,
  reading: InboundReading,
): { inbound: InboundStore; optOuts: OptOutStore } {
  const ask = inboundOperations;
  return {
    inbound: {
      queue: {
        queues: () => gatherer.ask(ask.inboundQueues, null),
        read: (query) => gatherer.ask(ask.readInbound, query),
        told: (batch) => gatherer.ask(ask.toldInbound, batch),
        postpone: (batch) => gatherer.ask(ask.postponeInbound, batch),
      },
      record: (batch, bounds, now) => gatherer.ask(ask.recordInbound, { batch, bounds, now }),
      sweep: (now, openedBefore, limits) =>
        gatherer.ask(ask.sweepInbound, { now, openedBefore, limits }),
      ...reading,
    },
    optOuts: {
      list: (query) => gatherer.ask(ask.listOptOuts, query),
      put: (batch) => gatherer.ask(ask.putOptOuts, batch),
      remove: (batch) => gatherer.ask(ask.removeOptOuts, batch),
    },
  };
}

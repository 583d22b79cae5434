import type { ConversionStore } from '../conversion-contract.ts';
import { conversionOperations } from './conversion-operations.ts';
import type { Gatherer } from './gatherer.ts';

/** How conversions are read. */
export type ConversionReading = Pick<ConversionStore, 'find' | 'counts'>;

/** The contract's methods. */
export function createConversionMethods(
  gatherer: Gatherer,
  reading: ConversionReading,
): ConversionStore {
  const { recordConversion: record, pruneConversions } = conversionOperations;
  return {
    ...reading,
    record: (request) => gatherer.ask(record, request),
    prune: (before, limit) => gatherer.ask(pruneConversions, { before, limit }),
  };
}

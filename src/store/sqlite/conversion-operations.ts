import type {
  ConversionRequest,
  ConversionResult,
  ConversionStore,
} from '../conversion-contract.ts';
import { recordConversion } from '../conversions.ts';
import type { Gatherer } from './gatherer.ts';
import { defineOperation, viaJson } from './operation.ts';

/** What conversions ask of the writer thread. */
export const conversionOperations = {
  recordConversion: defineOperation(
    viaJson<ConversionRequest, ConversionResult>(
      'conversion',
      ({ rows, conversions, answers }, request) =>
        recordConversion(rows, conversions, answers, request),
    ),
  ),
  pruneConversions: defineOperation(
    viaJson<{ before: number; limit: number }, number>(
      'pruneConversions',
      ({ conversions }, { before, limit }) => conversions.prune(before, limit),
      ({ limit }) => Math.ceil(limit / 4),
    ),
  ),
};

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

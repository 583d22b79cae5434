import type { ConversionRequest, ConversionResult } from '../conversion-contract.ts';
import { recordConversion } from '../conversions.ts';
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

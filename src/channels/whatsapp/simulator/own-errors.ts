import { type DeliveryError, deliveryErrors, isDeliveryError } from '../../../core/status.ts';

/**
 * WhatsApp has no codes for credit, age and the like, so a number that asks for an error of the specification (DESIGN
 * §8) fails with one of this simulated provider's own: 139000 and the number.
 */
const ownCodeBase = 139_000;

export function ownErrorCode(error: DeliveryError): number {
  return ownCodeBase + error;
}

/** What they mean, as a connection to the simulator is told in its settings. */
export const simulatorErrors: readonly {
  readonly match: number;
  readonly kind: 'F';
  readonly code: number;
}[] = Object.keys(deliveryErrors)
  .map(Number)
  .filter(isDeliveryError)
  .map((error) => ({ match: ownErrorCode(error), kind: 'F', code: error }));

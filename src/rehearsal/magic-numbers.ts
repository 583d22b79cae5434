import { type DeliveryError, isDeliveryError } from '../core/status.ts';

/**
 * The error a number asks for: numbers that end in `000` and an error number of the specification
 * fail with it on every channel (DESIGN §8), so that a test can ask for a failure without any
 * settings: 31612000024 is never reachable. One-digit errors may be written with one digit or two
 * (...0005, ...00005). 0 for every other number.
 */
export function magicErrorOf(number: string): DeliveryError {
  for (const digits of [2, 1]) {
    const ending = number.slice(-3 - digits);
    if (ending.length < 3 + digits || !ending.startsWith('000')) continue;
    const error = Number(ending.slice(3));
    if (error !== 0 && isDeliveryError(error)) return error;
  }
  return 0;
}

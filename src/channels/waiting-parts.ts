import { part, partsOf } from '../core/lifecycle.ts';
import type { ReadyStep } from '../core/ready-step.ts';

/** The indexes of a step's parts that are still to be sent. */
export function listWaitingParts(ready: ReadyStep): number[] {
  const letters = partsOf(ready.live, ready.step);
  const waiting: number[] = [];
  for (let index = 0; index < letters.length; index++) {
    if (letters[index] === part.waiting) waiting.push(index);
  }
  return waiting;
}

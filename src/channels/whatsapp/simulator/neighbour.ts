import type { Join } from '../../../rehearsal/neighbour.ts';
import { GraphSimulator } from './simulator.ts';

/** Starts the simulated Graph API in the thread of another simulator, with the same phones. */
export const join: Join = async (neighbourhood, settings) => {
  const simulator = new GraphSimulator(neighbourhood, settings);
  const port = await simulator.listen();
  return {
    port,
    actor: simulator.actor,
    set: (change) => simulator.set(change),
    close: () => simulator.close(),
  };
};

import type { Content } from '../core/message.ts';
import type { ReadyStep } from '../core/ready-step.ts';
import type { Clock } from '../lib/clock.ts';
import type { Router } from '../routing/route.ts';

export interface OtherConnectionParts {
  readonly router: Router;
  readonly clock: Clock;
  /** How many PDUs a text takes on a connection; null where that does not depend on the connection. */
  countPdus(connection: string, content: Content): number | null;
}

/**
 * Finds another connection for a step that waits, as routing would choose it now. One that cuts the text
 * into other parts is none: what is known of a step is known part by part.
 */
export function createOtherFinder({
  router,
  clock,
  countPdus,
}: OtherConnectionParts): (step: ReadyStep) => string | null {
  return ({ message, step }) => {
    const planned = message.plan[step];
    if (planned === undefined) return null;
    const { channel, connection } = planned;
    const { account, msisdn, from, operator: network, content } = message;
    const now = clock.now();
    const request = { account, channels: [channel], msisdn, from, network, now };
    const to = router.findOther(request, channel, connection);
    if (to === null) return null;
    return countPdus(to, content) === countPdus(connection, content) ? to : null;
  };
}

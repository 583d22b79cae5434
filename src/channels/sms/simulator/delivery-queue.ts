import { Deque } from '../../../lib/deque.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import type { Delivery } from './delivery.ts';
import type { SmscAccount } from './smsc-account.ts';
import type { SmscLink } from './smsc-link.ts';

/** Answers that mean "not now": the delivery is repeated (sms-operators §9.6). */
const temporaryStatuses: ReadonlySet<number> = new Set([
  commandStatus.ESME_RX_T_APPN,
  commandStatus.ESME_RMSGQFUL,
  commandStatus.ESME_RTHROTTLED,
  commandStatus.ESME_RSYSERR,
]);

/** What became of deliveries: created = acknowledged + refused + givenUp + lost + waiting. */
export interface DeliveryCounts {
  created: number;
  acknowledged: number;
  /** Answered with an error that is for ever. */
  refused: number;
  /** Repeated too often. */
  givenUp: number;
  /** Forgotten in a restart. */
  lost: number;
  /** Sent again after a refusal for now, a time-out or the end of a connection. */
  repeated: number;
}

/** Receipts and incoming messages on their way to one account's receivers. */
export interface DeliveryQueue {
  readonly links: readonly SmscLink[];
  /** Not acknowledged yet. */
  readonly waiting: number;
  addLink(link: SmscLink): void;
  /** What the link had not acknowledged goes back to the head of the queue. */
  removeLink(link: SmscLink): void;
  enqueue(delivery: Delivery): void;
  /** Sends what the links have room for. */
  pump(): void;
  handleAnswer(delivery: Delivery, command_status: number): void;
  /** Repeats what was not answered in time. */
  expire(now: number): void;
  forget(): void;
}

export function createDeliveryQueue(
  account: SmscAccount,
  agenda: Agenda,
  counts: DeliveryCounts,
): DeliveryQueue {
  let links: SmscLink[] = [];
  const queue = new Deque<Delivery>();
  /** Counts restarts: what was put off before one does not come back. */
  let generation = 0;
  let waiting = 0;
  let turn = 0;

  function pump(): void {
    for (let delivery = queue.peek(); delivery !== undefined; delivery = queue.peek()) {
      const link = chooseLink(delivery);
      if (link === null) return;
      queue.popFront();
      delivery.attempts++;
      if (delivery.attempts > 1) counts.repeated++;
      link.deliver(delivery);
    }
  }

  /** Receivers with room take turns; a preferred one goes first. */
  function chooseLink(delivery: Delivery): SmscLink | null {
    const { receiptSession, deliverWindow } = account.switches;
    let choice: SmscLink | null = null;
    for (let step = 0; step < links.length; step++) {
      const link = links[(turn + step) % links.length];
      if (link === undefined || !link.isReceiver) continue;
      if (link.outstanding.size >= deliverWindow) continue;
      choice ??= link;
      const isSame = link.id === delivery.linkId;
      if (receiptSession === 'any' || isSame === (receiptSession === 'same')) {
        choice = link;
        break;
      }
    }
    turn++;
    return choice;
  }

  function finish(count: 'acknowledged' | 'refused' | 'givenUp'): void {
    counts[count]++;
    waiting--;
  }

  function repeat(deliveries: readonly Delivery[]): void {
    const again = deliveries.filter((delivery) => {
      if (delivery.attempts < account.switches.deliverAttemptsMax) return true;
      finish('givenUp');
      return false;
    });
    queue.pushFront(again);
    pump();
  }

  return {
    get links() {
      return links;
    },
    get waiting() {
      return waiting;
    },
    addLink(link) {
      links = [...links, link];
      pump();
    },
    removeLink(link) {
      links = links.filter((other) => other !== link);
      repeat(Array.from(link.outstanding.takeAll(), ({ token }) => token));
    },
    enqueue(delivery) {
      counts.created++;
      waiting++;
      queue.pushBack(delivery);
      pump();
    },
    pump,
    handleAnswer(delivery, command_status) {
      if (command_status === commandStatus.ESME_ROK) {
        finish('acknowledged');
        delivery.onTaken?.();
      } else if (!temporaryStatuses.has(command_status)) finish('refused');
      else {
        const before = generation;
        agenda.after(account.switches.deliverRetryMs, () => {
          if (before === generation) repeat([delivery]);
        });
      }
      pump();
    },
    expire(now) {
      const late: Delivery[] = [];
      for (const link of links) {
        for (;;) {
          const expired = link.outstanding.takeExpired(now);
          if (expired === undefined) break;
          late.push(expired.token);
        }
      }
      if (late.length > 0) repeat(late);
    },
    forget() {
      generation++;
      counts.lost += waiting;
      waiting = 0;
      queue.drain();
      for (const link of links) Array.from(link.outstanding.takeAll());
    },
  };
}

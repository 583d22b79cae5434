import type { Clock } from '../../../lib/clock.ts';
import { Deque } from '../../../lib/deque.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import { findObstacle } from '../../../rehearsal/handset.ts';
import type { Handsets } from '../../../rehearsal/handsets.ts';
import { magicErrorOf } from '../../../rehearsal/magic-numbers.ts';
import { messageState } from '../../../smpp/tlvs.ts';
import {
  deletedEnd,
  deliveredEnd,
  type MessageEnd,
  magicFailures,
  obstacleEnds,
} from './causes.ts';
import type { StoredMessage } from './stored-message.ts';

/** Messages that have ended are remembered for queries; the oldest goes. */
export const endedMax = 10_000;

/** What became of accepted submits: submitted = delivered + failed + pending + lost. */
export interface MessageCounts {
  readonly submitted: number;
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  /** Forgotten in a restart. */
  readonly lost: number;
}

/** The SMSC's messages: those on their way to handsets and the latest of those that have ended. */
export interface MessageStore {
  readonly counts: MessageCounts;
  /** Takes a message in; it sets out for its handset `delayMs` later, 0 is at once. */
  add(message: StoredMessage, delayMs: number): void;
  find(id: string): StoredMessage | undefined;
  /** The messages that have not ended. */
  listPending(): Iterable<StoredMessage>;
  /** Ends a message that has not ended; false when it has. */
  cancel(message: StoredMessage): boolean;
  /** Tries what waits for this handset again. */
  wake(number: string): void;
  /** Everything is forgotten, as in a restart without a disk. */
  forget(): void;
}

export interface MessageStorePorts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly handsets: Handsets;
  /** It sets out for its handset. */
  handleSetOut(message: StoredMessage): void;
  /** The handset could not be reached the first time. */
  handleWait(message: StoredMessage): void;
  handleEnd(message: StoredMessage): void;
}

/** What waits for one handset, oldest first, and when it is tried again at the latest. */
interface WaitingRoom {
  messages: StoredMessage[];
  wakeAt: number;
}

export function createMessageStore(ports: MessageStorePorts): MessageStore {
  const { clock, agenda, handsets } = ports;
  const messages = new Map<string, StoredMessage>();
  const ended = new Deque<StoredMessage>();
  const rooms = new Map<string, WaitingRoom>();
  const counts = { submitted: 0, delivered: 0, failed: 0, pending: 0, lost: 0 };

  function add(message: StoredMessage, delayMs: number): void {
    counts.submitted++;
    counts.pending++;
    messages.set(message.id, message);
    const { slowMs } = handsets.use(message.number).settings;
    const wayMs = delayMs + slowMs;
    if (wayMs <= 0) setOut(message);
    else agenda.after(Math.min(wayMs, message.expiresAt - clock.now()), () => setOut(message));
  }

  function setOut(message: StoredMessage): void {
    if (isOver(message)) return;
    ports.handleSetOut(message);
    attempt(message);
  }

  /** Tries to deliver: the message ends, or waits. */
  function attempt(message: StoredMessage): void {
    if (isOver(message)) return;
    const now = clock.now();
    if (now >= message.expiresAt) {
      return end(message, { state: messageState.EXPIRED, cause: message.cause });
    }
    const magic = magicErrorOf(message.number);
    const failure = magic === 0 ? null : magicFailures[magic];
    if (failure !== null && 'state' in failure) return end(message, failure);
    const { settings } = handsets.use(message.number);
    const obstacle = findObstacle(settings, message.content.text, now);
    if (obstacle === null) {
      handsets.receive(message.number, message.content);
      return end(message, deliveredEnd);
    }
    const obstacleEnd = obstacleEnds[obstacle];
    if (obstacleEnd.state !== messageState.EXPIRED) return end(message, obstacleEnd);
    const isFirst = message.cause === 0;
    message.cause = obstacleEnd.cause;
    wait(message, settings.outOfCoverageUntil ?? Number.POSITIVE_INFINITY);
    if (isFirst) ports.handleWait(message);
  }

  function wait(message: StoredMessage, reachableAt: number): void {
    const now = clock.now();
    const next = Math.min(now + message.account.switches.retryMs, message.expiresAt);
    const wakeAt = reachableAt > now ? Math.min(next, reachableAt) : next;
    let room = rooms.get(message.number);
    if (room === undefined) {
      room = { messages: [], wakeAt: Number.POSITIVE_INFINITY };
      rooms.set(message.number, room);
    }
    room.messages.push(message);
    if (wakeAt >= room.wakeAt) return;
    room.wakeAt = wakeAt;
    const waking = room;
    agenda.after(wakeAt - now, () => {
      // A room that was emptied, or is to be opened earlier, has an entry of its own.
      if (rooms.get(message.number) === waking && waking.wakeAt === wakeAt) wake(message.number);
    });
  }

  function wake(number: string): void {
    const room = rooms.get(number);
    if (room === undefined) return;
    rooms.delete(number);
    for (const message of room.messages) attempt(message);
  }

  function end(message: StoredMessage, { state, cause }: MessageEnd): void {
    message.state = state;
    message.cause = cause;
    message.endedAt = clock.now();
    counts.pending--;
    if (state === messageState.DELIVERED) counts.delivered++;
    else counts.failed++;
    ended.pushBack(message);
    if (ended.size > endedMax) {
      const oldest = ended.popFront();
      if (oldest !== undefined) messages.delete(oldest.id);
    }
    ports.handleEnd(message);
  }

  return {
    counts,
    add,
    find: (id) => messages.get(id),
    listPending: () => messages.values().filter((message) => !isOver(message)),
    cancel(message) {
      if (isOver(message)) return false;
      end(message, deletedEnd);
      return true;
    },
    wake,
    forget() {
      counts.lost += counts.pending;
      counts.pending = 0;
      for (const message of messages.values()) message.endedAt ??= clock.now();
      messages.clear();
      ended.drain();
      rooms.clear();
    },
  };
}

function isOver(message: StoredMessage): boolean {
  return message.endedAt !== null;
}

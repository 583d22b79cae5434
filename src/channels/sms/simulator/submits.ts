import type { Clock } from '../../../lib/clock.ts';
import type { Random } from '../../../lib/random.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import { readNumber } from '../../../rehearsal/handset.ts';
import { magicErrorOf } from '../../../rehearsal/magic-numbers.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import { messageState } from '../../../smpp/tlvs.ts';
import { decodeAlphabet } from '../../../text/alphabets.ts';
import { magicFailures } from './causes.ts';
import { createSmscIds } from './message-ids.ts';
import type { MessageStore } from './message-store.ts';
import { createRepeatDetector } from './repeats.ts';
import { readSmppTime } from './smpp-time.ts';
import type { SmscAccount } from './smsc-account.ts';
import type { SmscLink } from './smsc-link.ts';
import type { StoredMessage } from './stored-message.ts';
import type { SubmitRequest } from './submit-request.ts';
import type { Switches } from './switches.ts';
import { readUserData } from './user-data.ts';

/** An alphanumeric address (SMPP 3.4 §5.2.5). */
const alphanumericTon = 5;

/** Characters of an address in data_sm (SMPP 3.4 §4.7.1), which is the longest; receipts repeat it. */
const addressMax = 64;

/** The exponential tail of response times is cut off here. */
const responseTailMax = 20;

/** The time by which a receipt goes ahead of its response, with `receiptTiming` "before-response". */
export const receiptLeadMs = 50;

/** Submits that were not accepted, and those that came twice. */
export interface SubmitCounts {
  refused: number;
  /** Of the refused: ESME_RTHROTTLED and ESME_RMSGQFUL. */
  throttled: number;
  duplicates: number;
}

export interface Submits {
  readonly counts: Readonly<SubmitCounts>;
  /** Accepts or refuses, and answers in its own time, unless the switches say otherwise. */
  handle(link: SmscLink, account: SmscAccount, request: SubmitRequest): void;
}

export interface SubmitPorts {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly random: Random;
  readonly store: MessageStore;
}

export function createSubmits(ports: SubmitPorts): Submits {
  const { clock, agenda, random, store } = ports;
  const nextId = createSmscIds(random);
  const isRepeat = createRepeatDetector();
  const counts: SubmitCounts = { refused: 0, throttled: 0, duplicates: 0 };

  function handle(link: SmscLink, account: SmscAccount, request: SubmitRequest): void {
    const { switches } = account;
    if (happens(switches.nackChance)) {
      counts.refused++;
      const { sequence_number } = request;
      return link.send({ command: 'generic_nack' }, commandStatus.ESME_RSYSERR, sequence_number);
    }
    const refusal = findLoadRefusal(link, switches) ?? findRefusal(request, switches);
    if (refusal !== null) return refuse(link, request, refusal);
    const message = readMessage(link, account, request);
    if (typeof message === 'number') return refuse(link, request, message);
    if (isRepeat(request)) counts.duplicates++;
    const wayMs =
      drawBetween(switches.deliverMinMs, switches.deliverMaxMs) + waitForSchedule(request);
    const isCut = happens(switches.disconnectChance);
    const isSwallowed = isCut || happens(switches.swallowChance);
    if (switches.receiptTiming === 'before-response') {
      store.add(message, 0);
      if (!isSwallowed) answer(link, request, message.id, receiptLeadMs);
    } else {
      // No sooner than the response, and behind it in the agenda: receipts come after responses.
      const answerMs = isSwallowed ? 0 : answer(link, request, message.id, 0);
      store.add(message, Math.max(wayMs, answerMs));
    }
    if (isCut) link.destroy();
  }

  /** What load forbids; ESME_RTHROTTLED and ESME_RMSGQFUL are answered at once. */
  function findLoadRefusal(link: SmscLink, switches: Switches): number | null {
    if (switches.windowMax > 0 && link.unanswered >= switches.windowMax) {
      return commandStatus.ESME_RTHROTTLED;
    }
    if (!link.takeAllowance()) return commandStatus.ESME_RTHROTTLED;
    const { queueFullEveryMs, queueFullForMs } = switches;
    const isBurst = queueFullEveryMs > 0 && clock.monotonic() % queueFullEveryMs < queueFullForMs;
    if (isBurst || store.counts.pending >= switches.storedMax) return commandStatus.ESME_RMSGQFUL;
    return null;
  }

  function findRefusal(request: SubmitRequest, switches: Switches): number | null {
    if (switches.submitStatus !== 0) return switches.submitStatus;
    if (happens(switches.submitErrorChance)) return switches.submitErrorStatus;
    const { source, destination } = request;
    if (source.text.length > addressMax) return commandStatus.ESME_RINVSRCADR;
    const number = readNumber(destination.text);
    if (number === null || destination.text.length > addressMax) {
      return commandStatus.ESME_RINVDSTADR;
    }
    const magic = magicErrorOf(number);
    const failure = magic === 0 ? null : magicFailures[magic];
    if (failure !== null && 'command_status' in failure) return failure.command_status;
    const { validityPeriod, scheduleDeliveryTime } = request;
    if (validityPeriod !== '' && readSmppTime(validityPeriod, 0) === null) {
      return commandStatus.ESME_RINVEXPIRY;
    }
    if (scheduleDeliveryTime !== '' && readSmppTime(scheduleDeliveryTime, 0) === null) {
      return commandStatus.ESME_RINVSCHED;
    }
    return null;
  }

  function readMessage(
    link: SmscLink,
    account: SmscAccount,
    request: SubmitRequest,
  ): StoredMessage | number {
    const { switches } = account;
    const reading = readUserData(request, switches.defaultAlphabet);
    if ('command_status' in reading) return reading.command_status;
    const { source, destination } = request;
    const now = clock.now();
    const from =
      source.ton === alphanumericTon
        ? decodeAlphabet(Buffer.from(source.text, 'latin1'), switches.defaultAlphabet)
        : source.text;
    return {
      id: nextId(switches.idForm),
      account,
      linkId: link.id,
      serviceType: request.serviceType,
      source,
      destination,
      number: readNumber(destination.text) ?? '',
      registeredDelivery: request.registeredDelivery,
      reference: request.tlvs?.user_message_reference ?? null,
      submittedAt: now,
      content: { channel: 'SMS', from, ...reading.content },
      expiresAt: findExpiry(request.validityPeriod, switches, now),
      state: messageState.ENROUTE,
      cause: 0,
      endedAt: null,
    };
  }

  /** Answers in the account's time, `leadMs` later than that; returns how long it takes. */
  function answer(link: SmscLink, request: SubmitRequest, id: string, leadMs: number): number {
    const { command, sequence_number } = request;
    const delayMs = drawResponseMs(link.switches) + leadMs;
    const respond = (): void => {
      link.unanswered--;
      const pdu = { command: `${command}_resp`, message_id: id } as const;
      link.send(pdu, commandStatus.ESME_ROK, sequence_number);
    };
    link.unanswered++;
    const now = clock.monotonic();
    const inOrder = Math.max(now + delayMs, link.lastResponseAt);
    const at = link.switches.responsesOutOfOrder ? now + delayMs : inOrder;
    if (at <= now) {
      respond();
      return 0;
    }
    link.lastResponseAt = at;
    agenda.at(at, respond);
    return at - now;
  }

  function refuse(link: SmscLink, request: SubmitRequest, command_status: number): void {
    counts.refused++;
    const isLoad =
      command_status === commandStatus.ESME_RTHROTTLED ||
      command_status === commandStatus.ESME_RMSGQFUL;
    if (isLoad) counts.throttled++;
    const pdu = { command: `${request.command}_resp`, message_id: '' } as const;
    link.send(pdu, command_status, request.sequence_number);
  }

  function waitForSchedule({ scheduleDeliveryTime }: SubmitRequest): number {
    if (scheduleDeliveryTime === '') return 0;
    const now = clock.now();
    return Math.max(0, (readSmppTime(scheduleDeliveryTime, now) ?? now) - now);
  }

  function happens(chance: number): boolean {
    return chance > 0 && random.fraction() < chance;
  }

  function drawBetween(min: number, max: number): number {
    return max > min ? min + random.fraction() * (max - min) : min;
  }

  function drawResponseMs({ responseMinMs, responseMeanMs }: Switches): number {
    const spread = responseMeanMs - responseMinMs;
    if (spread <= 0) return responseMinMs;
    return responseMinMs + spread * Math.min(-Math.log(1 - random.fraction()), responseTailMax);
  }

  return { counts, handle };
}

/** The end of a message's validity (SMPP 3.4 §5.2.16). */
function findExpiry(
  validityPeriod: string,
  switches: Pick<Switches, 'honoursValidity' | 'validityDefaultMs' | 'validityMaxMs'>,
  now: number,
): number {
  const asked = switches.honoursValidity ? readSmppTime(validityPeriod, now) : null;
  const wanted = asked ?? now + switches.validityDefaultMs;
  return Math.min(wanted, now + switches.validityMaxMs);
}

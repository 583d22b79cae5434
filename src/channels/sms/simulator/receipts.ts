import type { Random } from '../../../lib/random.ts';
import type { Agenda } from '../../../rehearsal/agenda.ts';
import type { Handsets } from '../../../rehearsal/handsets.ts';
import { messageState } from '../../../smpp/tlvs.ts';
import type { MessageState } from './causes.ts';
import type { Delivery } from './delivery.ts';
import { writeReceipt } from './receipt-writer.ts';
import type { SmscAccount } from './smsc-account.ts';
import type { StoredMessage } from './stored-message.ts';

/** registered_delivery (SMPP 3.4 §5.2.17). */
const finalBits = 0x03;
const onlyFailures = 0x02;
const intermediateBit = 0x10;

/** Sends the receipts that a message's life calls for. */
export interface Receipts {
  /** It sets out for its handset. */
  handleSetOut(message: StoredMessage): void;
  /** The handset could not be reached the first time. */
  handleWait(message: StoredMessage): void;
  handleEnd(message: StoredMessage): void;
}

export interface ReceiptPorts {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly handsets: Handsets;
  enqueue(account: SmscAccount, delivery: Delivery): void;
}

export function createReceipts(ports: ReceiptPorts): Receipts {
  const { agenda, random, handsets } = ports;

  function send(message: StoredMessage, state: MessageState, at: number): void {
    const { account } = message;
    const { switches } = account;
    const { mccmnc } = handsets.use(message.number).settings.operator;
    const isFinal = state !== messageState.ENROUTE;
    const cause = isFinal ? message.cause : 0;
    const pdu = writeReceipt(message, { state, cause, at, mccmnc }, switches);
    for (let copy = 0; copy < switches.receiptCopies; copy++) {
      const delivery = { pdu, linkId: message.linkId, attempts: 0 };
      if (switches.receiptShuffleMs === 0) ports.enqueue(account, delivery);
      else {
        const delayMs = random.fraction() * switches.receiptShuffleMs;
        agenda.after(delayMs, () => ports.enqueue(account, delivery));
      }
    }
  }

  return {
    handleSetOut(message) {
      if (message.account.switches.intermediate !== 'always') return;
      send(message, messageState.ENROUTE, message.submittedAt);
    },
    handleWait(message) {
      const { intermediate } = message.account.switches;
      if (intermediate !== 'asked' || (message.registeredDelivery & intermediateBit) === 0) return;
      send(message, messageState.ENROUTE, message.submittedAt);
    },
    handleEnd(message) {
      if (wantsFinal(message)) send(message, message.state, message.endedAt ?? message.submittedAt);
      if (message.account.switches.intermediate !== 'after-final') return;
      send(message, messageState.ENROUTE, message.submittedAt);
    },
  };
}

function wantsFinal({ account, state, registeredDelivery }: StoredMessage): boolean {
  const { receipts } = account.switches;
  if (receipts === 'never') return false;
  if (receipts === 'always') return true;
  if (receipts === 'no-expired' && state === messageState.EXPIRED) return false;
  const asked = registeredDelivery & finalBits;
  return asked === 1 || (asked === onlyFailures && state !== messageState.DELIVERED);
}

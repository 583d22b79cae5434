import type { Account } from '../core/account.ts';
import type { Message } from '../core/message.ts';
import { commandStatus } from '../smpp/command-status.ts';
import type { CancelSm, QuerySm } from '../smpp/pdus.ts';
import type { HistoryStore, MessageHistory } from '../store/contract.ts';
import type { CustomerSession } from './customer-session.ts';
import { isMessageId } from './known-id.ts';
import { combineStates, readState, writeState } from './message-states.ts';

/** Destinations of one submit_multi at most (SMPP 3.4 §4.5.1). */
const messagesPerIdMax = 254;

export interface MessageDeskParts {
  readonly history: HistoryStore;
  /** Takes messages back that have not gone out yet; which of them it was in time for. */
  cancel(messages: readonly Message[]): Promise<readonly boolean[]>;
  onFailure(error: unknown): void;
}

/** Answers query_sm and cancel_sm: an account finds its own messages and no others. */
export class MessageDesk {
  readonly #parts: MessageDeskParts;

  constructor(parts: MessageDeskParts) {
    this.#parts = parts;
  }

  /** Never rejects: what fails is answered. */
  async query(session: CustomerSession, account: Account, pdu: QuerySm): Promise<void> {
    try {
      const found = await this.#find(account, pdu);
      const state = combineStates(found.map(readState));
      if (state === null) session.refuse(pdu, commandStatus.ESME_RQUERYFAIL);
      else session.answerQuery(pdu, writeState(pdu.message_id, state));
    } catch (error) {
      this.#parts.onFailure(error);
      session.refuse(pdu, commandStatus.ESME_RSYSERR);
    }
  }

  /** Never rejects. Several messages at once go by the id of their submit_multi only. */
  async cancel(session: CustomerSession, account: Account, pdu: CancelSm): Promise<void> {
    const { destination_addr } = pdu;
    try {
      const found = await this.#find(account, pdu);
      const messages = found
        .map(({ message }) => message)
        .filter(({ to }) => destination_addr === '' || to === destination_addr);
      const cancelled = messages.length === 0 ? [] : await this.#parts.cancel(messages);
      if (cancelled.includes(true)) session.answerCancel(pdu);
      else session.refuse(pdu, commandStatus.ESME_RCANCELFAIL);
    } catch (error) {
      this.#parts.onFailure(error);
      session.refuse(pdu, commandStatus.ESME_RSYSERR);
    }
  }

  async #find(account: Account, pdu: QuerySm | CancelSm): Promise<MessageHistory[]> {
    const { message_id, source_addr } = pdu;
    if (!isMessageId(message_id)) return [];
    const { history } = this.#parts;
    const one = await history.message(message_id);
    const found =
      one === null
        ? await history.find({
            account: account.id,
            reference: message_id,
            limit: messagesPerIdMax,
          })
        : [one];
    return found.filter(
      ({ message }) =>
        message.account === account.id && (source_addr === '' || message.from === source_addr),
    );
  }
}

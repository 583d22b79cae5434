import type { Clock } from '../../../lib/clock.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import type { CancelSm, QuerySm, ReplaceSm } from '../../../smpp/pdus.ts';
import type { MessageStore } from './message-store.ts';
import { readSmppTime, writeSmppTime } from './smpp-time.ts';
import type { SmscAccount } from './smsc-account.ts';
import type { SmscLink } from './smsc-link.ts';
import type { StoredMessage } from './stored-message.ts';
import { readUserData } from './user-data.ts';

/** error_code of query_sm_resp has one octet. */
const errorCodeMax = 0xff;

/** Answers the requests about messages that were submitted before (SMPP 3.4 §4.8, §4.9, §4.10). */
export interface Queries {
  query(link: SmscLink, account: SmscAccount, pdu: QuerySm): void;
  cancel(link: SmscLink, account: SmscAccount, pdu: CancelSm): void;
  replace(link: SmscLink, account: SmscAccount, pdu: ReplaceSm): void;
}

export function createQueries(store: MessageStore, clock: Clock): Queries {
  /** The message, if it is this account's and from this sender. */
  function find(
    account: SmscAccount,
    pdu: Pick<QuerySm, 'message_id' | 'source_addr'>,
  ): StoredMessage | null {
    const message = store.find(pdu.message_id);
    const isOwn = message?.account === account && message.source.text === pdu.source_addr;
    return message !== undefined && isOwn ? message : null;
  }

  /** All pending messages with these addresses, for a cancel_sm without an id (§4.9.1). */
  function cancelAll(account: SmscAccount, pdu: CancelSm): number {
    const matching = Array.from(store.listPending()).filter(
      (message) =>
        message.account === account &&
        message.source.text === pdu.source_addr &&
        message.destination.text === pdu.destination_addr &&
        (pdu.service_type === '' || message.serviceType === pdu.service_type),
    );
    return matching.filter((message) => store.cancel(message)).length;
  }

  function change(message: StoredMessage, pdu: ReplaceSm): number {
    const now = clock.now();
    const { validity_period, short_message } = pdu;
    const expiresAt = readSmppTime(validity_period, now);
    if (validity_period !== '' && expiresAt === null) return commandStatus.ESME_RINVEXPIRY;
    const alphabet = message.account.switches.defaultAlphabet;
    // replace_sm has no data_coding: the text is in the default alphabet (§4.10.1).
    const reading = readUserData({ esm_class: 0, data_coding: 0, short_message }, alphabet);
    if ('command_status' in reading) return reading.command_status;
    message.content = { ...message.content, ...reading.content };
    message.expiresAt = expiresAt ?? message.expiresAt;
    return commandStatus.ESME_ROK;
  }

  return {
    query(link, account, pdu) {
      const message = find(account, pdu);
      const response = {
        command: 'query_sm_resp',
        message_id: message?.id ?? '',
        final_date: '',
        message_state: 0,
        error_code: 0,
      } as const;
      if (message === null) {
        return link.send(response, commandStatus.ESME_RQUERYFAIL, pdu.sequence_number);
      }
      const { state: message_state, endedAt, cause } = message;
      const final_date = endedAt === null ? '' : writeSmppTime(endedAt);
      const error_code = Math.min(cause, errorCodeMax);
      const found = { ...response, final_date, message_state, error_code };
      link.send(found, commandStatus.ESME_ROK, pdu.sequence_number);
    },
    cancel(link, account, pdu) {
      const message = pdu.message_id === '' ? null : find(account, pdu);
      const isDone =
        pdu.message_id === ''
          ? cancelAll(account, pdu) > 0
          : message !== null && store.cancel(message);
      const status = isDone ? commandStatus.ESME_ROK : commandStatus.ESME_RCANCELFAIL;
      link.send({ command: 'cancel_sm_resp' }, status, pdu.sequence_number);
    },
    replace(link, account, pdu) {
      const message = find(account, pdu);
      const isPending = message !== null && message.endedAt === null;
      const status = isPending ? change(message, pdu) : commandStatus.ESME_RREPLACEFAIL;
      link.send({ command: 'replace_sm_resp' }, status, pdu.sequence_number);
    },
  };
}

import { commandStatus, nameCommandStatus } from '../../smpp/command-status.ts';
import type { CloseReason } from '../../smpp/session-handler.ts';
import type { FailureKind } from './reconnect.ts';

/** Why a bind did not come up, for people and for the wait before the next attempt. */
export interface BindFailure {
  readonly kind: FailureKind;
  /** Continues the sentence "host:port ...". */
  readonly text: string;
  /** Whether more attempts with the same password may get the account locked. */
  readonly isPassword: boolean;
}

const refusals: ReadonlyMap<number, Omit<BindFailure, 'isPassword'>> = new Map([
  [commandStatus.ESME_RINVPASWD, { kind: 'credentials', text: 'refused the password' }],
  [commandStatus.ESME_RINVSYSID, { kind: 'credentials', text: 'does not know the system id' }],
  [commandStatus.ESME_RINVSYSTYP, { kind: 'credentials', text: 'refused the system type' }],
  [commandStatus.ESME_RBINDFAIL, { kind: 'credentials', text: 'refused the bind' }],
  [
    commandStatus.ESME_RALYBND,
    { kind: 'already-bound', text: 'says that this bind exists already' },
  ],
]);

/** What a negative answer to a bind means. */
export function readBindRefusal(command_status: number): BindFailure {
  const known = refusals.get(command_status) ?? { kind: 'network', text: 'refused the bind' };
  const isPassword =
    command_status === commandStatus.ESME_RINVPASWD ||
    command_status === commandStatus.ESME_RINVSYSID;
  return { ...known, isPassword, text: `${known.text} (${nameCommandStatus(command_status)})` };
}

/** Why a session ended, continuing the sentence "host:port ...". */
export const closeTexts: Readonly<Record<CloseReason, string>> = {
  unbound: 'was unbound from by us',
  unbound_by_peer: 'ended the bind',
  unbind_timed_out: 'did not answer our unbind',
  bind_timed_out: 'did not answer the bind',
  enquire_link_timed_out: 'did not answer enquire_link',
  incomplete_pdu: 'stopped in the middle of a PDU',
  framing_lost: 'sent something that is not SMPP',
  too_many_faults: 'sent too many PDUs that could not be read',
  generic_nack: 'could not read what we sent',
  connection_lost: 'closed the connection',
  slow_reader: 'does not read what we send',
  refused: 'refused the bind',
  shutdown: 'was left by us',
};

/** After these the connection is of no use, and saying goodbye would only wait. */
export const brokenReasons: ReadonlySet<CloseReason> = new Set<CloseReason>([
  'unbind_timed_out',
  'bind_timed_out',
  'enquire_link_timed_out',
  'incomplete_pdu',
  'connection_lost',
  'slow_reader',
]);

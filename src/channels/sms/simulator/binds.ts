import { commandStatus } from '../../../smpp/command-status.ts';
import type {
  BindReceiver,
  BindTransceiver,
  BindTransmitter,
  RequestPdu,
} from '../../../smpp/pdus.ts';
import type { SmscLink } from './smsc-link.ts';
import type { Switches } from './switches.ts';

export type BindPdu = BindTransmitter | BindReceiver | BindTransceiver;

/** The mode each bind asks for. */
export const bindModes = {
  bind_transmitter: 'tx',
  bind_receiver: 'rx',
  bind_transceiver: 'trx',
} as const satisfies Record<BindPdu['command'], string>;

export function isBind(pdu: RequestPdu): pdu is BindPdu {
  const { command } = pdu;
  return (
    command === 'bind_transceiver' || command === 'bind_transmitter' || command === 'bind_receiver'
  );
}

/**
 * Decides a bind: ESME_ROK or why not. `switches` are those of the account, null when there is no
 * such account; `sessions` counts those the account has already.
 */
export function decideBind(
  link: SmscLink,
  pdu: BindPdu,
  switches: Switches | null,
  sessions: number,
): number {
  if (link.mode !== null) return commandStatus.ESME_RALYBND;
  if (switches === null) return commandStatus.ESME_RINVSYSID;
  if (switches.bindStatus !== 0) return switches.bindStatus;
  const { password, peers, modes, sessionsMax } = switches;
  if (password !== '' && pdu.password !== password) return commandStatus.ESME_RINVPASWD;
  const isKnownPeer = peers.length === 0 || peers.some((start) => link.peer.startsWith(start));
  if (!isKnownPeer || !modes.includes(bindModes[pdu.command])) return commandStatus.ESME_RBINDFAIL;
  return sessions >= sessionsMax ? commandStatus.ESME_RALYBND : commandStatus.ESME_ROK;
}

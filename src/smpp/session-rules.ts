import type { AnsweredCommand } from './command-id.ts';
import type { RequestPdu } from './pdus.ts';

export type Role = 'esme' | 'smsc';

/** SMPP 3.4 §2.2; `unbound` is between the peer's unbind and our answer to it. */
export type SessionState = 'open' | 'bound_tx' | 'bound_rx' | 'bound_trx' | 'unbound' | 'closed';

interface Rule {
  issuers: readonly Role[];
  states: readonly SessionState[];
}

const esme: readonly Role[] = ['esme'];
const smsc: readonly Role[] = ['smsc'];
const both: readonly Role[] = ['esme', 'smsc'];
const open: readonly SessionState[] = ['open'];
const bound: readonly SessionState[] = ['bound_tx', 'bound_rx', 'bound_trx'];
const transmitting: readonly SessionState[] = ['bound_tx', 'bound_trx'];
const receiving: readonly SessionState[] = ['bound_rx', 'bound_trx'];

/**
 * Who may issue which request in which state (SMPP 3.4 §2.3, table 2-1). Two rows are wider than
 * the table, as SMPP 5.0 §2.4 has them: replace_sm also on a transceiver, and enquire_link in
 * every state, because load balancers ask before they bind.
 */
const rules: Record<RequestPdu['command'], Rule> = {
  bind_transmitter: { issuers: esme, states: open },
  bind_receiver: { issuers: esme, states: open },
  bind_transceiver: { issuers: esme, states: open },
  outbind: { issuers: smsc, states: open },
  unbind: { issuers: both, states: bound },
  submit_sm: { issuers: esme, states: transmitting },
  submit_multi: { issuers: esme, states: transmitting },
  data_sm: { issuers: both, states: bound },
  deliver_sm: { issuers: smsc, states: receiving },
  query_sm: { issuers: esme, states: transmitting },
  cancel_sm: { issuers: esme, states: transmitting },
  replace_sm: { issuers: esme, states: transmitting },
  enquire_link: { issuers: both, states: [...open, ...bound, 'unbound'] },
  alert_notification: { issuers: smsc, states: receiving },
};

/** Whether the side `issuer` may send this request now. */
export function mayIssue(
  command: RequestPdu['command'],
  issuer: Role,
  state: SessionState,
): boolean {
  const rule = rules[command];
  return rule.states.includes(state) && rule.issuers.includes(issuer);
}

export function isBound(state: SessionState): boolean {
  return bound.includes(state);
}

/** The state that a bind leads to when it is answered with ESME_ROK. */
export const boundStates = {
  bind_transmitter: 'bound_tx',
  bind_receiver: 'bound_rx',
  bind_transceiver: 'bound_trx',
} as const satisfies Partial<Record<AnsweredCommand, SessionState>>;

export type BindCommand = keyof typeof boundStates;

export function isBind(command: RequestPdu['command']): command is BindCommand {
  return command in boundStates;
}

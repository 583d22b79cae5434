import type { AnsweredRequestPdu, Command, ResponsePdu } from './pdus.ts';

/** Set in the command_id of every response (SMPP 3.4 §5.1.2.1). */
const responseBit = 0x80000000;

/** The values of command_id, by the specification's names (SMPP 3.4 §5.1.2.1). */
export const commandId = {
  generic_nack: 0x80000000,
  bind_receiver: 0x00000001,
  bind_receiver_resp: 0x80000001,
  bind_transmitter: 0x00000002,
  bind_transmitter_resp: 0x80000002,
  query_sm: 0x00000003,
  query_sm_resp: 0x80000003,
  submit_sm: 0x00000004,
  submit_sm_resp: 0x80000004,
  deliver_sm: 0x00000005,
  deliver_sm_resp: 0x80000005,
  unbind: 0x00000006,
  unbind_resp: 0x80000006,
  replace_sm: 0x00000007,
  replace_sm_resp: 0x80000007,
  cancel_sm: 0x00000008,
  cancel_sm_resp: 0x80000008,
  bind_transceiver: 0x00000009,
  bind_transceiver_resp: 0x80000009,
  outbind: 0x0000000b,
  enquire_link: 0x00000015,
  enquire_link_resp: 0x80000015,
  submit_multi: 0x00000021,
  submit_multi_resp: 0x80000021,
  alert_notification: 0x00000102,
  data_sm: 0x00000103,
  data_sm_resp: 0x80000103,
} as const satisfies Record<Command, number>;

/** The requests that are answered. */
export type AnsweredCommand = AnsweredRequestPdu['command'];

/** The response that belongs to each request. */
export const answers = {
  bind_transmitter: 'bind_transmitter_resp',
  bind_receiver: 'bind_receiver_resp',
  bind_transceiver: 'bind_transceiver_resp',
  submit_sm: 'submit_sm_resp',
  submit_multi: 'submit_multi_resp',
  deliver_sm: 'deliver_sm_resp',
  data_sm: 'data_sm_resp',
  query_sm: 'query_sm_resp',
  cancel_sm: 'cancel_sm_resp',
  replace_sm: 'replace_sm_resp',
  enquire_link: 'enquire_link_resp',
  unbind: 'unbind_resp',
} as const satisfies { [Name in AnsweredCommand]: ResponsePdu['command'] & `${Name}_resp` };

const ids = new Set<number>(Object.values(commandId));

/** The command_id that answers `command_id`: generic_nack for what has no response of its own. */
export function findResponseId(command_id: number): number {
  const response_id = (command_id | responseBit) >>> 0;
  return ids.has(response_id) ? response_id : commandId.generic_nack;
}

/** Whether this is the command_id of an answer, known or unknown, which must not be answered. */
export function isResponseId(command_id: number): boolean {
  return command_id >= responseBit;
}

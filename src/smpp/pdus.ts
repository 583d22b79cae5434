import type { Tlvs } from './tlvs.ts';

/**
 * The PDUs of SMPP 3.4 (§4), told apart by `command`; field names are the specification's own.
 * C-Octet Strings are strings of Latin-1 characters without the terminating NUL. Lengths and
 * counts (sm_length, number_of_dests, no_unsuccess) follow from the values and are not fields.
 */
export type Pdu = RequestPdu | ResponsePdu | GenericNack;

/** What either side asks, wants an answer to, or merely announces (outbind, alert_notification). */
export type RequestPdu = AnsweredRequestPdu | UnansweredRequestPdu;

/** Requests that have a response PDU. */
export type AnsweredRequestPdu =
  | BindTransmitter
  | BindReceiver
  | BindTransceiver
  | SubmitSm
  | SubmitMulti
  | DeliverSm
  | DataSm
  | QuerySm
  | CancelSm
  | ReplaceSm
  | EnquireLink
  | Unbind;

/** Requests that have none (§4.1.7, §4.12). */
export type UnansweredRequestPdu = Outbind | AlertNotification;

export type ResponsePdu =
  | BindTransmitterResp
  | BindReceiverResp
  | BindTransceiverResp
  | SubmitSmResp
  | SubmitMultiResp
  | DeliverSmResp
  | DataSmResp
  | QuerySmResp
  | CancelSmResp
  | ReplaceSmResp
  | EnquireLinkResp
  | UnbindResp;

export type Command = Pdu['command'];

interface Header<Name extends string> {
  command: Name;
  /** 0 in requests (§3.2). */
  command_status: number;
  /** 1 to 0x7FFFFFFF (§5.1.4). */
  sequence_number: number;
  /** Optional parameters; also where the specification foresees none, as peers send them. */
  tlvs?: Tlvs;
}

/** The mandatory parameters of a PDU, without its header. */
export type BodyOf<P extends Pdu> = Omit<P, keyof Header<string>>;

/** A PDU without the fields of the header that a session fills in. */
export type Unnumbered<P extends Pdu> = P extends Pdu
  ? Omit<P, 'command_status' | 'sequence_number'>
  : never;

/** A response that has yet to be given the sequence_number of its request. */
export type Answer<P extends ResponsePdu = ResponsePdu> = P extends Pdu
  ? Omit<P, 'sequence_number'>
  : never;

interface BindFields {
  /** At most 15 characters. */
  system_id: string;
  /** At most 8 characters. */
  password: string;
  /** At most 12 characters. */
  system_type: string;
  /** 0x34 for SMPP 3.4. */
  interface_version: number;
  addr_ton: number;
  addr_npi: number;
  /** At most 40 characters. */
  address_range: string;
}

interface BindRespFields {
  /** Empty where the response came without a body. */
  system_id: string;
}

/** The one mandatory field of most responses; empty where the response came without a body. */
interface MessageIdFields {
  /** At most 64 characters. */
  message_id: string;
}

interface SourceFields {
  source_addr_ton: number;
  source_addr_npi: number;
  /** At most 20 characters; 64 in data_sm and alert_notification. */
  source_addr: string;
}

interface DestinationFields {
  dest_addr_ton: number;
  dest_addr_npi: number;
  /** At most 20 characters; 64 in data_sm. */
  destination_addr: string;
}

interface MessageFields {
  esm_class: number;
  protocol_id: number;
  priority_flag: number;
  /** Empty, or 16 characters in the format of §7.1. */
  schedule_delivery_time: string;
  /** Empty, or 16 characters in the format of §7.1. */
  validity_period: string;
  registered_delivery: number;
  replace_if_present_flag: number;
  data_coding: number;
  sm_default_msg_id: number;
  /** At most 254 octets. Decoded, it is a view of the frame: copy what must outlive it. */
  short_message: Buffer;
}

interface ServiceFields {
  /** At most 5 characters. */
  service_type: string;
}

export interface BindTransmitter extends Header<'bind_transmitter'>, BindFields {}
export interface BindReceiver extends Header<'bind_receiver'>, BindFields {}
export interface BindTransceiver extends Header<'bind_transceiver'>, BindFields {}
export interface BindTransmitterResp extends Header<'bind_transmitter_resp'>, BindRespFields {}
export interface BindReceiverResp extends Header<'bind_receiver_resp'>, BindRespFields {}
export interface BindTransceiverResp extends Header<'bind_transceiver_resp'>, BindRespFields {}

export interface Outbind extends Header<'outbind'> {
  /** At most 15 characters. */
  system_id: string;
  /** At most 8 characters. */
  password: string;
}

export interface Unbind extends Header<'unbind'> {}
export interface UnbindResp extends Header<'unbind_resp'> {}
export interface EnquireLink extends Header<'enquire_link'> {}
export interface EnquireLinkResp extends Header<'enquire_link_resp'> {}
export interface GenericNack extends Header<'generic_nack'> {}

export interface SubmitSm
  extends Header<'submit_sm'>,
    ServiceFields,
    SourceFields,
    DestinationFields,
    MessageFields {}

export interface DeliverSm
  extends Header<'deliver_sm'>,
    ServiceFields,
    SourceFields,
    DestinationFields,
    MessageFields {}

export interface SubmitSmResp extends Header<'submit_sm_resp'>, MessageIdFields {}
/** Its message_id is unused and empty (§4.6.2). */
export interface DeliverSmResp extends Header<'deliver_sm_resp'>, MessageIdFields {}

/** One destination of submit_multi: an SME address or a distribution list (§4.5.1.1). */
export type DestAddress =
  | ({ dest_flag: 1 } & DestinationFields)
  | {
      dest_flag: 2;
      /** At most 20 characters. */
      dl_name: string;
    };

export interface SubmitMulti
  extends Header<'submit_multi'>,
    ServiceFields,
    SourceFields,
    MessageFields {
  /** 1 to 254 destinations. */
  dest_address: DestAddress[];
}

/** A destination that submit_multi could not serve, and why (§4.5.2.1). */
export interface UnsuccessSme extends DestinationFields {
  error_status_code: number;
}

export interface SubmitMultiResp extends Header<'submit_multi_resp'>, MessageIdFields {
  /** At most 255. */
  unsuccess_sme: UnsuccessSme[];
}

export interface DataSm extends Header<'data_sm'>, ServiceFields, SourceFields, DestinationFields {
  esm_class: number;
  registered_delivery: number;
  data_coding: number;
}

export interface DataSmResp extends Header<'data_sm_resp'>, MessageIdFields {}

export interface QuerySm extends Header<'query_sm'>, MessageIdFields, SourceFields {}

export interface QuerySmResp extends Header<'query_sm_resp'>, MessageIdFields {
  /** Empty until the message has reached a final state; the format of §7.1. */
  final_date: string;
  message_state: number;
  error_code: number;
}

export interface CancelSm
  extends Header<'cancel_sm'>,
    ServiceFields,
    MessageIdFields,
    SourceFields,
    DestinationFields {}

export interface CancelSmResp extends Header<'cancel_sm_resp'> {}

export interface ReplaceSm extends Header<'replace_sm'>, MessageIdFields, SourceFields {
  schedule_delivery_time: string;
  validity_period: string;
  registered_delivery: number;
  sm_default_msg_id: number;
  /** At most 254 octets; a view of the frame when decoded. */
  short_message: Buffer;
}

export interface ReplaceSmResp extends Header<'replace_sm_resp'> {}

export interface AlertNotification extends Header<'alert_notification'>, SourceFields {
  esme_addr_ton: number;
  esme_addr_npi: number;
  /** At most 64 characters. */
  esme_addr: string;
}

/** interface_version and sc_interface_version of SMPP 3.4 (§5.2.4, §5.3.2.25). */
export const interfaceVersion34 = 0x34;

/** What most senders of submit_sm, deliver_sm and submit_multi leave as it is. */
export const plainMessage = {
  service_type: '',
  source_addr_ton: 0,
  source_addr_npi: 0,
  source_addr: '',
  esm_class: 0,
  protocol_id: 0,
  priority_flag: 0,
  schedule_delivery_time: '',
  validity_period: '',
  registered_delivery: 0,
  replace_if_present_flag: 0,
  data_coding: 0,
  sm_default_msg_id: 0,
} as const;

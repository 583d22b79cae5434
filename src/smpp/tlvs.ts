/**
 * Optional parameters (SMPP 3.4 §5.3), by the specification's names. Whatever has no name here,
 * and a second instance of one that may come only once, is kept raw in `other`, so that a PDU
 * passes through unharmed.
 */
export interface Tlvs {
  dest_addr_subunit?: number;
  dest_network_type?: number;
  dest_bearer_type?: number;
  dest_telematics_id?: number;
  source_addr_subunit?: number;
  source_network_type?: number;
  source_bearer_type?: number;
  source_telematics_id?: number;
  /** Seconds. */
  qos_time_to_live?: number;
  payload_type?: number;
  additional_status_info_text?: string;
  receipted_message_id?: string;
  ms_msg_wait_facilities?: number;
  privacy_indicator?: number;
  source_subaddress?: Buffer;
  dest_subaddress?: Buffer;
  user_message_reference?: number;
  user_response_code?: number;
  source_port?: number;
  destination_port?: number;
  sar_msg_ref_num?: number;
  language_indicator?: number;
  sar_total_segments?: number;
  sar_segment_seqnum?: number;
  sc_interface_version?: number;
  /** One for each callback_num, in the same order (§5.3.2.37). */
  callback_num_pres_ind?: number[];
  /** One for each callback_num, in the same order (§5.3.2.38). */
  callback_num_atag?: Buffer[];
  number_of_messages?: number;
  callback_num?: Buffer[];
  dpf_result?: number;
  set_dpf?: number;
  ms_availability_status?: number;
  network_error_code?: NetworkErrorCode;
  /** Decoded, a view of the frame: copy what must outlive it. */
  message_payload?: Buffer;
  delivery_failure_reason?: number;
  more_messages_to_send?: number;
  message_state?: number;
  ussd_service_op?: number;
  display_time?: number;
  sms_signal?: number;
  ms_validity?: number;
  /** Present or not; it has no value (§5.3.2.41). */
  alert_on_message_delivery?: true;
  its_reply_type?: number;
  /** Session number in the first octet, sequence number and end flag in the second (§5.3.2.43). */
  its_session_info?: Buffer;
  /** CM: MCC and MNC of the handset's operator, decimal (contract §11.2). */
  mcc_mnc?: string;
  /** CM: end-user tariff in cents, decimal (contract §11.2). */
  tariff?: string;
  other?: RawTlv[];
}

/** A parameter as it came: its tag and its value. */
export interface RawTlv {
  tag: number;
  value: Buffer;
}

/** What went wrong in the network (§5.3.2.31). */
export interface NetworkErrorCode {
  /** 1 ANSI-136, 2 IS-95, 3 GSM; others are reserved. */
  network_type: number;
  error_code: number;
}

/** Values of message_state (§5.2.28). */
export const messageState = {
  ENROUTE: 1,
  DELIVERED: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIVERABLE: 5,
  ACCEPTED: 6,
  UNKNOWN: 7,
  REJECTED: 8,
} as const;

/** How one parameter looks on the wire. Sizes are octets; a C-Octet String counts its NUL. */
export type TlvDefinition =
  | { kind: 'integer'; tag: number; name: NamesOf<number>; size: 1 | 2 | 4 }
  | { kind: 'integers'; tag: number; name: NamesOf<number[]>; size: 1 }
  | { kind: 'c_octet_string'; tag: number; name: NamesOf<string>; sizeMax: number }
  | { kind: 'octet_string'; tag: number; name: NamesOf<Buffer>; sizeMin: number; sizeMax: number }
  | {
      kind: 'octet_strings';
      tag: number;
      name: NamesOf<Buffer[]>;
      sizeMin: number;
      sizeMax: number;
    }
  | { kind: 'network_error_code'; tag: number; name: NamesOf<NetworkErrorCode> }
  | { kind: 'flag'; tag: number; name: NamesOf<true> };

type NamedTlvs = Required<Omit<Tlvs, 'other'>>;
type NamesOf<Value> = {
  [Name in keyof NamedTlvs]: NamedTlvs[Name] extends Value ? Name : never;
}[keyof NamedTlvs];

/** The length field has 16 bits. */
export const tlvValueBytesMax = 0xffff;

/** Every parameter that has a name, in the order of its tag (§5.3.2, contract §11.2). */
export const tlvDefinitions: readonly TlvDefinition[] = [
  integer(0x0005, 'dest_addr_subunit', 1),
  integer(0x0006, 'dest_network_type', 1),
  integer(0x0007, 'dest_bearer_type', 1),
  integer(0x0008, 'dest_telematics_id', 2),
  integer(0x000d, 'source_addr_subunit', 1),
  integer(0x000e, 'source_network_type', 1),
  integer(0x000f, 'source_bearer_type', 1),
  integer(0x0010, 'source_telematics_id', 1),
  integer(0x0017, 'qos_time_to_live', 4),
  integer(0x0019, 'payload_type', 1),
  cOctetString(0x001d, 'additional_status_info_text', 256),
  cOctetString(0x001e, 'receipted_message_id', 65),
  integer(0x0030, 'ms_msg_wait_facilities', 1),
  integer(0x0201, 'privacy_indicator', 1),
  octetString(0x0202, 'source_subaddress', 2, 23),
  octetString(0x0203, 'dest_subaddress', 2, 23),
  integer(0x0204, 'user_message_reference', 2),
  integer(0x0205, 'user_response_code', 1),
  integer(0x020a, 'source_port', 2),
  integer(0x020b, 'destination_port', 2),
  integer(0x020c, 'sar_msg_ref_num', 2),
  integer(0x020d, 'language_indicator', 1),
  integer(0x020e, 'sar_total_segments', 1),
  integer(0x020f, 'sar_segment_seqnum', 1),
  integer(0x0210, 'sc_interface_version', 1),
  { kind: 'integers', tag: 0x0302, name: 'callback_num_pres_ind', size: 1 },
  { kind: 'octet_strings', tag: 0x0303, name: 'callback_num_atag', sizeMin: 0, sizeMax: 65 },
  integer(0x0304, 'number_of_messages', 1),
  { kind: 'octet_strings', tag: 0x0381, name: 'callback_num', sizeMin: 4, sizeMax: 19 },
  integer(0x0420, 'dpf_result', 1),
  integer(0x0421, 'set_dpf', 1),
  integer(0x0422, 'ms_availability_status', 1),
  { kind: 'network_error_code', tag: 0x0423, name: 'network_error_code' },
  octetString(0x0424, 'message_payload', 0, tlvValueBytesMax),
  integer(0x0425, 'delivery_failure_reason', 1),
  integer(0x0426, 'more_messages_to_send', 1),
  integer(0x0427, 'message_state', 1),
  integer(0x0501, 'ussd_service_op', 1),
  integer(0x1201, 'display_time', 1),
  integer(0x1203, 'sms_signal', 2),
  integer(0x1204, 'ms_validity', 1),
  { kind: 'flag', tag: 0x130c, name: 'alert_on_message_delivery' },
  integer(0x1380, 'its_reply_type', 1),
  octetString(0x1383, 'its_session_info', 2, 2),
  cOctetString(0x1401, 'mcc_mnc', 7),
  cOctetString(0x140a, 'tariff', 6),
];

function integer(tag: number, name: NamesOf<number>, size: 1 | 2 | 4): TlvDefinition {
  return { kind: 'integer', tag, name, size };
}

function cOctetString(tag: number, name: NamesOf<string>, sizeMax: number): TlvDefinition {
  return { kind: 'c_octet_string', tag, name, sizeMax };
}

function octetString(
  tag: number,
  name: NamesOf<Buffer>,
  sizeMin: number,
  sizeMax: number,
): TlvDefinition {
  return { kind: 'octet_string', tag, name, sizeMin, sizeMax };
}

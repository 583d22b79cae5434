import fc from 'fast-check';
import type { Command, Pdu } from './pdus.ts';
import { type RawTlv, type TlvDefinition, type Tlvs, tlvDefinitions } from './tlvs.ts';

/*
 * PDUs for property tests: every value a field can hold, the ends of its range more often than
 * the rest. The maxima are repeated here on purpose: a test that took them from the codec could
 * not find one that is wrong there.
 */

const octet = fc.integer({ min: 0, max: 0xff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const sequence_number = fc.integer({ min: 1, max: 0x7fffffff });
const latin1Character = fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code));

/** A C-Octet String; the maximum counts its NUL, as the specification's tables do. */
function cString(sizeMax: number): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: latin1Character, maxLength: sizeMax - 1 }),
    fc.string({ unit: latin1Character, minLength: sizeMax - 1, maxLength: sizeMax - 1 }),
  );
}

function octets(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc
    .oneof(
      fc.uint8Array({ minLength, maxLength }),
      fc.uint8Array({ minLength: maxLength, maxLength }),
    )
    .map((bytes) => Buffer.from(bytes));
}

/** Ordinary objects, as the decoder makes them. */
function record<T>(model: { [Name in keyof T]: fc.Arbitrary<T[Name]> }) {
  return fc.record<T>(model, { noNullPrototype: true });
}

const source = { source_addr_ton: octet, source_addr_npi: octet, source_addr: cString(21) };
const destination = { dest_addr_ton: octet, dest_addr_npi: octet, destination_addr: cString(21) };
const message_id = cString(65);

const message = {
  esm_class: octet,
  protocol_id: octet,
  priority_flag: octet,
  schedule_delivery_time: cString(17),
  validity_period: cString(17),
  registered_delivery: octet,
  replace_if_present_flag: octet,
  data_coding: octet,
  sm_default_msg_id: octet,
  short_message: octets(0, 254),
};

const bind = {
  system_id: cString(16),
  password: cString(9),
  system_type: cString(13),
  interface_version: octet,
  addr_ton: octet,
  addr_npi: octet,
  address_range: cString(41),
};

const destAddress = fc.oneof(
  record({ dest_flag: fc.constant(1 as const), ...destination }),
  record({ dest_flag: fc.constant(2 as const), dl_name: cString(21) }),
);

const fields: { [Name in Command]: Record<string, fc.Arbitrary<unknown>> } = {
  bind_transmitter: bind,
  bind_transmitter_resp: { system_id: cString(16) },
  bind_receiver: bind,
  bind_receiver_resp: { system_id: cString(16) },
  bind_transceiver: bind,
  bind_transceiver_resp: { system_id: cString(16) },
  outbind: { system_id: cString(16), password: cString(9) },
  unbind: {},
  unbind_resp: {},
  generic_nack: {},
  submit_sm: { service_type: cString(6), ...source, ...destination, ...message },
  submit_sm_resp: { message_id },
  submit_multi: {
    service_type: cString(6),
    ...source,
    dest_address: fc.array(destAddress, { minLength: 1, maxLength: 254, size: 'medium' }),
    ...message,
  },
  submit_multi_resp: {
    message_id,
    unsuccess_sme: fc.array(record({ ...destination, error_status_code: uint32 }), {
      maxLength: 255,
      size: 'medium',
    }),
  },
  deliver_sm: { service_type: cString(6), ...source, ...destination, ...message },
  deliver_sm_resp: { message_id },
  data_sm: {
    service_type: cString(6),
    ...source,
    source_addr: cString(65),
    ...destination,
    destination_addr: cString(65),
    esm_class: octet,
    registered_delivery: octet,
    data_coding: octet,
  },
  data_sm_resp: { message_id },
  query_sm: { message_id, ...source },
  query_sm_resp: { message_id, final_date: cString(17), message_state: octet, error_code: octet },
  cancel_sm: { service_type: cString(6), message_id, ...source, ...destination },
  cancel_sm_resp: {},
  replace_sm: {
    message_id,
    ...source,
    schedule_delivery_time: cString(17),
    validity_period: cString(17),
    registered_delivery: octet,
    sm_default_msg_id: octet,
    short_message: octets(0, 254),
  },
  replace_sm_resp: {},
  enquire_link: {},
  enquire_link_resp: {},
  alert_notification: {
    ...source,
    source_addr: cString(65),
    esme_addr_ton: octet,
    esme_addr_npi: octet,
    esme_addr: cString(65),
  },
};

/** Every command there is. */
export const commands = Object.keys(fields).filter(isCommand);

function isCommand(name: string): name is Command {
  return name in fields;
}

/** PDUs of one command, without TLVs. */
function arbitraryPlainPdu(command: Command): fc.Arbitrary<Pdu> {
  const header = { command: fc.constant(command), command_status: uint32, sequence_number };
  // The table above has the fields of each command; its types cannot say that they belong to it.
  return record({ ...header, ...fields[command] }) as unknown as fc.Arbitrary<Pdu>;
}

/** PDUs of one command, with TLVs or without. */
export function arbitraryPdu(command: Command): fc.Arbitrary<Pdu> {
  const plain = arbitraryPlainPdu(command);
  const withTlvs = fc.tuple(plain, arbitraryTlvs()).map(([pdu, tlvs]) => ({ ...pdu, tlvs }));
  return fc.oneof(plain, withTlvs);
}

/** At least one TLV, each of them with a value of its kind. */
function arbitraryTlvs(): fc.Arbitrary<Tlvs> {
  const named = tlvDefinitions.map((definition) => [definition.name, arbitraryValue(definition)]);
  const other = fc.array(record({ tag: unknownTag, value: octets(0, 20) }), {
    minLength: 1,
    maxLength: 3,
  }) satisfies fc.Arbitrary<RawTlv[]>;
  const model: Record<string, fc.Arbitrary<unknown>> = { ...Object.fromEntries(named), other };
  return fc
    .record(model, { requiredKeys: [], noNullPrototype: true })
    .filter((tlvs) => Object.keys(tlvs).length > 0) as fc.Arbitrary<Tlvs>;
}

const knownTags = new Set(tlvDefinitions.map((definition) => definition.tag));
const unknownTag = uint16.filter((tag) => !knownTags.has(tag));

function arbitraryValue(definition: TlvDefinition): fc.Arbitrary<unknown> {
  switch (definition.kind) {
    case 'integer':
      return fc.oneof(
        fc.constantFrom(0, 2 ** (8 * definition.size) - 1),
        fc.integer({ min: 0, max: 2 ** (8 * definition.size) - 1 }),
      );
    case 'integers':
      return fc.array(octet, { minLength: 1, maxLength: 3 });
    case 'c_octet_string':
      return cString(definition.sizeMax);
    case 'octet_string':
      return octets(definition.sizeMin, Math.min(definition.sizeMax, 300));
    case 'octet_strings':
      return fc.array(octets(definition.sizeMin, definition.sizeMax), {
        minLength: 1,
        maxLength: 3,
      });
    case 'network_error_code':
      return record({ network_type: octet, error_code: uint16 });
    case 'flag':
      return fc.constant(true);
  }
}

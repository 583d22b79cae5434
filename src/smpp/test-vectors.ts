import { type Pdu, plainMessage } from './pdus.ts';

/** One PDU as bytes and as a value, and the section of SMPP 3.4 that puts them together. */
export interface PduVector {
  title: string;
  section: string;
  /** Hexadecimal, in the order of the section's table; blanks are for the reader. */
  hex: string[];
  pdu: Pdu;
}

/** Made by hand from the specification's tables, at least one for each command. */
export const pduVectors: readonly PduVector[] = [
  {
    title: 'bind_transmitter',
    section: '4.1.1',
    hex: [
      '0000002a 00000002 00000000 00000001',
      '636d5f6700', // "cm_g"
      '7365637265743800', // "secret8"
      '534d5300', // "SMS"
      '34 01 01',
      '33312a2e2e00', // "31*.."
    ],
    pdu: {
      command: 'bind_transmitter',
      command_status: 0,
      sequence_number: 1,
      system_id: 'cm_g',
      password: 'secret8',
      system_type: 'SMS',
      interface_version: 0x34,
      addr_ton: 1,
      addr_npi: 1,
      address_range: '31*..',
    },
  },
  {
    title: 'bind_receiver with every string at its maximum',
    section: '4.1.3',
    hex: [
      '00000062 00000001 00000000 00000002',
      `${'73'.repeat(15)}00`,
      `${'70'.repeat(8)}00`,
      `${'74'.repeat(12)}00`,
      '34 00 00',
      `${'39'.repeat(40)}00`,
    ],
    pdu: {
      command: 'bind_receiver',
      command_status: 0,
      sequence_number: 2,
      system_id: 's'.repeat(15),
      password: 'p'.repeat(8),
      system_type: 't'.repeat(12),
      interface_version: 0x34,
      addr_ton: 0,
      addr_npi: 0,
      address_range: '9'.repeat(40),
    },
  },
  {
    title: 'bind_transceiver with empty strings',
    section: '4.1.5',
    hex: ['00000017 00000009 00000000 7fffffff', '00', '00', '00', '34 00 00', '00'],
    pdu: {
      command: 'bind_transceiver',
      command_status: 0,
      sequence_number: 0x7fffffff,
      system_id: '',
      password: '',
      system_type: '',
      interface_version: 0x34,
      addr_ton: 0,
      addr_npi: 0,
      address_range: '',
    },
  },
  {
    title: 'bind_transmitter_resp with sc_interface_version',
    section: '4.1.2, 5.3.2.25',
    hex: ['0000001a 80000002 00000000 00000001', '534d534300', '0210000134'],
    pdu: {
      command: 'bind_transmitter_resp',
      command_status: 0,
      sequence_number: 1,
      system_id: 'SMSC',
      tlvs: { sc_interface_version: 0x34 },
    },
  },
  {
    title: 'bind_receiver_resp, refused, without a body',
    section: '4.1.4',
    hex: ['00000010 80000001 0000000e 00000002'],
    pdu: {
      command: 'bind_receiver_resp',
      command_status: 0x0e,
      sequence_number: 2,
      system_id: '',
    },
  },
  {
    title: 'bind_transceiver_resp of a 3.3 SMSC',
    section: '4.1.6',
    hex: ['00000012 80000009 00000000 00000003', '5300'],
    pdu: {
      command: 'bind_transceiver_resp',
      command_status: 0,
      sequence_number: 3,
      system_id: 'S',
    },
  },
  {
    title: 'outbind',
    section: '4.1.7',
    hex: ['00000018 0000000b 00000000 00000001', '534d534300', '707700'],
    pdu: {
      command: 'outbind',
      command_status: 0,
      sequence_number: 1,
      system_id: 'SMSC',
      password: 'pw',
    },
  },
  {
    title: 'unbind',
    section: '4.2.1',
    hex: ['00000010 00000006 00000000 00000004'],
    pdu: { command: 'unbind', command_status: 0, sequence_number: 4 },
  },
  {
    title: 'unbind_resp',
    section: '4.2.2',
    hex: ['00000010 80000006 00000000 00000004'],
    pdu: { command: 'unbind_resp', command_status: 0, sequence_number: 4 },
  },
  {
    title: 'generic_nack',
    section: '4.3.1',
    hex: ['00000010 80000000 00000003 00000005'],
    pdu: { command: 'generic_nack', command_status: 3, sequence_number: 5 },
  },
  {
    title: 'submit_sm with a UDH and a relative validity_period',
    section: '4.4.1, 7.1.2',
    hex: [
      '0000004d 00000004 00000000 00000006',
      '434d5400', // "CMT"
      '05 00 434d2e636f6d00', // "CM.com"
      '01 01 333136313233343536373800', // "31612345678"
      '40 00 00',
      '00',
      '30303030303130303030303030303052 00', // "000001000000000R"
      '01 00 00 00',
      '08 0500032a0201 4869', // UDH, "Hi"
    ],
    pdu: {
      ...plainMessage,
      command: 'submit_sm',
      command_status: 0,
      sequence_number: 6,
      service_type: 'CMT',
      source_addr_ton: 5,
      source_addr: 'CM.com',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '31612345678',
      esm_class: 0x40,
      validity_period: '000001000000000R',
      registered_delivery: 1,
      short_message: Buffer.from('0500032a02014869', 'hex'),
    },
  },
  {
    title: 'submit_sm with every integer different and TLVs of CM',
    section: '4.4.1, contract 11.2',
    hex: [
      '0000003b 00000004 00000000 00000007',
      '00',
      '01 02 00',
      '03 04 3100',
      '05 06 07',
      '00',
      '00',
      '08 09 0a 0b',
      '00',
      '1401 0006 323034303800', // "20408"
      '140a 0003 323500', // "25"
      '0424 0004 00480069',
    ],
    pdu: {
      command: 'submit_sm',
      command_status: 0,
      sequence_number: 7,
      service_type: '',
      source_addr_ton: 1,
      source_addr_npi: 2,
      source_addr: '',
      dest_addr_ton: 3,
      dest_addr_npi: 4,
      destination_addr: '1',
      esm_class: 5,
      protocol_id: 6,
      priority_flag: 7,
      schedule_delivery_time: '',
      validity_period: '',
      registered_delivery: 8,
      replace_if_present_flag: 9,
      data_coding: 10,
      sm_default_msg_id: 11,
      short_message: Buffer.alloc(0),
      tlvs: {
        mcc_mnc: '20408',
        tariff: '25',
        message_payload: Buffer.from('00480069', 'hex'),
      },
    },
  },
  {
    title: 'submit_sm_resp',
    section: '4.4.2',
    hex: ['00000019 80000004 00000000 00000006', '333966393964643500'],
    pdu: {
      command: 'submit_sm_resp',
      command_status: 0,
      sequence_number: 6,
      message_id: '39f99dd5',
    },
  },
  {
    title: 'submit_sm_resp, refused, without a body',
    section: '4.4.2',
    hex: ['00000010 80000004 00000058 00000007'],
    pdu: {
      command: 'submit_sm_resp',
      command_status: 0x58,
      sequence_number: 7,
      message_id: '',
    },
  },
  {
    title: 'submit_multi to an address and a distribution list',
    section: '4.5.1, 4.5.1.1',
    hex: [
      '00000035 00000021 00000000 00000008',
      '00',
      '01 01 3500',
      '02',
      '01 01 01 33313600', // "316"
      '02 667269656e647300', // "friends"
      '00 00 00',
      '00',
      '00',
      '00 00 00 00',
      '05 68656c6c6f', // "hello"
    ],
    pdu: {
      ...plainMessage,
      command: 'submit_multi',
      command_status: 0,
      sequence_number: 8,
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '5',
      dest_address: [
        { dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '316' },
        { dest_flag: 2, dl_name: 'friends' },
      ],
      short_message: Buffer.from('hello'),
    },
  },
  {
    title: 'submit_multi_resp with one destination that failed',
    section: '4.5.2, 4.5.2.1',
    hex: [
      '0000001e 80000021 00000000 00000008',
      '613100', // "a1"
      '01',
      '01 01 33313600 0000000b',
    ],
    pdu: {
      command: 'submit_multi_resp',
      command_status: 0,
      sequence_number: 8,
      message_id: 'a1',
      unsuccess_sme: [
        { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: '316', error_status_code: 11 },
      ],
    },
  },
  {
    title: 'deliver_sm with a receipt in TLVs',
    section: '4.6.1, 5.3.2.12, 5.3.2.31, 5.3.2.35',
    hex: [
      '00000043 00000005 00000000 00000009',
      '00',
      '01 01 33313600',
      '05 00 434d00',
      '04 00 00',
      '00',
      '00',
      '00 00 00 00',
      '04 69643a31', // "id:1"
      '001e 0009 333966393964643500',
      '0427 0001 02',
      '0423 0003 030102',
    ],
    pdu: {
      ...plainMessage,
      command: 'deliver_sm',
      command_status: 0,
      sequence_number: 9,
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '316',
      dest_addr_ton: 5,
      dest_addr_npi: 0,
      destination_addr: 'CM',
      esm_class: 4,
      short_message: Buffer.from('id:1'),
      tlvs: {
        receipted_message_id: '39f99dd5',
        message_state: 2,
        network_error_code: { network_type: 3, error_code: 0x0102 },
      },
    },
  },
  {
    title: 'deliver_sm_resp',
    section: '4.6.2',
    hex: ['00000011 80000005 00000000 00000009', '00'],
    pdu: {
      command: 'deliver_sm_resp',
      command_status: 0,
      sequence_number: 9,
      message_id: '',
    },
  },
  {
    title: 'data_sm with concatenation in TLVs',
    section: '4.7.1, 5.3.2.22 to 5.3.2.24',
    hex: [
      '00000033 00000103 00000000 0000000a',
      '00',
      '00 00 00',
      '01 01 33313600',
      '00 01 08',
      '020c 0002 1234',
      '020e 0001 02',
      '020f 0001 01',
      '0424 0002 20ac',
    ],
    pdu: {
      command: 'data_sm',
      command_status: 0,
      sequence_number: 10,
      service_type: '',
      source_addr_ton: 0,
      source_addr_npi: 0,
      source_addr: '',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '316',
      esm_class: 0,
      registered_delivery: 1,
      data_coding: 8,
      tlvs: {
        sar_msg_ref_num: 0x1234,
        sar_total_segments: 2,
        sar_segment_seqnum: 1,
        message_payload: Buffer.from('20ac', 'hex'),
      },
    },
  },
  {
    title: 'data_sm_resp, refused, with its reason',
    section: '4.7.2, 5.3.2.33',
    hex: ['00000017 80000103 000000fe 0000000a', '3100', '0425000100'],
    pdu: {
      command: 'data_sm_resp',
      command_status: 0xfe,
      sequence_number: 10,
      message_id: '1',
      tlvs: { delivery_failure_reason: 0 },
    },
  },
  {
    title: 'query_sm',
    section: '4.8.1',
    hex: ['00000017 00000003 00000000 0000000b', '613100', '01', '01', '3500'],
    pdu: {
      command: 'query_sm',
      command_status: 0,
      sequence_number: 11,
      message_id: 'a1',
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '5',
    },
  },
  {
    title: 'query_sm_resp with a final date',
    section: '4.8.2, 7.1.1',
    hex: [
      '00000026 80000003 00000000 0000000b',
      '613100',
      '3236313132323135303430353030302b 00', // "261122150405000+"
      '02 07',
    ],
    pdu: {
      command: 'query_sm_resp',
      command_status: 0,
      sequence_number: 11,
      message_id: 'a1',
      final_date: '261122150405000+',
      message_state: 2,
      error_code: 7,
    },
  },
  {
    title: 'cancel_sm',
    section: '4.9.1',
    hex: ['0000001f 00000008 00000000 0000000c', '00', '613100', '01 01 3500', '01 01 3331363700'],
    pdu: {
      command: 'cancel_sm',
      command_status: 0,
      sequence_number: 12,
      service_type: '',
      message_id: 'a1',
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '5',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '3167',
    },
  },
  {
    title: 'cancel_sm_resp',
    section: '4.9.2',
    hex: ['00000010 80000008 00000011 0000000c'],
    pdu: { command: 'cancel_sm_resp', command_status: 0x11, sequence_number: 12 },
  },
  {
    title: 'replace_sm',
    section: '4.10.1',
    hex: [
      '0000001e 00000007 00000000 0000000d',
      '613100',
      '01 01 3500',
      '00',
      '00',
      '01 00',
      '02 4f4b',
    ],
    pdu: {
      command: 'replace_sm',
      command_status: 0,
      sequence_number: 13,
      message_id: 'a1',
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '5',
      schedule_delivery_time: '',
      validity_period: '',
      registered_delivery: 1,
      sm_default_msg_id: 0,
      short_message: Buffer.from('OK'),
    },
  },
  {
    title: 'replace_sm_resp',
    section: '4.10.2',
    hex: ['00000010 80000007 00000000 0000000d'],
    pdu: { command: 'replace_sm_resp', command_status: 0, sequence_number: 13 },
  },
  {
    title: 'enquire_link',
    section: '4.11.1',
    hex: ['00000010 00000015 00000000 0000000e'],
    pdu: { command: 'enquire_link', command_status: 0, sequence_number: 14 },
  },
  {
    title: 'enquire_link_resp',
    section: '4.11.2',
    hex: ['00000010 80000015 00000000 0000000e'],
    pdu: { command: 'enquire_link_resp', command_status: 0, sequence_number: 14 },
  },
  {
    title: 'alert_notification with ms_availability_status',
    section: '4.12.1, 5.3.2.30',
    hex: ['0000001e 00000102 00000000 0000000f', '01 01 33313600', '05 00', '00', '0422000100'],
    pdu: {
      command: 'alert_notification',
      command_status: 0,
      sequence_number: 15,
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '316',
      esme_addr_ton: 5,
      esme_addr_npi: 0,
      esme_addr: '',
      tlvs: { ms_availability_status: 0 },
    },
  },
];

/** The bytes of a vector. */
export function joinHex(vector: PduVector): Buffer {
  return Buffer.from(vector.hex.join('').replaceAll(' ', ''), 'hex');
}

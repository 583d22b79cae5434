import { commandStatus } from './command-status.ts';
import type { FieldReader, FieldWriter } from './fields.ts';
import type {
  BodyOf,
  DataSm,
  DeliverSm,
  DestAddress,
  ReplaceSm,
  SubmitMulti,
  SubmitMultiResp,
  SubmitSm,
  UnsuccessSme,
} from './pdus.ts';

/** Octets of short_message; longer text goes into message_payload (SMPP 3.4 §5.2.22). */
export const shortMessageBytesMax = 254;

/** Destinations of one submit_multi (SMPP 3.4 §4.5.1). */
export const destAddressesMax = 254;

/** submit_sm and deliver_sm, which have the same layout (SMPP 3.4 §4.4.1, §4.6.1). */
export function readMessage<Name extends 'submit_sm' | 'deliver_sm'>(
  command: Name,
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
) {
  return {
    command,
    command_status,
    sequence_number,
    service_type: readServiceType(reader),
    source_addr_ton: reader.readUint8(),
    source_addr_npi: reader.readUint8(),
    source_addr: readSourceAddr(reader, 21),
    dest_addr_ton: reader.readUint8(),
    dest_addr_npi: reader.readUint8(),
    destination_addr: readDestinationAddr(reader, 21),
    esm_class: reader.readUint8(),
    protocol_id: reader.readUint8(),
    priority_flag: reader.readUint8(),
    schedule_delivery_time: readScheduleDeliveryTime(reader),
    validity_period: readValidityPeriod(reader),
    registered_delivery: reader.readUint8(),
    replace_if_present_flag: reader.readUint8(),
    data_coding: reader.readUint8(),
    sm_default_msg_id: reader.readUint8(),
    short_message: readShortMessage(reader),
  };
}

export function writeMessage(writer: FieldWriter, pdu: BodyOf<SubmitSm> | BodyOf<DeliverSm>): void {
  writer.writeCString(pdu.service_type, 6, 'service_type');
  writer.writeUint8(pdu.source_addr_ton, 'source_addr_ton');
  writer.writeUint8(pdu.source_addr_npi, 'source_addr_npi');
  writer.writeCString(pdu.source_addr, 21, 'source_addr');
  writer.writeUint8(pdu.dest_addr_ton, 'dest_addr_ton');
  writer.writeUint8(pdu.dest_addr_npi, 'dest_addr_npi');
  writer.writeCString(pdu.destination_addr, 21, 'destination_addr');
  writeMessageTail(writer, pdu);
}

/** submit_multi (SMPP 3.4 §4.5.1). */
export function readSubmitMulti(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): SubmitMulti {
  return {
    command: 'submit_multi',
    command_status,
    sequence_number,
    service_type: readServiceType(reader),
    source_addr_ton: reader.readUint8(),
    source_addr_npi: reader.readUint8(),
    source_addr: readSourceAddr(reader, 21),
    dest_address: readDestAddresses(reader),
    esm_class: reader.readUint8(),
    protocol_id: reader.readUint8(),
    priority_flag: reader.readUint8(),
    schedule_delivery_time: readScheduleDeliveryTime(reader),
    validity_period: readValidityPeriod(reader),
    registered_delivery: reader.readUint8(),
    replace_if_present_flag: reader.readUint8(),
    data_coding: reader.readUint8(),
    sm_default_msg_id: reader.readUint8(),
    short_message: readShortMessage(reader),
  };
}

export function writeSubmitMulti(writer: FieldWriter, pdu: BodyOf<SubmitMulti>): void {
  writer.writeCString(pdu.service_type, 6, 'service_type');
  writer.writeUint8(pdu.source_addr_ton, 'source_addr_ton');
  writer.writeUint8(pdu.source_addr_npi, 'source_addr_npi');
  writer.writeCString(pdu.source_addr, 21, 'source_addr');
  writeDestAddresses(writer, pdu.dest_address);
  writeMessageTail(writer, pdu);
}

function readDestAddresses(reader: FieldReader): DestAddress[] {
  const number_of_dests = reader.readUint8();
  if (number_of_dests === 0 || number_of_dests > destAddressesMax) {
    throw reader.fault(
      commandStatus.ESME_RINVNUMDESTS,
      `number_of_dests: ${number_of_dests} is not 1 to ${destAddressesMax}`,
    );
  }
  const addresses: DestAddress[] = [];
  for (let index = 0; index < number_of_dests; index += 1) addresses.push(readDestAddress(reader));
  return addresses;
}

/** §4.5.1.1: an SME address or the name of a distribution list. */
function readDestAddress(reader: FieldReader): DestAddress {
  const dest_flag = reader.readUint8();
  switch (dest_flag) {
    case 1:
      return {
        dest_flag,
        dest_addr_ton: reader.readUint8(),
        dest_addr_npi: reader.readUint8(),
        destination_addr: readDestinationAddr(reader, 21),
      };
    case 2:
      return {
        dest_flag,
        dl_name: reader.readCString(21, commandStatus.ESME_RINVDLNAME, 'dl_name'),
      };
    default:
      throw reader.fault(commandStatus.ESME_RINVDESTFLAG, `dest_flag: ${dest_flag}`);
  }
}

function writeDestAddresses(writer: FieldWriter, addresses: DestAddress[]): void {
  if (addresses.length === 0 || addresses.length > destAddressesMax) {
    throw new RangeError(`dest_address: ${addresses.length} is not 1 to ${destAddressesMax}`);
  }
  writer.writeUint8(addresses.length, 'number_of_dests');
  for (const address of addresses) {
    writer.writeUint8(address.dest_flag, 'dest_flag');
    if (address.dest_flag === 1) {
      writer.writeUint8(address.dest_addr_ton, 'dest_addr_ton');
      writer.writeUint8(address.dest_addr_npi, 'dest_addr_npi');
      writer.writeCString(address.destination_addr, 21, 'destination_addr');
    } else {
      writer.writeCString(address.dl_name, 21, 'dl_name');
    }
  }
}

/** submit_multi_resp (SMPP 3.4 §4.5.2). */
export function readSubmitMultiResp(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): SubmitMultiResp {
  return {
    command: 'submit_multi_resp',
    command_status,
    sequence_number,
    message_id: reader.readCStringIfAny(65, commandStatus.ESME_RINVMSGID, 'message_id'),
    unsuccess_sme: readUnsuccessSmes(reader),
  };
}

export function writeSubmitMultiResp(writer: FieldWriter, pdu: BodyOf<SubmitMultiResp>): void {
  writer.writeCString(pdu.message_id, 65, 'message_id');
  writer.writeUint8(pdu.unsuccess_sme.length, 'no_unsuccess');
  for (const sme of pdu.unsuccess_sme) {
    writer.writeUint8(sme.dest_addr_ton, 'dest_addr_ton');
    writer.writeUint8(sme.dest_addr_npi, 'dest_addr_npi');
    writer.writeCString(sme.destination_addr, 21, 'destination_addr');
    writer.writeUint32(sme.error_status_code, 'error_status_code');
  }
}

function readUnsuccessSmes(reader: FieldReader): UnsuccessSme[] {
  const smes: UnsuccessSme[] = [];
  const no_unsuccess = reader.hasMore() ? reader.readUint8() : 0;
  for (let index = 0; index < no_unsuccess; index += 1) {
    smes.push({
      dest_addr_ton: reader.readUint8(),
      dest_addr_npi: reader.readUint8(),
      destination_addr: readDestinationAddr(reader, 21),
      error_status_code: reader.readUint32(),
    });
  }
  return smes;
}

/** data_sm (SMPP 3.4 §4.7.1). */
export function readDataSm(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): DataSm {
  return {
    command: 'data_sm',
    command_status,
    sequence_number,
    service_type: readServiceType(reader),
    source_addr_ton: reader.readUint8(),
    source_addr_npi: reader.readUint8(),
    source_addr: readSourceAddr(reader, 65),
    dest_addr_ton: reader.readUint8(),
    dest_addr_npi: reader.readUint8(),
    destination_addr: readDestinationAddr(reader, 65),
    esm_class: reader.readUint8(),
    registered_delivery: reader.readUint8(),
    data_coding: reader.readUint8(),
  };
}

export function writeDataSm(writer: FieldWriter, pdu: BodyOf<DataSm>): void {
  writer.writeCString(pdu.service_type, 6, 'service_type');
  writer.writeUint8(pdu.source_addr_ton, 'source_addr_ton');
  writer.writeUint8(pdu.source_addr_npi, 'source_addr_npi');
  writer.writeCString(pdu.source_addr, 65, 'source_addr');
  writer.writeUint8(pdu.dest_addr_ton, 'dest_addr_ton');
  writer.writeUint8(pdu.dest_addr_npi, 'dest_addr_npi');
  writer.writeCString(pdu.destination_addr, 65, 'destination_addr');
  writer.writeUint8(pdu.esm_class, 'esm_class');
  writer.writeUint8(pdu.registered_delivery, 'registered_delivery');
  writer.writeUint8(pdu.data_coding, 'data_coding');
}

/** replace_sm (SMPP 3.4 §4.10.1). */
export function readReplaceSm(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): ReplaceSm {
  return {
    command: 'replace_sm',
    command_status,
    sequence_number,
    message_id: reader.readCString(65, commandStatus.ESME_RINVMSGID, 'message_id'),
    source_addr_ton: reader.readUint8(),
    source_addr_npi: reader.readUint8(),
    source_addr: readSourceAddr(reader, 21),
    schedule_delivery_time: readScheduleDeliveryTime(reader),
    validity_period: readValidityPeriod(reader),
    registered_delivery: reader.readUint8(),
    sm_default_msg_id: reader.readUint8(),
    short_message: readShortMessage(reader),
  };
}

export function writeReplaceSm(writer: FieldWriter, pdu: BodyOf<ReplaceSm>): void {
  writer.writeCString(pdu.message_id, 65, 'message_id');
  writer.writeUint8(pdu.source_addr_ton, 'source_addr_ton');
  writer.writeUint8(pdu.source_addr_npi, 'source_addr_npi');
  writer.writeCString(pdu.source_addr, 21, 'source_addr');
  writer.writeCString(pdu.schedule_delivery_time, 17, 'schedule_delivery_time');
  writer.writeCString(pdu.validity_period, 17, 'validity_period');
  writer.writeUint8(pdu.registered_delivery, 'registered_delivery');
  writer.writeUint8(pdu.sm_default_msg_id, 'sm_default_msg_id');
  writeShortMessage(writer, pdu.short_message);
}

function writeMessageTail(
  writer: FieldWriter,
  pdu: BodyOf<SubmitSm> | BodyOf<DeliverSm> | BodyOf<SubmitMulti>,
): void {
  writer.writeUint8(pdu.esm_class, 'esm_class');
  writer.writeUint8(pdu.protocol_id, 'protocol_id');
  writer.writeUint8(pdu.priority_flag, 'priority_flag');
  writer.writeCString(pdu.schedule_delivery_time, 17, 'schedule_delivery_time');
  writer.writeCString(pdu.validity_period, 17, 'validity_period');
  writer.writeUint8(pdu.registered_delivery, 'registered_delivery');
  writer.writeUint8(pdu.replace_if_present_flag, 'replace_if_present_flag');
  writer.writeUint8(pdu.data_coding, 'data_coding');
  writer.writeUint8(pdu.sm_default_msg_id, 'sm_default_msg_id');
  writeShortMessage(writer, pdu.short_message);
}

function readServiceType(reader: FieldReader): string {
  return reader.readCString(6, commandStatus.ESME_RINVSERTYP, 'service_type');
}

function readSourceAddr(reader: FieldReader, sizeMax: number): string {
  return reader.readCString(sizeMax, commandStatus.ESME_RINVSRCADR, 'source_addr');
}

function readDestinationAddr(reader: FieldReader, sizeMax: number): string {
  return reader.readCString(sizeMax, commandStatus.ESME_RINVDSTADR, 'destination_addr');
}

function readScheduleDeliveryTime(reader: FieldReader): string {
  return reader.readCString(17, commandStatus.ESME_RINVSCHED, 'schedule_delivery_time');
}

function readValidityPeriod(reader: FieldReader): string {
  return reader.readCString(17, commandStatus.ESME_RINVEXPIRY, 'validity_period');
}

function readShortMessage(reader: FieldReader): Buffer {
  const sm_length = reader.readUint8();
  if (sm_length > shortMessageBytesMax) {
    throw reader.fault(commandStatus.ESME_RINVMSGLEN, `sm_length: ${sm_length}`);
  }
  return reader.readOctets(sm_length, commandStatus.ESME_RINVMSGLEN, 'short_message');
}

function writeShortMessage(writer: FieldWriter, short_message: Buffer): void {
  writer.writeUint8(short_message.length, 'sm_length');
  writer.writeOctets(short_message, 0, shortMessageBytesMax, 'short_message');
}

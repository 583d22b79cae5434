import { commandStatus } from './command-status.ts';
import type { FieldReader, FieldWriter } from './fields.ts';
import type { BodyOf, CancelSm, QuerySm, QuerySmResp } from './pdus.ts';

/** query_sm (SMPP 3.4 §4.8.1). */
export function readQuerySm(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): QuerySm {
  return {
    command: 'query_sm',
    command_status,
    sequence_number,
    message_id: reader.readCString(65, commandStatus.ESME_RINVMSGID, 'message_id'),
    source_addr_ton: reader.readUint8(),
    source_addr_npi: reader.readUint8(),
    source_addr: reader.readCString(21, commandStatus.ESME_RINVSRCADR, 'source_addr'),
  };
}

export function writeQuerySm(writer: FieldWriter, pdu: BodyOf<QuerySm>): void {
  writer.writeCString(pdu.message_id, 65, 'message_id');
  writer.writeUint8(pdu.source_addr_ton, 'source_addr_ton');
  writer.writeUint8(pdu.source_addr_npi, 'source_addr_npi');
  writer.writeCString(pdu.source_addr, 21, 'source_addr');
}

/** query_sm_resp (SMPP 3.4 §4.8.2). */
export function readQuerySmResp(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): QuerySmResp {
  const hasBody = reader.hasMore();
  return {
    command: 'query_sm_resp',
    command_status,
    sequence_number,
    message_id: reader.readCStringIfAny(65, commandStatus.ESME_RINVMSGID, 'message_id'),
    final_date: hasBody ? reader.readCString(17, commandStatus.ESME_RINVPARLEN, 'final_date') : '',
    message_state: hasBody ? reader.readUint8() : 0,
    error_code: hasBody ? reader.readUint8() : 0,
  };
}

export function writeQuerySmResp(writer: FieldWriter, pdu: BodyOf<QuerySmResp>): void {
  writer.writeCString(pdu.message_id, 65, 'message_id');
  writer.writeCString(pdu.final_date, 17, 'final_date');
  writer.writeUint8(pdu.message_state, 'message_state');
  writer.writeUint8(pdu.error_code, 'error_code');
}

/** cancel_sm (SMPP 3.4 §4.9.1). */
export function readCancelSm(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): CancelSm {
  return {
    command: 'cancel_sm',
    command_status,
    sequence_number,
    service_type: reader.readCString(6, commandStatus.ESME_RINVSERTYP, 'service_type'),
    message_id: reader.readCString(65, commandStatus.ESME_RINVMSGID, 'message_id'),
    source_addr_ton: reader.readUint8(),
    source_addr_npi: reader.readUint8(),
    source_addr: reader.readCString(21, commandStatus.ESME_RINVSRCADR, 'source_addr'),
    dest_addr_ton: reader.readUint8(),
    dest_addr_npi: reader.readUint8(),
    destination_addr: reader.readCString(21, commandStatus.ESME_RINVDSTADR, 'destination_addr'),
  };
}

export function writeCancelSm(writer: FieldWriter, pdu: BodyOf<CancelSm>): void {
  writer.writeCString(pdu.service_type, 6, 'service_type');
  writer.writeCString(pdu.message_id, 65, 'message_id');
  writer.writeUint8(pdu.source_addr_ton, 'source_addr_ton');
  writer.writeUint8(pdu.source_addr_npi, 'source_addr_npi');
  writer.writeCString(pdu.source_addr, 21, 'source_addr');
  writer.writeUint8(pdu.dest_addr_ton, 'dest_addr_ton');
  writer.writeUint8(pdu.dest_addr_npi, 'dest_addr_npi');
  writer.writeCString(pdu.destination_addr, 21, 'destination_addr');
}

import { commandStatus } from './command-status.ts';
import type { FieldReader, FieldWriter } from './fields.ts';
import type {
  AlertNotification,
  BindReceiver,
  BindReceiverResp,
  BindTransceiver,
  BindTransceiverResp,
  BindTransmitter,
  BindTransmitterResp,
  BodyOf,
  Outbind,
} from './pdus.ts';

/*
 * Reading and writing stand beside each other, one line a field, in the order of the
 * specification's tables. They are written out rather than driven by a table at run time: an
 * object literal of a fixed shape is what makes decoding fast, and the checker sees every field.
 */

type Bind = BindTransmitter | BindReceiver | BindTransceiver;
type BindResp = BindTransmitterResp | BindReceiverResp | BindTransceiverResp;

/** bind_transmitter, bind_receiver, bind_transceiver (SMPP 3.4 §4.1.1, §4.1.3, §4.1.5). */
export function readBind<Name extends Bind['command']>(
  command: Name,
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
) {
  return {
    command,
    command_status,
    sequence_number,
    system_id: reader.readCString(16, commandStatus.ESME_RINVSYSID, 'system_id'),
    password: reader.readCString(9, commandStatus.ESME_RINVPASWD, 'password'),
    system_type: reader.readCString(13, commandStatus.ESME_RINVSYSTYP, 'system_type'),
    interface_version: reader.readUint8(),
    addr_ton: reader.readUint8(),
    addr_npi: reader.readUint8(),
    address_range: reader.readCString(41, commandStatus.ESME_RINVPARLEN, 'address_range'),
  };
}

export function writeBind(writer: FieldWriter, pdu: BodyOf<Bind>): void {
  writer.writeCString(pdu.system_id, 16, 'system_id');
  writer.writeCString(pdu.password, 9, 'password');
  writer.writeCString(pdu.system_type, 13, 'system_type');
  writer.writeUint8(pdu.interface_version, 'interface_version');
  writer.writeUint8(pdu.addr_ton, 'addr_ton');
  writer.writeUint8(pdu.addr_npi, 'addr_npi');
  writer.writeCString(pdu.address_range, 41, 'address_range');
}

/** The answers to a bind (SMPP 3.4 §4.1.2, §4.1.4, §4.1.6). */
export function readBindResp<Name extends BindResp['command']>(
  command: Name,
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
) {
  return {
    command,
    command_status,
    sequence_number,
    system_id: reader.readCStringIfAny(16, commandStatus.ESME_RINVSYSID, 'system_id'),
  };
}

export function writeBindResp(writer: FieldWriter, pdu: BodyOf<BindResp>): void {
  writer.writeCString(pdu.system_id, 16, 'system_id');
}

/** outbind (SMPP 3.4 §4.1.7). */
export function readOutbind(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): Outbind {
  return {
    command: 'outbind',
    command_status,
    sequence_number,
    system_id: reader.readCString(16, commandStatus.ESME_RINVSYSID, 'system_id'),
    password: reader.readCString(9, commandStatus.ESME_RINVPASWD, 'password'),
  };
}

export function writeOutbind(writer: FieldWriter, pdu: BodyOf<Outbind>): void {
  writer.writeCString(pdu.system_id, 16, 'system_id');
  writer.writeCString(pdu.password, 9, 'password');
}

/** alert_notification (SMPP 3.4 §4.12.1). */
export function readAlertNotification(
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): AlertNotification {
  return {
    command: 'alert_notification',
    command_status,
    sequence_number,
    source_addr_ton: reader.readUint8(),
    source_addr_npi: reader.readUint8(),
    source_addr: reader.readCString(65, commandStatus.ESME_RINVSRCADR, 'source_addr'),
    esme_addr_ton: reader.readUint8(),
    esme_addr_npi: reader.readUint8(),
    esme_addr: reader.readCString(65, commandStatus.ESME_RINVDSTADR, 'esme_addr'),
  };
}

export function writeAlertNotification(writer: FieldWriter, pdu: BodyOf<AlertNotification>): void {
  writer.writeUint8(pdu.source_addr_ton, 'source_addr_ton');
  writer.writeUint8(pdu.source_addr_npi, 'source_addr_npi');
  writer.writeCString(pdu.source_addr, 65, 'source_addr');
  writer.writeUint8(pdu.esme_addr_ton, 'esme_addr_ton');
  writer.writeUint8(pdu.esme_addr_npi, 'esme_addr_npi');
  writer.writeCString(pdu.esme_addr, 65, 'esme_addr');
}

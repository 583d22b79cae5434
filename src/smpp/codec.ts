import { commandId, findResponseId } from './command-id.ts';
import { commandStatus } from './command-status.ts';
import { FieldReader, FieldWriter, headerBytes, type Manner } from './fields.ts';
import {
  readDataSm,
  readMessage,
  readReplaceSm,
  readSubmitMulti,
  readSubmitMultiResp,
  writeDataSm,
  writeMessage,
  writeReplaceSm,
  writeSubmitMulti,
  writeSubmitMultiResp,
} from './message-bodies.ts';
import { PduFault } from './pdu-fault.ts';
import type { Pdu, Unnumbered } from './pdus.ts';
import {
  readCancelSm,
  readQuerySm,
  readQuerySmResp,
  writeCancelSm,
  writeQuerySm,
  writeQuerySmResp,
} from './query-bodies.ts';
import {
  readAlertNotification,
  readBind,
  readBindResp,
  readOutbind,
  writeAlertNotification,
  writeBind,
  writeBindResp,
  writeOutbind,
} from './session-bodies.ts';
import { boundTlvs, readTlvs, writeTlvs } from './tlv-codec.ts';

/**
 * Decodes one whole frame, as the framer gives it. Octet strings are views of the frame.
 * Throws `PduFault` and nothing else, and never reads past the frame.
 */
export function decodePdu(frame: Buffer, manner: Manner = 'strict'): Pdu {
  if (frame.length < headerBytes || frame.readUInt32BE(0) !== frame.length) {
    const message = `a frame of ${frame.length} octets is not as long as its command_length`;
    throw new PduFault('fatal', commandStatus.ESME_RINVCMDLEN, 0, 0, message);
  }
  const reader = new FieldReader(frame, manner);
  const pdu = readPdu(frame.readUInt32BE(4), frame.readUInt32BE(8), frame.readUInt32BE(12), reader);
  const tlvs = readTlvs(reader);
  if (tlvs !== undefined) pdu.tlvs = tlvs;
  return pdu;
}

/** Encodes one PDU into a buffer of its own. Throws RangeError for a value without a place. */
export function encodePdu(pdu: Pdu, manner: Manner = 'strict'): Buffer {
  const buffer = Buffer.allocUnsafe(boundPdu(pdu, manner));
  return buffer.subarray(0, encodePduInto(pdu, buffer, 0, manner));
}

/**
 * Encodes one PDU into `buffer` from `offset` and returns the offset behind it. Throws RangeError
 * for a value without a place in its field and for a buffer without room (`boundPdu` octets are
 * always enough); what has been written by then is of no meaning.
 */
export function encodePduInto(
  pdu: Pdu,
  buffer: Buffer,
  offset: number,
  manner: Manner = 'strict',
): number {
  return encodeNumbered(pdu, pdu.command_status, pdu.sequence_number, buffer, offset, manner);
}

/** As `encodePduInto`, with the two changing fields of the header apart: spares a copy. */
export function encodeNumbered(
  pdu: Unnumbered<Pdu>,
  command_status: number,
  sequence_number: number,
  buffer: Buffer,
  offset: number,
  manner: Manner,
): number {
  const writer = new FieldWriter(buffer, offset + headerBytes, manner);
  writeBody(writer, pdu, command_status);
  if (pdu.tlvs !== undefined) writeTlvs(writer, pdu.tlvs);
  const end = writer.offset;
  if (end > buffer.length) {
    throw new RangeError(`${pdu.command}: ${end - offset} octets, ${buffer.length - offset} free`);
  }
  writer.offset = offset;
  writeHeader(writer, end - offset, commandId[pdu.command], command_status, sequence_number);
  return end;
}

/** Octets of the longest negative answer. */
export const refusalBytesMax = headerBytes + 1;

/**
 * Encodes the negative answer to a request by its command_id, for requests that could not be
 * decoded or are not wanted. The response has no body but for deliver_sm and data_sm, whose
 * tables have the empty message_id in every case (SMPP 3.4 §4.6.2, §4.7.2) and whose receivers
 * were seen to insist on it. What has no response of its own gets generic_nack.
 */
export function encodeRefusal(
  command_id: number,
  command_status: number,
  sequence_number: number,
  buffer: Buffer,
  offset: number,
): number {
  const writer = new FieldWriter(buffer, offset, 'strict');
  const hasMessageId = command_id === commandId.deliver_sm || command_id === commandId.data_sm;
  const command_length = hasMessageId ? headerBytes + 1 : headerBytes;
  const response_id = findResponseId(command_id);
  writeHeader(writer, command_length, response_id, command_status, sequence_number);
  if (hasMessageId) writer.writeCString('', 1, 'message_id');
  return writer.offset;
}

function writeHeader(
  writer: FieldWriter,
  command_length: number,
  command_id: number,
  command_status: number,
  sequence_number: number,
): void {
  writer.writeUint32(command_length, 'command_length');
  writer.writeUint32(command_id, 'command_id');
  writer.writeUint32(command_status, 'command_status');
  writer.writeUint32(sequence_number, 'sequence_number');
}

/** More than any PDU takes without its lists and TLVs: 365 octets, or 5 strings of lenient size. */
const strictBytesMax = 512;
const lenientBytesMax = 2048;
/** More than a list's element takes beside its address. */
const elementBytesMax = 16;

/** Octets that the encoded PDU takes at most; cheap, and not tight. */
export function boundPdu(pdu: Unnumbered<Pdu>, manner: Manner = 'strict'): number {
  let bytes = manner === 'strict' ? strictBytesMax : lenientBytesMax;
  if (pdu.tlvs !== undefined) bytes += boundTlvs(pdu.tlvs);
  if (pdu.command === 'submit_multi') {
    for (const address of pdu.dest_address) {
      const text = address.dest_flag === 1 ? address.destination_addr : address.dl_name;
      bytes += elementBytesMax + text.length;
    }
  } else if (pdu.command === 'submit_multi_resp') {
    for (const sme of pdu.unsuccess_sme) bytes += elementBytesMax + sme.destination_addr.length;
  }
  return bytes;
}

function readPdu(
  command_id: number,
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
): Pdu {
  switch (command_id) {
    case commandId.submit_sm:
      return readMessage('submit_sm', command_status, sequence_number, reader);
    case commandId.submit_sm_resp:
      return readMessageResp('submit_sm_resp', command_status, sequence_number, reader);
    case commandId.deliver_sm:
      return readMessage('deliver_sm', command_status, sequence_number, reader);
    case commandId.deliver_sm_resp:
      return readMessageResp('deliver_sm_resp', command_status, sequence_number, reader);
    case commandId.data_sm:
      return readDataSm(command_status, sequence_number, reader);
    case commandId.data_sm_resp:
      return readMessageResp('data_sm_resp', command_status, sequence_number, reader);
    case commandId.enquire_link:
      return { command: 'enquire_link', command_status, sequence_number };
    case commandId.enquire_link_resp:
      return { command: 'enquire_link_resp', command_status, sequence_number };
    case commandId.generic_nack:
      return { command: 'generic_nack', command_status, sequence_number };
    case commandId.bind_transmitter:
      return readBind('bind_transmitter', command_status, sequence_number, reader);
    case commandId.bind_transmitter_resp:
      return readBindResp('bind_transmitter_resp', command_status, sequence_number, reader);
    case commandId.bind_receiver:
      return readBind('bind_receiver', command_status, sequence_number, reader);
    case commandId.bind_receiver_resp:
      return readBindResp('bind_receiver_resp', command_status, sequence_number, reader);
    case commandId.bind_transceiver:
      return readBind('bind_transceiver', command_status, sequence_number, reader);
    case commandId.bind_transceiver_resp:
      return readBindResp('bind_transceiver_resp', command_status, sequence_number, reader);
    case commandId.outbind:
      return readOutbind(command_status, sequence_number, reader);
    case commandId.unbind:
      return { command: 'unbind', command_status, sequence_number };
    case commandId.unbind_resp:
      return { command: 'unbind_resp', command_status, sequence_number };
    case commandId.submit_multi:
      return readSubmitMulti(command_status, sequence_number, reader);
    case commandId.submit_multi_resp:
      return readSubmitMultiResp(command_status, sequence_number, reader);
    case commandId.query_sm:
      return readQuerySm(command_status, sequence_number, reader);
    case commandId.query_sm_resp:
      return readQuerySmResp(command_status, sequence_number, reader);
    case commandId.cancel_sm:
      return readCancelSm(command_status, sequence_number, reader);
    case commandId.cancel_sm_resp:
      return { command: 'cancel_sm_resp', command_status, sequence_number };
    case commandId.replace_sm:
      return readReplaceSm(command_status, sequence_number, reader);
    case commandId.replace_sm_resp:
      return { command: 'replace_sm_resp', command_status, sequence_number };
    case commandId.alert_notification:
      return readAlertNotification(command_status, sequence_number, reader);
    default:
      throw reader.fault(
        commandStatus.ESME_RINVCMDID,
        `no command has the id 0x${command_id.toString(16).padStart(8, '0')}`,
      );
  }
}

/** Responses whose body is a message_id (SMPP 3.4 §4.4.2, §4.6.2, §4.7.2). */
function readMessageResp<Name extends 'submit_sm_resp' | 'deliver_sm_resp' | 'data_sm_resp'>(
  command: Name,
  command_status: number,
  sequence_number: number,
  reader: FieldReader,
) {
  const message_id = reader.readCStringIfAny(65, commandStatus.ESME_RINVMSGID, 'message_id');
  return { command, command_status, sequence_number, message_id };
}

function writeBody(writer: FieldWriter, pdu: Unnumbered<Pdu>, command_status: number): void {
  switch (pdu.command) {
    case 'submit_sm':
    case 'deliver_sm':
      return writeMessage(writer, pdu);
    case 'submit_sm_resp':
      // §4.4.2: the body is not returned with a non-zero command_status.
      if (command_status !== 0 && pdu.message_id === '' && pdu.tlvs === undefined) return;
      return writer.writeCString(pdu.message_id, 65, 'message_id');
    case 'deliver_sm_resp':
    case 'data_sm_resp':
      return writer.writeCString(pdu.message_id, 65, 'message_id');
    case 'enquire_link':
    case 'enquire_link_resp':
    case 'unbind':
    case 'unbind_resp':
    case 'generic_nack':
    case 'cancel_sm_resp':
    case 'replace_sm_resp':
      return;
    case 'bind_transmitter':
    case 'bind_receiver':
    case 'bind_transceiver':
      return writeBind(writer, pdu);
    case 'bind_transmitter_resp':
    case 'bind_receiver_resp':
    case 'bind_transceiver_resp':
      // §4.1.2: the body is not returned with a non-zero command_status.
      if (command_status !== 0 && pdu.system_id === '' && pdu.tlvs === undefined) return;
      return writeBindResp(writer, pdu);
    case 'outbind':
      return writeOutbind(writer, pdu);
    case 'submit_multi':
      return writeSubmitMulti(writer, pdu);
    case 'submit_multi_resp':
      return writeSubmitMultiResp(writer, pdu);
    case 'data_sm':
      return writeDataSm(writer, pdu);
    case 'query_sm':
      return writeQuerySm(writer, pdu);
    case 'query_sm_resp':
      return writeQuerySmResp(writer, pdu);
    case 'cancel_sm':
      return writeCancelSm(writer, pdu);
    case 'replace_sm':
      return writeReplaceSm(writer, pdu);
    case 'alert_notification':
      return writeAlertNotification(writer, pdu);
  }
}

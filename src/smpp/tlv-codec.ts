import { commandStatus } from './command-status.ts';
import type { FieldReader, FieldWriter } from './fields.ts';
import type { PduFault } from './pdu-fault.ts';
import { type TlvDefinition, type Tlvs, tlvDefinitions, tlvValueBytesMax } from './tlvs.ts';

const byTag = new Map(tlvDefinitions.map((definition) => [definition.tag, definition]));
const byName = new Map<string, TlvDefinition>(
  tlvDefinitions.map((definition) => [definition.name, definition]),
);

/** Tag and length. */
const tlvHeaderBytes = 4;

/** Reads TLVs to the end of the frame (SMPP 3.4 §3.2.4); undefined if none can be read. */
export function readTlvs(reader: FieldReader): Tlvs | undefined {
  let tlvs: Tlvs | undefined;
  while (reader.hasMore()) {
    const left = reader.end - reader.offset - tlvHeaderBytes;
    const tag = left < 0 ? 0 : reader.readUint16();
    const size = left < 0 ? 0 : reader.readUint16();
    if (size > left) {
      if (reader.lenient) return tlvs;
      const message = 'a TLV does not end within the frame';
      throw reader.fault(commandStatus.ESME_RINVOPTPARSTREAM, message);
    }
    tlvs ??= {};
    readTlv(reader, tlvs, tag, size);
  }
  return tlvs;
}

function readTlv(reader: FieldReader, tlvs: Tlvs, tag: number, size: number): void {
  const definition = byTag.get(tag);
  if (definition === undefined) return keepRaw(reader, tlvs, tag, size);
  if (!isSizeRight(definition, size)) {
    if (!reader.lenient) throw wrongSize(reader, definition, size);
    // Over-long text is still text; any other wrong length leaves the value without a meaning.
    if (definition.kind !== 'c_octet_string') return keepRaw(reader, tlvs, tag, size);
  }
  if (definition.kind === 'integers') {
    (tlvs[definition.name] ??= []).push(reader.readUint8());
  } else if (definition.kind === 'octet_strings') {
    (tlvs[definition.name] ??= []).push(readValue(reader, size));
  } else if (tlvs[definition.name] === undefined) {
    readSingle(reader, tlvs, definition, size);
  } else {
    keepRaw(reader, tlvs, tag, size);
  }
}

type SingleTlv = Exclude<TlvDefinition, { kind: 'integers' | 'octet_strings' }>;

function readSingle(reader: FieldReader, tlvs: Tlvs, definition: SingleTlv, size: number): void {
  switch (definition.kind) {
    case 'integer':
      tlvs[definition.name] = readInteger(reader, definition.size);
      return;
    case 'c_octet_string':
      tlvs[definition.name] = readText(reader, definition, size);
      return;
    case 'octet_string':
      tlvs[definition.name] = readValue(reader, size);
      return;
    case 'network_error_code':
      tlvs[definition.name] = {
        network_type: reader.readUint8(),
        error_code: reader.readUint16(),
      };
      return;
    case 'flag':
      tlvs[definition.name] = true;
      return;
  }
}

function isSizeRight(definition: TlvDefinition, size: number): boolean {
  switch (definition.kind) {
    case 'integer':
    case 'integers':
      return size === definition.size;
    case 'c_octet_string':
      return size <= definition.sizeMax;
    case 'octet_string':
    case 'octet_strings':
      return size >= definition.sizeMin && size <= definition.sizeMax;
    case 'network_error_code':
      return size === 3;
    case 'flag':
      return size === 0;
  }
}

function readInteger(reader: FieldReader, size: 1 | 2 | 4): number {
  if (size === 1) return reader.readUint8();
  return size === 2 ? reader.readUint16() : reader.readUint32();
}

/**
 * Many SMSCs leave out the NUL of a C-Octet String in a TLV, where the length says enough. The
 * text itself must not take the NUL's place: it could not be sent on.
 */
function readText(
  reader: FieldReader,
  definition: Extract<TlvDefinition, { kind: 'c_octet_string' }>,
  size: number,
): string {
  const text = reader.readText(size);
  if (text.length < definition.sizeMax || reader.lenient) return text;
  throw wrongSize(reader, definition, size);
}

function wrongSize(reader: FieldReader, definition: TlvDefinition, size: number): PduFault {
  return reader.fault(commandStatus.ESME_RINVPARLEN, `${definition.name}: ${size} octets`);
}

function readValue(reader: FieldReader, size: number): Buffer {
  return reader.readOctets(size, commandStatus.ESME_RINVOPTPARSTREAM, 'TLV');
}

function keepRaw(reader: FieldReader, tlvs: Tlvs, tag: number, size: number): void {
  (tlvs.other ??= []).push({ tag, value: readValue(reader, size) });
}

/** Writes the TLVs in the order of their properties, `other` last. */
export function writeTlvs(writer: FieldWriter, tlvs: Tlvs): void {
  for (const name in tlvs) {
    const definition = byName.get(name);
    if (definition !== undefined) writeNamed(writer, tlvs, definition);
  }
  if (tlvs.other === undefined) return;
  for (const { tag, value } of tlvs.other) {
    writer.writeUint16(tag, 'tag');
    writeValue(writer, value, 0, tlvValueBytesMax, 'value');
  }
}

function writeNamed(writer: FieldWriter, tlvs: Tlvs, definition: TlvDefinition): void {
  const { tag, name } = definition;
  switch (definition.kind) {
    case 'integer': {
      const value = tlvs[definition.name];
      if (value !== undefined) writeInteger(writer, tag, value, definition.size, name);
      return;
    }
    case 'integers':
      for (const value of tlvs[definition.name] ?? []) writeInteger(writer, tag, value, 1, name);
      return;
    case 'c_octet_string': {
      const value = tlvs[definition.name];
      if (value === undefined) return;
      writer.writeUint16(tag, 'tag');
      writer.writeUint16(value.length + 1, 'length');
      writer.writeCString(value, definition.sizeMax, name);
      return;
    }
    case 'octet_string': {
      const value = tlvs[definition.name];
      if (value === undefined) return;
      writer.writeUint16(tag, 'tag');
      writeValue(writer, value, definition.sizeMin, definition.sizeMax, name);
      return;
    }
    case 'octet_strings':
      for (const value of tlvs[definition.name] ?? []) {
        writer.writeUint16(tag, 'tag');
        writeValue(writer, value, definition.sizeMin, definition.sizeMax, name);
      }
      return;
    case 'network_error_code': {
      const value = tlvs[definition.name];
      if (value === undefined) return;
      writer.writeUint16(tag, 'tag');
      writer.writeUint16(3, 'length');
      writer.writeUint8(value.network_type, name);
      writer.writeUint16(value.error_code, name);
      return;
    }
    case 'flag':
      if (tlvs[definition.name] === undefined) return;
      writer.writeUint16(tag, 'tag');
      writer.writeUint16(0, 'length');
      return;
  }
}

function writeInteger(
  writer: FieldWriter,
  tag: number,
  value: number,
  size: 1 | 2 | 4,
  name: string,
): void {
  writer.writeUint16(tag, 'tag');
  writer.writeUint16(size, 'length');
  if (size === 1) writer.writeUint8(value, name);
  else if (size === 2) writer.writeUint16(value, name);
  else writer.writeUint32(value, name);
}

function writeValue(
  writer: FieldWriter,
  value: Buffer,
  sizeMin: number,
  sizeMax: number,
  name: string,
): void {
  writer.writeUint16(value.length, name);
  writer.writeOctets(value, sizeMin, sizeMax, name);
}

/** Octets that the TLVs take at most; exact but for the sizes of integers. */
export function boundTlvs(tlvs: Tlvs): number {
  let bytes = 0;
  for (const value of Object.values(tlvs)) bytes += boundValue(value);
  return bytes;
}

function boundValue(value: Tlvs[keyof Tlvs]): number {
  const integerBytes = tlvHeaderBytes + 4;
  if (typeof value === 'string') return tlvHeaderBytes + value.length + 1;
  if (Buffer.isBuffer(value)) return tlvHeaderBytes + value.length;
  if (!Array.isArray(value)) return integerBytes;
  let bytes = 0;
  for (const item of value) {
    bytes += typeof item === 'number' ? integerBytes : tlvHeaderBytes + lengthOf(item);
  }
  return bytes;
}

function lengthOf(item: Buffer | { value: Buffer }): number {
  return Buffer.isBuffer(item) ? item.length : item.value.length;
}

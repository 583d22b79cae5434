/**
 * Just enough SMPP 3.4 for the operator's side of the rig. It shares no code with src/smpp on
 * purpose: the rig judges that code, and it has to be much cheaper than the gateways it drives, so
 * it reads only the fields it uses, straight from the received bytes.
 */
export const command = {
  genericNack: 0x8000_0000,
  bindReceiver: 0x01,
  bindTransmitter: 0x02,
  submitSm: 0x04,
  deliverSm: 0x05,
  unbind: 0x06,
  bindTransceiver: 0x09,
  enquireLink: 0x15,
  response: 0x8000_0000,
} as const;

export const commandStatus = {
  ok: 0x00,
  invalidCommand: 0x03,
  systemError: 0x08,
  invalidDestination: 0x0b,
  queueFull: 0x14,
  throttled: 0x58,
  temporaryAppError: 0x64,
} as const;

export const headerBytes = 16;

/** The largest PDU the sink reads: a submit_sm with a full message_payload. */
export const pduBytesMax = 72 * 1024;

/** What the sink needs of a submit_sm (SMPP 3.4 §4.4.1). */
export interface Submit {
  source: string;
  destination: string;
  /** Offset behind the last octet of the destination, for reading its number from the bytes. */
  destinationEnd: number;
  esmClass: number;
  registeredDelivery: number;
  dataCoding: number;
  /** Where the short message is in the buffer. */
  textStart: number;
  textEnd: number;
  /** Where the PDU ends: its TLVs stand between `textEnd` and here. */
  end: number;
}

/** Reads the body of the submit_sm at `start`; null when a field runs past its end. */
export function readSubmit(bytes: Buffer, start: number, end: number): Submit | null {
  const serviceEnd = bytes.indexOf(0, start + headerBytes);
  const sourceStart = serviceEnd + 3;
  const sourceEnd = serviceEnd < 0 ? -1 : bytes.indexOf(0, sourceStart);
  const destinationStart = sourceEnd + 3;
  const destinationEnd = sourceEnd < 0 ? -1 : bytes.indexOf(0, destinationStart);
  const flags = destinationEnd + 1;
  const scheduleEnd = destinationEnd < 0 ? -1 : bytes.indexOf(0, flags + 3);
  const validityEnd = scheduleEnd < 0 ? -1 : bytes.indexOf(0, scheduleEnd + 1);
  const tail = validityEnd + 1;
  if (validityEnd < 0 || tail + 5 > end) return null;
  const textStart = tail + 5;
  const textEnd = textStart + (bytes[tail + 4] ?? 0);
  if (textEnd > end) return null;
  return {
    source: bytes.toString('latin1', sourceStart, sourceEnd),
    destination: bytes.toString('latin1', destinationStart, destinationEnd),
    destinationEnd,
    esmClass: bytes[flags] ?? 0,
    registeredDelivery: bytes[tail] ?? 0,
    dataCoding: bytes[tail + 2] ?? 0,
    textStart,
    textEnd,
    end,
  };
}

/** The text of a submit_sm: short_message without its user data header, or message_payload. */
export function readText(bytes: Buffer, submit: Submit): string {
  let [start, end] = [submit.textStart, submit.textEnd];
  if (start === end) [start, end] = findTlv(bytes, submit.textEnd, submit.end, 0x0424);
  // A user data header says its own length in its first octet (SMPP 3.4 §5.2.12, UDHI).
  if ((submit.esmClass & 0x40) !== 0 && start < end) start += 1 + (bytes[start] ?? 0);
  if (submit.dataCoding !== 8) return bytes.toString('latin1', start, end);
  return Buffer.from(bytes.subarray(start, end - ((end - start) % 2)))
    .swap16()
    .toString('utf16le');
}

/** Which part of how many a submit_sm is (3GPP TS 23.040 §9.2.3.24.1 and .8); 1 of 1 without such a header. */
export function readPart(bytes: Buffer, submit: Submit): { part: number; parts: number } {
  const whole = { part: 1, parts: 1 };
  if ((submit.esmClass & 0x40) === 0) return whole;
  const end = Math.min(submit.textStart + 1 + (bytes[submit.textStart] ?? 0), submit.textEnd);
  let at = submit.textStart + 1;
  while (at + 2 <= end) {
    const [element, length] = [bytes[at], bytes[at + 1] ?? 0];
    const last = at + 2 + length;
    if (last > end) return whole;
    if ((element === 0x00 && length === 3) || (element === 0x08 && length === 4)) {
      return { parts: bytes[last - 2] ?? 1, part: bytes[last - 1] ?? 1 };
    }
    at = last;
  }
  return whole;
}

function findTlv(bytes: Buffer, from: number, end: number, wanted: number): [number, number] {
  let at = from;
  while (at + 4 <= end) {
    const length = bytes.readUInt16BE(at + 2);
    if (bytes.readUInt16BE(at) === wanted) return [at + 4, Math.min(end, at + 4 + length)];
    at += 4 + length;
  }
  return [end, end];
}

/** The C-octet string at `start`. */
export function readCString(bytes: Buffer, start: number, end: number): string {
  const stop = bytes.indexOf(0, start);
  return bytes.toString('latin1', start, stop < 0 || stop > end ? end : stop);
}

/**
 * Gathers the PDUs of one tick in one run of bytes, for one write. Memory comes from slabs that are
 * never written twice, because a socket may still hold what was given to it.
 */
export class PduWriter {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #from = 0;
  #at = 0;

  /** A PDU with an empty body. */
  header(commandId: number, status: number, sequence: number): void {
    this.#reserve(headerBytes);
    this.#at = this.#writeHeader(headerBytes, commandId, status, sequence);
  }

  /** A PDU whose body is one C-octet string: submit_sm_resp and the bind responses. */
  withString(commandId: number, status: number, sequence: number, text: string): void {
    const length = headerBytes + text.length + 1;
    this.#reserve(length);
    const at = this.#writeHeader(length, commandId, status, sequence);
    this.#at = this.#cstring(at, text);
  }

  /** A receipt as deliver_sm (SMPP 3.4 §4.6.1 and Appendix B), from the handset to the sender. */
  receipt(sequence: number, receipt: ReceiptFields): void {
    const { messageId, handset, sender, text } = receipt;
    const length =
      headerBytes +
      RECEIPT_FIXED_BYTES +
      handset.length +
      sender.length +
      text.length +
      messageId.length;
    this.#reserve(length);
    let at = this.#writeHeader(length, command.deliverSm, 0, sequence);
    const slab = this.#slab;
    slab[at] = 0;
    slab[at + 1] = TON_INTERNATIONAL;
    slab[at + 2] = NPI_ISDN;
    at = this.#cstring(at + 3, handset);
    slab[at] = TON_UNKNOWN;
    slab[at + 1] = TON_UNKNOWN;
    at = this.#cstring(at + 2, sender);
    slab.fill(0, at, at + 9);
    slab[at] = ESM_RECEIPT;
    at += 9;
    slab[at] = text.length;
    slab.write(text, at + 1, 'latin1');
    at += 1 + text.length;
    at = slab.writeUInt16BE(TLV_RECEIPTED_MESSAGE_ID, at);
    at = slab.writeUInt16BE(messageId.length + 1, at);
    at = this.#cstring(at, messageId);
    at = slab.writeUInt16BE(TLV_MESSAGE_STATE, at);
    at = slab.writeUInt16BE(1, at);
    slab[at] = receipt.state;
    this.#at = at + 1;
  }

  /** What was written since the last call, or null. */
  take(): Buffer | null {
    if (this.#at === this.#from) return null;
    const bytes = this.#slab.subarray(this.#from, this.#at);
    this.#from = this.#at;
    return bytes;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#slab.length) return;
    const open = this.#slab.subarray(this.#from, this.#at);
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, open.length * 2 + bytes));
    this.#slab.set(open);
    this.#from = 0;
    this.#at = open.length;
  }

  #writeHeader(length: number, commandId: number, status: number, sequence: number): number {
    const at = this.#at;
    this.#slab.writeUInt32BE(length, at);
    this.#slab.writeUInt32BE(commandId, at + 4);
    this.#slab.writeUInt32BE(status, at + 8);
    this.#slab.writeUInt32BE(sequence, at + 12);
    return at + headerBytes;
  }

  #cstring(at: number, text: string): number {
    this.#slab.write(text, at, 'latin1');
    this.#slab[at + text.length] = 0;
    return at + text.length + 1;
  }
}

export interface ReceiptFields {
  readonly messageId: string;
  readonly handset: string;
  readonly sender: string;
  /** ASCII, at most 254 octets. */
  readonly text: string;
  /** message_state (SMPP 3.4 §5.2.28). */
  readonly state: number;
}

const SLAB_BYTES = 256 * 1024;
/** Every octet of a receipt's body that is not one of its five strings, with the two TLVs. */
const RECEIPT_FIXED_BYTES = 27;
const TON_UNKNOWN = 0;
const TON_INTERNATIONAL = 1;
const NPI_ISDN = 1;
const ESM_RECEIPT = 0x04;
const TLV_RECEIPTED_MESSAGE_ID = 0x001e;
const TLV_MESSAGE_STATE = 0x0427;

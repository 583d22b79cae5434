import { decodeText } from '../../text/data-coding.ts';
import { buildUdh, findConcatenation, parseUdh, type UdhElement } from '../../text/udh.ts';
import type { InboundPart } from '../contract.ts';
import { readAddress } from './addresses.ts';
import { type Delivery, readMessageOctets, readOperator } from './receipts.ts';
import type { SmsSettings } from './settings.ts';

const udhIndicator = 0x40;

/**
 * Reads an incoming message (sms-operators §6). Binary content, which has no text, is given in
 * hexadecimal. A header that cannot be parsed is left in the text rather than lost with it.
 */
export function readInbound(
  delivery: Delivery,
  connection: string,
  settings: Pick<SmsSettings, 'defaultAlphabet' | 'operatorTag'>,
  receivedAt: number,
): InboundPart {
  const octets = readMessageOctets(delivery);
  const udh = (delivery.esm_class & udhIndicator) === 0 ? null : parseUdh(octets);
  const header = udh === null || 'fault' in udh ? null : udh;
  const headerOctets = header?.octets ?? 0;
  const body = octets.subarray(headerOctets);
  const text = decodeText(body, delivery.data_coding, settings.defaultAlphabet, headerOctets);
  return {
    connection,
    channel: 'SMS',
    from: readAddress(delivery.source_addr_ton, delivery.source_addr),
    fromName: null,
    to: readAddress(delivery.dest_addr_ton, delivery.destination_addr),
    text: text ?? body.toString('hex'),
    isBinary: text === undefined,
    udh: header === null ? null : readOwnHeader(header.elements),
    receivedAt,
    operator: readOperator(delivery, settings.operatorTag),
    concat: header === null ? readSar(delivery) : readConcat(header),
    // SMPP 3.4 §4.6.1 gives an incoming message no id of its own.
    providerId: null,
    media: null,
    custom: null,
    context: null,
    event: null,
  };
}

/** What a header says beside concatenation, such as application ports; null when that is nothing. */
function readOwnHeader(elements: readonly UdhElement[]): string | null {
  const own = elements.filter((element) => findConcatenation([element]) === undefined);
  return own.length === 0 ? null : buildUdh(own).toString('hex');
}

function readConcat(header: Exclude<ReturnType<typeof parseUdh>, { fault: string }>) {
  const found = findConcatenation(header.elements);
  if (found === undefined) return null;
  return { reference: found.reference, total: found.total, sequence: found.sequence };
}

/** SMPP 3.4 §5.3.2.22 to §5.3.2.24: all three, and a sequence inside the total. */
function readSar({ tlvs }: Delivery): InboundPart['concat'] {
  const reference = tlvs?.sar_msg_ref_num;
  const total = tlvs?.sar_total_segments;
  const sequence = tlvs?.sar_segment_seqnum;
  if (reference === undefined || total === undefined || sequence === undefined) return null;
  return sequence >= 1 && sequence <= total ? { reference, total, sequence } : null;
}

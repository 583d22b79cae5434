import type { Random } from '../../../lib/random.ts';
import type { Tlvs } from '../../../smpp/tlvs.ts';
import { dataCodings } from '../../../text/data-coding.ts';
import {
  chooseEncoding,
  type Encoding,
  encodeWhole,
  partsMaxLimit,
  segment,
} from '../../../text/segmentation.ts';
import { buildConcatUdh } from '../../../text/udh.ts';
import { addOperator, type DeliverPdu, writeDeliverPdu } from './receipt-writer.ts';
import type { PduAddress } from './stored-message.ts';
import type { Switches } from './switches.ts';
import { udhIndicator } from './user-data.ts';

/** A message from a handset (MO) and how it is to come. */
export interface IncomingMessage {
  /** The handset, digits without prefix. */
  readonly from: string;
  /** The number or short code it was sent to. */
  readonly to: string;
  /** Hexadecimal when the encoding is binary. */
  readonly text: string;
  /** The account that gets it; absent: the one that can receive, the first of several. */
  readonly account?: string;
  /** Absent: GSM if every character is in it, else UCS-2. */
  readonly encoding?: Encoding;
  /** How a long text is tied together; absent: "udh8". */
  readonly concat?: 'udh8' | 'udh16' | 'sar' | 'payload';
  /** The reference of a long text; absent: drawn at random. */
  readonly reference?: number;
  /** The parts come in another order. */
  readonly shuffled?: boolean;
  /** This part, counted from 1, never comes. */
  readonly missingPart?: number;
  /** Every part comes so many times; absent: once. */
  readonly copies?: number;
  /** Class 0: to be shown at once. */
  readonly flash?: boolean;
  /** In data_sm instead of deliver_sm. */
  readonly inDataSm?: boolean;
}

/** Service addresses: numbers, short codes, names. */
const serviceAddressShape = /^[\dA-Za-z+*#]{1,20}$/;
const handsetShape = /^\d{3,20}$/;

/**
 * The PDUs of a message from a handset on the network `mccmnc`, in the order in which they are to be
 * sent. Throws RangeError for addresses that are none.
 */
export function writeIncoming(
  message: IncomingMessage,
  switches: Switches,
  mccmnc: string,
  random: Random,
): DeliverPdu[] {
  if (!handsetShape.test(message.from)) throw new RangeError(`no handset: ${message.from}`);
  if (!serviceAddressShape.test(message.to)) throw new RangeError(`no address: ${message.to}`);
  const { concat = 'udh8', copies = 1 } = message;
  const encoding = message.encoding ?? chooseEncoding(message.text);
  const data_coding = dataCodings[encoding] | (message.flash === true ? 0x10 : 0);
  const request = {
    text: message.text,
    encoding,
    partsMax: partsMaxLimit,
    alphabet: switches.defaultAlphabet,
  };
  const reference = message.reference ?? random.uint32() >>> (concat === 'udh8' ? 24 : 16);
  const write = (octets: Buffer, esm_class: number, tlvs: Tlvs): DeliverPdu =>
    writeDeliverPdu(message.inDataSm === true ? 'data_sm' : 'deliver_sm', {
      source: { ton: 1, npi: 1, text: message.from },
      destination: readServiceAddress(message.to),
      esm_class,
      data_coding,
      octets,
      tlvs: addOperator(tlvs, switches.operatorTag, mccmnc),
    });
  if (concat === 'payload') {
    const { payload } = encodeWhole(request);
    return repeat([write(Buffer.alloc(0), 0, { message_payload: payload })], copies);
  }
  const { payloads } = segment({ ...request, referenceWidth: concat === 'udh16' ? 16 : 8 });
  const total = payloads.length;
  const parts = payloads.map((payload, index) => {
    if (total === 1) return write(payload, 0, {});
    const sequence = index + 1;
    if (concat === 'sar') {
      return write(payload, 0, {
        sar_msg_ref_num: reference,
        sar_total_segments: total,
        sar_segment_seqnum: sequence,
      });
    }
    const referenceWidth = concat === 'udh8' ? 8 : 16;
    const udh = buildConcatUdh({ reference, referenceWidth, total, sequence });
    return write(Buffer.concat([udh, payload]), udhIndicator, {});
  });
  const coming = parts.filter((_, index) => index + 1 !== message.missingPart);
  const all = repeat(coming, copies);
  return message.shuffled === true ? shuffle(all, random) : all;
}

/** Short codes as most operators write them, numbers as international ones (sms-operators §3.1). */
function readServiceAddress(to: string): PduAddress {
  const isNumber = /^\d{9,}$/.test(to);
  return isNumber ? { ton: 1, npi: 1, text: to } : { ton: 3, npi: 0, text: to };
}

function repeat<T>(items: readonly T[], copies: number): T[] {
  return items.flatMap((item) => Array.from({ length: copies }, () => item));
}

/** Another order than before, whenever there is one. */
function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = items
    .map((item) => ({ item, place: random.uint32() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
  const isSame = shuffled.every((item, index) => item === items[index]);
  return isSame ? shuffled.reverse() : shuffled;
}

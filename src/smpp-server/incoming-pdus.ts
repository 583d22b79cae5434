import type { SmppAccess } from '../core/account.ts';
import type { InboundMessage } from '../core/inbound.ts';
import type { Tlvs } from '../smpp/tlvs.ts';
import { dataCodings } from '../text/data-coding.ts';
import {
  chooseEncoding,
  type Encoding,
  encodeWhole,
  isHexadecimal,
  partsMaxLimit,
  segment,
  senderHeaderOctetsMax,
  userDataOctetsMax,
} from '../text/segmentation.ts';
import { buildConcatUdh, parseUdh } from '../text/udh.ts';
import { writeHandset, writeSender } from './delivery-addresses.ts';
import { operatorTlv } from './operator-tlv.ts';
import { addressFields, unusedOfDeliverSm } from './receipt.ts';
import type { Delivery } from './receiver-bind.ts';

/** esm_class: the text begins with a user data header (SMPP 3.4 §5.2.12). */
const udhIndicator = 0x40;

const noOctets: Buffer = Buffer.alloc(0);

/** One PDU's worth of a message. */
interface Piece {
  readonly udh: Uint8Array;
  readonly payload: Buffer;
}

/**
 * The deliver_sm of an incoming message (contract §11.4): one, or with `longTexts` "parts" as many as the text has
 * SMS parts, tied together by a concatenation header. The same message always gives the same PDUs.
 */
export function renderIncoming(
  message: InboundMessage,
  form: Pick<SmppAccess, 'longTexts'>,
): readonly Delivery[] {
  const { text, encoding } = readContent(message);
  const udh = readHeader(message.udh);
  const pieces = cut(text, encoding, udh, message.id);
  if (pieces !== null && (pieces.length === 1 || form.longTexts === 'parts')) {
    return pieces.map((piece) => write(message, encoding, piece, 'short_message'));
  }
  const { payload } = encodeWhole({ text, encoding, partsMax: partsMaxLimit });
  return [write(message, encoding, { udh, payload }, 'message_payload')];
}

/** Media has no place in SMPP but for its address. */
function readContent({ text, isBinary, media }: InboundMessage): {
  text: string;
  encoding: Encoding;
} {
  if (isBinary && isHexadecimal(text)) return { text, encoding: 'binary' };
  const shown = text === '' && media !== null ? media.uri : text;
  return { text: shown, encoding: chooseEncoding(shown) };
}

function readHeader(udh: string | null): Uint8Array {
  if (udh === null || !isHexadecimal(udh)) return noOctets;
  const octets = Buffer.from(udh, 'hex');
  const parsed = parseUdh(octets);
  return 'fault' in parsed ? noOctets : octets.subarray(0, parsed.octets);
}

/** Null when parts cannot carry it: the header leaves no room, or there would be too many. */
function cut(text: string, encoding: Encoding, udh: Uint8Array, id: string): Piece[] | null {
  if (udh.length > senderHeaderOctetsMax) {
    const payload = encodeWhole({ text, encoding, partsMax: partsMaxLimit }).payload;
    return udh.length + payload.length <= userDataOctetsMax ? [{ udh, payload }] : null;
  }
  const { payloads, truncated } = segment({
    text,
    encoding,
    partsMax: partsMaxLimit,
    headerOctets: udh.length,
  });
  const [only, ...others] = payloads;
  if (only === undefined || truncated) return null;
  if (others.length === 0) return [{ udh, payload: only }];
  // From the id, so that a message that is sent again has the same parts.
  const reference = Number.parseInt(id.slice(-2), 16);
  const total = payloads.length;
  return payloads.map((payload, index) => {
    const place = { reference, referenceWidth: 8, total, sequence: index + 1 } as const;
    return { udh: buildConcatUdh(place, udh), payload };
  });
}

function write(
  message: InboundMessage,
  encoding: Encoding,
  { udh, payload }: Piece,
  field: 'short_message' | 'message_payload',
): Delivery {
  const octets = udh.length === 0 ? payload : Buffer.concat([udh, payload]);
  const operator = operatorTlv(message.operator);
  const tlvs: Tlvs =
    field === 'short_message' ? operator : { ...operator, message_payload: octets };
  return {
    command: 'deliver_sm',
    body: {
      ...addressFields(writeHandset(message.from), writeSender(message.to)),
      esm_class: udh.length === 0 ? 0 : udhIndicator,
      registered_delivery: 0,
      data_coding: dataCodings[encoding],
      ...unusedOfDeliverSm,
      short_message: field === 'short_message' ? octets : noOctets,
    },
    tlvs,
  };
}

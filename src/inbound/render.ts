import type { InboundMessage } from '../core/inbound.ts';
import { formatAmsterdam } from '../lib/local-time.ts';
import { escapeXml } from '../webhooks/xml-escape.ts';

/** A longer number is an international one and gets a prefix; the others are short codes. */
export const shortCodeDigitsMax = 8;

/** The nested form, of 2019 to today (contract §9.1). */
export function renderJson(message: InboundMessage): string {
  const { media } = message;
  return JSON.stringify({
    reference: message.reference ?? '',
    messageContext: message.context ?? '',
    from: { number: international('+', message.from), name: message.fromName ?? '' },
    to: { number: international('+', message.to) },
    message: {
      text: message.text,
      media: {
        mediaUri: media?.uri ?? '',
        contentType: media?.contentType ?? '',
        title: media?.title ?? '',
      },
      custom: readCustom(message),
    },
    groupings: listGroupings(message),
    timeUtc: formatUtc(message.receivedAt),
    channel: message.channel,
  });
}

/** The form before the nested one (contract §9.2). */
export function renderFlatJson(message: InboundMessage): string {
  return JSON.stringify({
    reference: message.reference ?? '',
    from: international('00', message.from),
    to: international('00', message.to),
    body: textOf(message),
    groupings: listGroupings(message),
  });
}

/**
 * Contract §9.3, without blanks between the elements.
 *
 * @param id digits that tell messages apart and stay the same when one is repeated.
 */
export function renderXml(message: InboundMessage, id: string): string {
  const [first, second, third] = listGroupings(message);
  const element = (name: string, text: string): string => `<${name}>${escapeXml(text)}</${name}>`;
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n<MESSAGES><MSG>',
    element('ID', id),
    element('RECEIVER', international('00', message.to)),
    element('MESSAGE', textOf(message)),
    element('UDH', message.udh ?? ''),
    `<SENDER OPERATOR="${escapeXml(message.operator ?? '')}">`,
    `${escapeXml(international('00', message.from))}</SENDER>`,
    element('BINARY', message.isBinary ? 'True' : 'False'),
    element('REFERENCE', message.reference ?? ''),
    element('SENT', formatAmsterdam(message.receivedAt)),
    '<DCS></DCS><RESERVED1></RESERVED1><RESERVED2></RESERVED2><RESERVED3></RESERVED3>',
    '<RESERVED4></RESERVED4><RESERVED5></RESERVED5>',
    element('CUSTOMGROUPING', first),
    element('CUSTOMGROUPING2', second),
    element('CUSTOMGROUPING3', third),
    '<SESSIONGUID></SESSIONGUID></MSG></MESSAGES>',
  ].join('');
}

/** An event (contract §9.7). Its reference is its own GUID; that of the message it is about is the context. */
export function renderEvent(event: InboundMessage): string {
  const address = (text: string) => (event.channel === 'Push' ? text : `00${text}`);
  return JSON.stringify({
    reference: formatGuid(event.id),
    messageContext: event.reference ?? event.context ?? '',
    from: { number: address(event.from) },
    to: { number: address(event.to) },
    event: { type: event.event ?? '', custom: readCustom(event) },
    groupings: listGroupings(event),
    timeUtc: formatUtc(event.receivedAt),
    channel: event.channel,
  });
}

/** The text, or where the media is for those forms that have no place of its own for it. */
export function textOf({ text, media }: InboundMessage): string {
  return text === '' ? (media?.uri ?? '') : text;
}

/** A number with a prefix; short codes and names as they are. */
export function international(prefix: '+' | '00', address: string): string {
  const isNumber = /^\d+$/.test(address) && address.length > shortCodeDigitsMax;
  return isNumber ? prefix + address : address;
}

function listGroupings({ groupings }: InboundMessage): [string, string, string] {
  const [first, second, third] = groupings;
  return [first ?? '', second ?? '', third ?? ''];
}

/** What the channel adds. Of a binary SMS, which has no other place for it, that it is one and its header. */
function readCustom({ custom, isBinary, udh }: InboundMessage): object {
  const known: unknown = custom === null ? {} : JSON.parse(custom);
  return {
    ...(typeof known === 'object' && known !== null ? known : {}),
    ...(isBinary ? { binary: true } : {}),
    ...(udh === null ? {} : { udh }),
  };
}

function formatUtc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

function formatGuid(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

import type { InboundPart } from '../contract.ts';
import { type JsonObject, keepGiven, readList, readObject, readText } from './json.ts';
import { customCharactersMax } from './limits.ts';
import { readTimestamp } from './statuses.ts';

/** An incoming message of a webhook (whatsapp-cloud §7.4), without the file that belongs to it. */
export interface ReadInbound {
  readonly part: InboundPart;
  readonly media: MediaNote | null;
}

/** A file that a handset sent and Meta keeps for some days. */
export interface MediaNote {
  readonly id: string;
  readonly contentType: string;
  /** Base64 of the file's SHA-256; empty when it does not say. */
  readonly sha256: string;
  readonly title: string;
}

/** What surrounds the messages of one change of a webhook. */
export interface InboundFrame {
  readonly connection: string;
  /** The business number as digits. */
  readonly to: string;
  /** The names that WhatsApp gives, by handset. */
  readonly names: ReadonlyMap<string, string>;
  /** The number that messages are sent to, of a handset as WhatsApp names it. */
  numberOf(waId: string): string;
  readonly arrivedAt: number;
}

const mediaTypes = ['image', 'video', 'audio', 'voice', 'document', 'sticker'];

/** Reads an incoming message of any type; null when it says not even who wrote it. */
export function readInbound(message: JsonObject, frame: InboundFrame): ReadInbound | null {
  const waId = readText(message['from']) || readText(message['from_user_id']);
  const id = readText(message['id']);
  if (waId === '' || waId.length > 200 || id === '' || id.length > 512) return null;
  const type = readText(message['type']) || 'unsupported';
  const content = readContent(type, message);
  const custom = JSON.stringify({ message_type: type, ...content.custom });
  return {
    media: content.media,
    part: {
      connection: frame.connection,
      channel: 'WhatsApp',
      from: frame.numberOf(waId),
      fromName: frame.names.get(waId) ?? null,
      to: frame.to,
      text: content.text,
      isBinary: false,
      udh: null,
      receivedAt: readTimestamp(message['timestamp'], frame.arrivedAt),
      operator: null,
      concat: null,
      providerId: id,
      media: null,
      custom: type === 'text' || custom.length > customCharactersMax ? null : custom,
      context: content.context || readText(readObject(message['context'])['id']) || null,
      event: null,
    },
  };
}

interface InboundContent {
  readonly text: string;
  /** Beside `message_type` (contract §9.1). */
  readonly custom: JsonObject;
  readonly media: MediaNote | null;
  readonly context: string;
}

const plain = { custom: {}, media: null, context: '' } as const;

function readContent(type: string, message: JsonObject): InboundContent {
  const value = readObject(message[type]);
  if (mediaTypes.includes(type)) return readMedia(type, value);
  switch (type) {
    case 'text':
      return { ...plain, text: readText(value['body']) };
    case 'location':
      return { ...plain, text: '', custom: { location: readLocation(value) } };
    case 'contacts':
      return { ...plain, text: '', custom: { contacts: readList(message['contacts']) } };
    case 'interactive':
      return readInteractive(value);
    case 'button': {
      const title = readText(value['text']);
      const interactive = { type: 'button_reply', id: readText(value['payload']), title };
      return { ...plain, text: title, custom: { interactive } };
    }
    case 'reaction': {
      const emoji = readText(value['emoji']);
      const context = readText(value['message_id']);
      return { ...plain, text: emoji, custom: { reaction: { emoji } }, context };
    }
    case 'system':
      return { ...plain, text: readText(value['body']), custom: { system: value } };
    default:
      return {
        ...plain,
        text: '',
        custom: keepGiven({ [type]: value, errors: message['errors'] }),
      };
  }
}

function readMedia(type: string, value: JsonObject): InboundContent {
  const caption = readText(value['caption']);
  const note: MediaNote = {
    id: readText(value['id']),
    contentType: readText(value['mime_type']),
    sha256: readText(value['sha256']),
    title: readText(value['filename']) || caption,
  };
  const custom = keepGiven({ voice: type === 'voice' ? true : value['voice'] });
  return { ...plain, text: caption, custom, media: note.id === '' ? null : note };
}

/** In the words that locations are sent in (contract §9.1). */
function readLocation(value: JsonObject): JsonObject {
  return {
    latitude: readText(value['latitude']),
    longitude: readText(value['longitude']),
    label: readText(value['name']),
    searchQuery: readText(value['address']),
  };
}

function readInteractive(value: JsonObject): InboundContent {
  const type = readText(value['type']);
  const reply = readObject(value[type]);
  if (type === 'nfm_reply') {
    return { ...plain, text: readText(reply['body']), custom: { interactive: { type, ...reply } } };
  }
  const title = readText(reply['title']);
  const description = readText(reply['description']);
  const interactive = { type, id: readText(reply['id']), title, ...keepGiven({ description }) };
  return { ...plain, text: title, custom: { interactive } };
}

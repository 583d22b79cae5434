import { checkText, Fault } from './fault.ts';
import { type JsonObject, keepGiven, readText } from './json.ts';
import { captionCharactersMax } from './limits.ts';

export type MediaKind = 'image' | 'video' | 'audio' | 'document';

/**
 * The spellings of media types that are taken, those of the specification and those of IANA (contract
 * §7.3); `application/*` and `text/*` are documents besides. Meta goes by what the file's server says.
 */
const kindByType: ReadonlyMap<string, MediaKind> = new Map([
  ...listTypes('image', 'jpg jpeg png'),
  ...listTypes('video', 'mp4 3gp 3gpp'),
  ...listTypes('audio', 'acc aac m4a mp4 x-m4a amr mp3 mpeg ogg opus'),
  ...listTypes('document', 'pdf doc docx ppt pptx xls xlsx txt csv plain'),
]);

/** Where no type is given, the end of the address tells. */
const kindByEnding: ReadonlyMap<string, MediaKind> = new Map([
  ...listEndings('image', 'jpg jpeg png'),
  ...listEndings('video', 'mp4 3gp'),
  ...listEndings('audio', 'aac m4a amr mp3 ogg opus'),
  ...listEndings('document', 'pdf doc docx ppt pptx xls xlsx txt csv'),
]);

/** The media of a conversation item with the text beside it, as a message of the API. */
export function mapMedia(media: JsonObject, text: string): JsonObject | Fault {
  const kind = findKind(media);
  if (kind instanceof Fault) return kind.within('.media');
  const link = readLink(media);
  if (link instanceof Fault) return link.within('.media');
  const name = readText(media['mediaName']);
  if (kind === 'audio' && text !== '') {
    return new Fault('.text', 'cannot stand beside audio: make it an item of its own');
  }
  const caption = kind === 'audio' ? '' : text === '' && kind !== 'document' ? name : text;
  const tooLong = checkText(
    text === '' ? '.media.mediaName' : '.text',
    caption,
    captionCharactersMax,
    false,
  );
  if (tooLong !== null) return tooLong;
  const filename = kind === 'document' ? name : '';
  return { type: kind, [kind]: keepGiven({ link, caption, filename }) };
}

/** Media as the header of a template or an interactive message: no caption. */
export function mapHeaderMedia(media: JsonObject, wanted: string): JsonObject | Fault {
  const found = findKind(media);
  const kind = found instanceof Fault && readText(media['mimeType']) === '' ? wanted : found;
  if (kind instanceof Fault) return kind;
  if (kind !== wanted) return new Fault('.mimeType', `is not that of a header of type ${wanted}`);
  const link = readLink(media);
  if (link instanceof Fault) return link;
  const filename = kind === 'document' ? readText(media['mediaName']) : '';
  return { type: kind, [kind]: keepGiven({ link, filename }) };
}

function findKind(media: JsonObject): MediaKind | Fault {
  const type = readText(media['mimeType']).trim().toLowerCase().split(';')[0] ?? '';
  if (type === '') {
    const ending = /\.([a-z0-9]{2,5})$/i.exec(readText(media['mediaUri']).split(/[?#]/)[0] ?? '');
    const kind = kindByEnding.get(ending?.[1]?.toLowerCase() ?? '');
    return kind ?? new Fault('.mimeType', 'is missing');
  }
  const kind = kindByType.get(type);
  if (kind !== undefined) return kind;
  if (/^(application|text)\/[a-z0-9.+-]+$/.test(type)) return 'document';
  return new Fault('.mimeType', 'is none that WhatsApp takes');
}

function readLink(media: JsonObject): string | Fault {
  const link = readText(media['mediaUri']);
  const url = URL.parse(link);
  if (url !== null && (url.protocol === 'https:' || url.protocol === 'http:')) return link;
  return new Fault('.mediaUri', 'must be an http or https address');
}

function listTypes(kind: MediaKind, names: string): [string, MediaKind][] {
  return names.split(' ').map((name) => [`${kind}/${name}`, kind]);
}

function listEndings(kind: MediaKind, names: string): [string, MediaKind][] {
  return names.split(' ').map((name) => [name, kind]);
}

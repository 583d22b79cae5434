import type { Content } from '../../core/message.ts';
import { mapContacts } from './contacts.ts';
import { checkText, Fault } from './fault.ts';
import { mapInteractive } from './interactive.ts';
import {
  isObject,
  type JsonObject,
  keepGiven,
  parseJson,
  readList,
  readObject,
  readText,
} from './json.ts';
import { textCharactersMax } from './limits.ts';
import { mapMedia } from './media.ts';
import { mapSuggestions } from './suggestions.ts';
import { mapTemplate, type TemplateOptions } from './templates.ts';

/** One speech bubble: one call of the API. */
export interface Bubble {
  /** All of the call's body but whom it is for: type, content and context. */
  readonly message: JsonObject;
  /** Templates alone are allowed when the handset has not written for a day (whatsapp-cloud §4). */
  readonly isTemplate: boolean;
}

/**
 * The bubbles of a message, one for each item of its conversation, or the body text as the only one. Pure:
 * intake asks it at the door and the connection when it sends, so both say the same.
 */
export function mapContent(
  content: Pick<Content, 'text' | 'encoding' | 'rich'>,
  options: TemplateOptions,
): readonly Bubble[] | Fault {
  const rich = content.rich === null ? null : readObject(parseJson(content.rich));
  const items = readList(rich?.['conversation']);
  if (items.length === 0) return mapBody(content);
  const bubbles: Bubble[] = [];
  for (const [index, raw] of items.entries()) {
    const item = readObject(raw);
    const isLast = index === items.length - 1;
    const suggestions = readList(item['suggestions'] ?? (isLast ? rich?.['suggestions'] : []));
    const message = mapItem(item, suggestions, options);
    if (message instanceof Fault) return message.within(`.conversation[${index}]`);
    const message_id = readText(readObject(item['context'])['message_id']);
    const context = keepGiven({ message_id });
    bubbles.push({
      message: { ...message, ...keepGiven({ context }) },
      isTemplate: message['type'] === 'template',
    });
  }
  return bubbles;
}

/** What is wrong with content, as a sentence for the customer (contract §4.4, row 10); null when it can be sent. */
export function validateContent(
  content: Pick<Content, 'text' | 'encoding' | 'rich'>,
  options: TemplateOptions,
): string | null {
  const mapped = mapContent(content, options);
  if (!(mapped instanceof Fault)) return null;
  const place = mapped.path.startsWith('.body')
    ? mapped.path.slice(1)
    : `richContent${mapped.path}`;
  return `The ${place} ${mapped.what}.`;
}

/** `body` on its own: binary content is for machines (contract §3.4). */
function mapBody({
  text,
  encoding,
}: Pick<Content, 'text' | 'encoding'>): readonly Bubble[] | Fault {
  if (encoding === 'binary')
    return new Fault('.body.type', 'is BINARY, which WhatsApp cannot show');
  const message = mapText('.body.content', text);
  return message instanceof Fault ? message : [{ message, isTemplate: false }];
}

/** What belongs to other channels alone (contract §7.1). */
const foreignKeys = ['carousel', 'listPicker', 'payment', 'oauth2'];

function mapItem(
  item: JsonObject,
  suggestions: readonly unknown[],
  options: TemplateOptions,
): JsonObject | Fault {
  const text = [readText(item['header']), readText(item['text'])].filter(Boolean).join('\n');
  const kind = richKeys.find((key) => item[key] !== undefined);
  if (kind !== undefined && kind !== 'media' && text !== '') {
    return new Fault('.text', `cannot stand beside ${kind}: make it an item of its own`);
  }
  switch (kind) {
    case 'template':
      return mapTemplate(readObject(item['template']), options);
    case 'interactive':
      return mapInteractive(readObject(item['interactive']));
    case 'contacts':
      return mapContacts(readList(item['contacts']));
    case 'location':
      return mapLocation(readObject(item['location']));
    case 'media':
      return isObject(item['media'])
        ? mapMedia(item['media'], text)
        : new Fault('.media', 'is missing');
    case undefined: {
      const foreign = foreignKeys.find((key) => item[key] !== undefined);
      if (text === '' && foreign !== undefined) {
        return new Fault(`.${foreign}`, 'cannot be shown by WhatsApp');
      }
      return mapSuggestions(text, suggestions) ?? mapText('.text', text);
    }
  }
}

const richKeys = ['template', 'interactive', 'contacts', 'location', 'media'] as const;

/** The first address in a text is shown with a preview (spec "URL previews"). */
function mapText(path: string, text: string): JsonObject | Fault {
  const wrong = checkText(path, text, textCharactersMax);
  if (wrong !== null) return wrong;
  return { type: 'text', text: { body: text, preview_url: /https?:\/\/\S/i.test(text) } };
}

function mapLocation(location: JsonObject): JsonObject | Fault {
  const latitude = readDegrees(location['latitude'], 90);
  const longitude = readDegrees(location['longitude'], 180);
  if (latitude === null) return new Fault('.location.latitude', 'must be -90 to 90');
  if (longitude === null) return new Fault('.location.longitude', 'must be -180 to 180');
  const name = readText(location['label']);
  const address = readText(location['searchQuery']);
  return { type: 'location', location: keepGiven({ latitude, longitude, name, address }) };
}

function readDegrees(value: unknown, most: number): number | null {
  const text = readText(value).trim();
  const degrees = Number(text);
  return text !== '' && Math.abs(degrees) <= most ? degrees : null;
}

import { readList, readObject, readText } from '../json.ts';
import type { SendRequest } from './message-check.ts';

/** What the user of a phone reads of a message. */
export function describeMessage({ type, content }: SendRequest): string {
  const of = readObject(content);
  switch (type) {
    case 'text':
      return readText(of['body']);
    case 'location':
      return join(
        '[location]',
        of['name'],
        of['address'],
        `${readText(of['latitude'])},${readText(of['longitude'])}`,
      );
    case 'contacts': {
      const names = readList(content).map((one) => {
        return readText(readObject(readObject(one)['name'])['formatted_name']);
      });
      return join('[contacts]', names.join(', '));
    }
    case 'template':
      return join(`[template ${readText(of['name'])}]`, ...listParameters(of['components']));
    case 'interactive':
      return join(
        readText(readObject(of['header'])['text']),
        readText(readObject(of['body'])['text']),
        ...listChoices(of).map(({ title }) => `[${title}]`),
      );
    case 'reaction':
      return readText(of['emoji']);
    default:
      return join(`[${type}]`, of['caption'], of['filename'], of['link'] ?? of['id']);
  }
}

/** Something that a user can tap: a button, or an entry of a list. */
export interface Choice {
  readonly kind: 'button_reply' | 'list_reply' | 'button';
  readonly id: string;
  readonly title: string;
}

/** What can be tapped in a message. */
export function listChoices(content: Readonly<Record<string, unknown>>): Choice[] {
  const action = readObject(content['action']);
  const buttons = readList(action['buttons']).map((one): Choice => {
    const { id, title } = readObject(readObject(one)['reply']);
    return { kind: 'button_reply', id: readText(id), title: readText(title) };
  });
  const rows = readList(action['sections'])
    .flatMap((section) => readList(readObject(section)['rows']))
    .map((one): Choice => {
      const { id, title } = readObject(one);
      return { kind: 'list_reply', id: readText(id), title: readText(title) };
    });
  const quick = readList(content['components'])
    .map(readObject)
    .filter(({ sub_type }) => sub_type === 'quick_reply')
    .map((one): Choice => {
      const payload = readText(readObject(readList(one['parameters'])[0])['payload']);
      return { kind: 'button', id: payload, title: payload };
    });
  return [...buttons, ...rows, ...quick];
}

function listParameters(components: unknown): string[] {
  return readList(components)
    .flatMap((one) => readList(readObject(one)['parameters']).map(readObject))
    .map((one) => {
      const value = readObject(one[readText(one['type'])]);
      return readText(one['text'] ?? one['payload'] ?? value['fallback_value'] ?? value['link']);
    });
}

function join(...parts: readonly unknown[]): string {
  return parts
    .map(readText)
    .filter((part) => part !== '')
    .join(' ');
}

import { mapContent, validateContent } from './bubbles.ts';
import { Fault } from './fault.ts';
import type { JsonObject } from './json.ts';
import type { TemplateOptions } from './templates.ts';

export const options: TemplateOptions = { templates: [], plainParameters: false };
export const image = {
  mediaName: 'a map',
  mediaUri: 'https://example.org/map.png',
  mimeType: 'image/jpg',
};

/** The messages of the API that a conversation becomes, or the sentence that refuses it. */
export function map(
  conversation: readonly JsonObject[],
  change: { suggestions?: readonly JsonObject[]; options?: Partial<TemplateOptions> } = {},
): readonly JsonObject[] | string | null {
  const { suggestions } = change;
  const rich = JSON.stringify({ conversation, ...(suggestions && { suggestions }) });
  const content = { text: 'fallback', encoding: 'gsm7', rich } as const;
  const all = { ...options, ...change.options };
  const mapped = mapContent(content, all);
  return mapped instanceof Fault
    ? validateContent(content, all)
    : mapped.map(({ message }) => message);
}

export const template = (whatsapp: JsonObject) => ({ template: { whatsapp } });
export const ticket = { namespace: 'ns', element_name: 'ticket', language: { code: 'en_US' } };

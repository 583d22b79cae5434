import { isLonger } from './fault.ts';
import { type JsonObject, readObject, readText } from './json.ts';
import {
  buttonIdCharactersMax,
  buttonTitleCharactersMax,
  interactiveBodyCharactersMax,
  replyButtonsMax,
} from './limits.ts';

/**
 * Suggestions are for RCS and Viber (spec "Suggestions"), so WhatsApp shows them only where it has the
 * same thing: up to three replies, or one address, under a text (whatsapp-cloud §2.2). Null where it has not:
 * then the text goes out without them.
 */
export function mapSuggestions(text: string, suggestions: readonly unknown[]): JsonObject | null {
  if (suggestions.length === 0 || text === '') return null;
  if (isLonger(text, interactiveBodyCharactersMax)) return null;
  const given = suggestions.map(readObject);
  if (given.some((one) => !isLabel(readText(one['label'])))) return null;
  const actions = new Set(given.map((one) => readText(one['action']).toLowerCase()));
  if (actions.size !== 1) return null;
  const body = { text };
  if (actions.has('reply')) {
    const buttons = mapReplies(given);
    if (buttons === null) return null;
    return { type: 'interactive', interactive: { type: 'button', body, action: { buttons } } };
  }
  const [first] = given;
  if (!actions.has('openurl') || given.length > 1 || first === undefined) return null;
  const url = readText(first['url']);
  if (!/^https?:\/\//i.test(url)) return null;
  const parameters = { display_text: readText(first['label']), url };
  const action = { name: 'cta_url', parameters };
  return { type: 'interactive', interactive: { type: 'cta_url', body, action } };
}

function isLabel(label: string): boolean {
  return label !== '' && !isLonger(label, buttonTitleCharactersMax);
}

/** The postback data comes back when a button is tapped, in its absence the label (contract §7.2). */
function mapReplies(given: readonly JsonObject[]): JsonObject[] | null {
  if (given.length > replyButtonsMax) return null;
  const buttons = given.map((one) => {
    const title = readText(one['label']);
    return { type: 'reply', reply: { id: readText(one['postbackdata']) || title, title } };
  });
  const isShort = buttons.every(({ reply }) => !isLonger(reply.id, buttonIdCharactersMax));
  const isDistinct = new Set(buttons.map(({ reply }) => reply.title)).size === buttons.length;
  return isShort && isDistinct ? buttons : null;
}

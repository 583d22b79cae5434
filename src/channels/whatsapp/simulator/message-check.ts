import { isObject, type JsonObject, readList, readObject, readText } from '../json.ts';
import { type GraphError, graphError } from './graph-error.ts';
import type { SimulatedTemplate } from './settings.ts';

/** A message that the API takes. */
export interface SendRequest {
  /** Digits without prefix. */
  readonly to: string;
  readonly type: string;
  /** What stands under the name of the type. */
  readonly content: JsonObject | readonly unknown[];
  readonly context: string | null;
  readonly opaque: string | null;
}

const missing = (name: string) => graphError(400, 131008, `Required parameter ${name} is missing.`);
const invalid = (name: string, why: string) => graphError(400, 131009, `${name} ${why}.`);

/**
 * Reads the body of a send as the provider does (whatsapp-cloud §2, §3): the limits are written out here again, so that
 * a wrong one of the adapter does not agree with itself.
 */
export function readSend(
  body: unknown,
  templates: readonly SimulatedTemplate[] | null,
): SendRequest | GraphError {
  if (!isObject(body)) return graphError(400, 100, 'The body must be an object.');
  if (body['messaging_product'] !== 'whatsapp') return missing('messaging_product');
  const to = readText(body['to']).replace(/^\+/, '');
  if (to === '') return missing('to');
  if (!/^\d{5,20}$/.test(to)) return invalid('to', 'is no phone number');
  const type = readText(body['type']) || 'text';
  const content = body[type];
  const check = checks[type];
  if (check === undefined) return graphError(400, 131051, `Unsupported message type ${type}.`);
  if (!isObject(content) && !Array.isArray(content)) return missing(type);
  const fault =
    type === 'template'
      ? checkTemplate(readObject(content), templates)
      : check(isObject(content) ? content : { list: content });
  if (fault !== null) return fault;
  const opaque = readText(body['biz_opaque_callback_data']);
  if (opaque.length > 512) return invalid('biz_opaque_callback_data', 'is too long');
  const context = readText(readObject(body['context'])['message_id']);
  return { to, type, content, context: context || null, opaque: opaque || null };
}

type CheckContent = (content: JsonObject) => GraphError | null;

const checks: Readonly<Record<string, CheckContent | undefined>> = {
  text: ({ body }) => checkLength('text.body', body, 1, 4096),
  image: checkMedia(true),
  video: checkMedia(true),
  audio: checkMedia(false),
  document: checkMedia(true),
  sticker: checkMedia(false),
  location: ({ latitude, longitude }) =>
    typeof latitude === 'number' && typeof longitude === 'number'
      ? null
      : missing('location.latitude'),
  contacts: ({ list }) => checkContacts(readList(list)),
  interactive: checkInteractive,
  template: () => null,
  reaction: ({ message_id }) => checkLength('reaction.message_id', message_id, 1, 1_000),
};

function checkLength(name: string, value: unknown, least: number, most: number): GraphError | null {
  if (value === undefined && least === 0) return null;
  if (typeof value !== 'string' || value.length < least) return missing(name);
  return Array.from(value).length > most ? invalid(name, `is longer than ${most}`) : null;
}

function checkMedia(hasCaption: boolean): CheckContent {
  return ({ id, link, caption }) => {
    const isLink = typeof link === 'string' && /^https?:\/\/\S+$/.test(link);
    if (!isLink && typeof id !== 'string') return missing('id or link');
    if (caption !== undefined && !hasCaption) return invalid('caption', 'is not taken here');
    return checkLength('caption', caption, 0, 1024);
  };
}

function checkContacts(list: readonly unknown[]): GraphError | null {
  if (list.length === 0) return missing('contacts');
  for (const one of list) {
    const name = readObject(readObject(one)['name']);
    const parts = Object.keys(name).filter((key) => key !== 'formatted_name');
    if (readText(name['formatted_name']) === '' || parts.length === 0) return missing('name');
  }
  return null;
}

function checkInteractive(content: JsonObject): GraphError | null {
  const { type } = content;
  const action = readObject(content['action']);
  const body = readObject(content['body'])['text'];
  const footer = readObject(content['footer'])['text'];
  const least = type === 'product' ? 0 : 1;
  const fault =
    checkLength('interactive.body.text', body, least, 1024) ??
    checkLength('interactive.footer.text', footer, 0, 60);
  if (fault !== null) return fault;
  switch (type) {
    case 'button':
      return checkButtons(readList(action['buttons']));
    case 'list':
      return checkList(action);
    case 'cta_url': {
      const { display_text, url } = readObject(action['parameters']);
      return checkLength('display_text', display_text, 1, 20) ?? checkLength('url', url, 1, 2_000);
    }
    case 'product':
    case 'product_list':
      return checkLength('catalog_id', action['catalog_id'], 1, 100);
    case 'flow':
    case 'catalog_message':
    case 'location_request_message':
      return checkLength('action.name', action['name'], 1, 100);
    default:
      return invalid('interactive.type', 'is unknown');
  }
}

function checkButtons(buttons: readonly unknown[]): GraphError | null {
  if (buttons.length < 1 || buttons.length > 3) return invalid('buttons', 'must be 1 to 3');
  for (const one of buttons) {
    const { id, title } = readObject(readObject(one)['reply']);
    const fault = checkLength('title', title, 1, 20) ?? checkLength('id', id, 1, 256);
    if (fault !== null) return fault;
  }
  const titles = buttons.map((one) => readText(readObject(readObject(one)['reply'])['title']));
  return new Set(titles).size < titles.length ? invalid('title', 'is used twice') : null;
}

function checkList(action: JsonObject): GraphError | null {
  const fault = checkLength('action.button', action['button'], 1, 20);
  if (fault !== null) return fault;
  const sections = readList(action['sections']);
  const rows = sections.flatMap((section) => readList(readObject(section)['rows']));
  if (sections.length > 10 || rows.length < 1 || rows.length > 10) {
    return invalid('sections', 'must be 1 to 10, with 1 to 10 rows');
  }
  for (const one of rows) {
    const { id, title, description } = readObject(one);
    const wrong =
      checkLength('id', id, 1, 200) ??
      checkLength('title', title, 1, 24) ??
      checkLength('description', description, 0, 72);
    if (wrong !== null) return wrong;
  }
  return null;
}

function checkTemplate(
  content: JsonObject,
  templates: readonly SimulatedTemplate[] | null,
): GraphError | null {
  const name = readText(content['name']);
  const code = readText(readObject(content['language'])['code']);
  if (name === '') return missing('template.name');
  if (code === '') return missing('template.language.code');
  const components = readList(content['components']).map(readObject);
  for (const { type } of components) {
    if (!['header', 'body', 'button'].includes(readText(type))) {
      return invalid('component.type', 'is unknown');
    }
  }
  if (templates === null) return null;
  const known = templates.find((one) => one.name === name && one.language === code);
  if (known === undefined) {
    return graphError(404, 132001, 'Template name does not exist in the translation.');
  }
  if (known.status === 'PAUSED') return graphError(400, 132015, 'Template is paused.');
  if (known.status === 'DISABLED') return graphError(400, 132016, 'Template is disabled.');
  if (known.status !== 'APPROVED') return graphError(404, 132001, 'Template is not approved.');
  return checkParameters(components, known);
}

function checkParameters(
  components: readonly JsonObject[],
  known: SimulatedTemplate,
): GraphError | null {
  const of = (type: string) =>
    components
      .filter((one) => one['type'] === type)
      .flatMap((one) => readList(one['parameters']).map(readObject));
  const buttons = components.filter(({ type }) => type === 'button').length;
  if (of('body').length !== known.body || buttons !== known.buttons) {
    return graphError(400, 132000, 'Number of parameters does not match.');
  }
  const header = readText(of('header')[0]?.['type']) || 'none';
  return header === known.header
    ? null
    : graphError(400, 132012, 'Parameter format does not match the header.');
}

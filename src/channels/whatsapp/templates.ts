import { checkText, Fault } from './fault.ts';
import { type JsonObject, keepGiven, readList, readObject, readText } from './json.ts';
import { templateButtonsMax, templateParameterCharactersMax } from './limits.ts';
import { mapHeaderMedia } from './media.ts';

/** An approved template, as the configuration describes it: how many parameters it takes, and where. */
export interface TemplateRule {
  readonly name: string;
  readonly language: string;
  /** What Meta has approved it as; null when the configuration does not say. */
  readonly category: TemplateCategory | null;
  readonly header: 'none' | 'text' | 'image' | 'video' | 'document' | 'location';
  readonly body: number;
  /** Buttons that take a parameter. */
  readonly buttons: number;
}

export const templateCategories = ['marketing', 'utility', 'authentication'] as const;
export type TemplateCategory = (typeof templateCategories)[number];

export interface TemplateOptions {
  /** The approved templates; when empty nothing is known of them, and nothing checked. */
  readonly templates: readonly TemplateRule[];
  /** Sends currencies and dates as the text of their default: newer templates take text alone. */
  readonly plainParameters: boolean;
}

/** A template of either form (contract §7.4) as a message of the API (whatsapp-cloud §3). */
export function mapTemplate(template: JsonObject, options: TemplateOptions): JsonObject | Fault {
  const mapped = mapWhatsappTemplate(readObject(template['whatsapp']), options);
  return mapped instanceof Fault ? mapped.within('.template.whatsapp') : mapped;
}

/** Whether a message of the API is a template that the configuration calls marketing. */
export function isMarketing(message: JsonObject, rules: readonly TemplateRule[]): boolean {
  if (message['type'] !== 'template') return false;
  const { name, language } = readObject(message['template']);
  const { code } = readObject(language);
  return rules.some(
    (rule) => rule.name === name && rule.language === code && rule.category === 'marketing',
  );
}

function mapWhatsappTemplate(source: JsonObject, options: TemplateOptions): JsonObject | Fault {
  const name = readText(source['element_name']);
  if (!/^[a-zA-Z0-9_]{1,512}$/.test(name)) {
    return new Fault('.element_name', 'must be letters, digits and underscores');
  }
  const code = readText(readObject(source['language'])['code']);
  if (!/^[a-zA-Z]{2,3}([_-][a-zA-Z]{2,4})?$/.test(code)) {
    return new Fault('.language.code', 'must be a language such as en or en_US');
  }
  const legacy = readList(source['localizable_params']);
  const given = readList(source['components']);
  if (legacy.length > 0 && given.length > 0) {
    return new Fault('.components', 'cannot stand beside localizable_params');
  }
  const components = legacy.length > 0 ? mapLegacy(legacy, options) : mapComponents(given, options);
  if (components instanceof Fault) return components;
  const wrong = checkAgainstRules(name, code, components, options.templates);
  if (wrong !== null) return wrong;
  return {
    type: 'template',
    // The policy "fallback" is no longer known to WhatsApp (whatsapp-cloud §3.1).
    template: keepGiven({ name, language: { policy: 'deterministic', code }, components }),
  };
}

function mapLegacy(list: readonly unknown[], options: TemplateOptions): JsonObject[] | Fault {
  const parameters: JsonObject[] = [];
  for (const [index, raw] of list.entries()) {
    const parameter = mapLegacyParameter(readObject(raw), options);
    if (parameter instanceof Fault) return parameter.within(`.localizable_params[${index}]`);
    parameters.push(parameter);
  }
  return [{ type: 'body', parameters }];
}

function mapLegacyParameter(raw: JsonObject, options: TemplateOptions): JsonObject | Fault {
  const text = readText(raw['default']);
  const wrong = checkParameterText('.default', text);
  if (wrong !== null) return wrong;
  if (options.plainParameters) return { type: 'text', text };
  if (raw['currency'] !== undefined) {
    const currency = readObject(raw['currency']);
    const mapped = mapCurrency(text, currency['currency_code'], currency['amount_1000']);
    return mapped instanceof Fault ? mapped.within('.currency') : mapped;
  }
  if (raw['date_time'] !== undefined) return mapDate(text);
  return { type: 'text', text };
}

function mapComponents(list: readonly unknown[], options: TemplateOptions): JsonObject[] | Fault {
  const components: JsonObject[] = [];
  for (const [index, raw] of list.entries()) {
    const component = mapComponent(readObject(raw), options);
    if (component instanceof Fault) return component.within(`.components[${index}]`);
    components.push(component);
  }
  return components;
}

function mapComponent(raw: JsonObject, options: TemplateOptions): JsonObject | Fault {
  const type = readText(raw['type']).toLowerCase();
  if (type !== 'header' && type !== 'body' && type !== 'footer' && type !== 'button') {
    return new Fault('.type', 'must be header, body, footer or button');
  }
  const parameters: JsonObject[] = [];
  for (const [index, one] of readList(raw['parameters']).entries()) {
    const parameter = mapParameter(readObject(one), options);
    if (parameter instanceof Fault) return parameter.within(`.parameters[${index}]`);
    parameters.push(parameter);
  }
  if (type !== 'button') return keepGiven({ type, parameters });
  const sub_type = readText(raw['sub_type']).toLowerCase();
  if (sub_type === '') return new Fault('.sub_type', 'is missing');
  const index = readText(raw['index']);
  if (!/^\d$/.test(index) || Number(index) >= templateButtonsMax) {
    return new Fault('.index', `must be 0 to ${templateButtonsMax - 1}`);
  }
  return keepGiven({ type, sub_type, index, parameters });
}

function mapParameter(raw: JsonObject, options: TemplateOptions): JsonObject | Fault {
  const type = readText(raw['type']).toLowerCase();
  switch (type) {
    case 'text': {
      const text = readText(raw['text']);
      return checkParameterText('.text', text) ?? { type, text };
    }
    case 'payload': {
      const payload = readText(raw['payload']);
      return payload === '' ? new Fault('.payload', 'is missing') : { type, payload };
    }
    case 'currency': {
      const { fallback_value, code, amount_1000 } = readObject(raw['currency']);
      const text = readText(fallback_value);
      const wrong = checkParameterText('.currency.fallback_value', text);
      if (wrong !== null) return wrong;
      if (options.plainParameters) return { type: 'text', text };
      const mapped = mapCurrency(text, code, amount_1000);
      return mapped instanceof Fault ? mapped.within('.currency') : mapped;
    }
    case 'date_time': {
      const text = readText(readObject(raw['date_time'])['fallback_value']);
      const wrong = checkParameterText('.date_time.fallback_value', text);
      if (wrong !== null) return wrong;
      return options.plainParameters ? { type: 'text', text } : mapDate(text);
    }
    case 'image':
    case 'video':
    case 'document': {
      // All SDKs but one have the media under `media` (contract §7.4).
      const key = raw['media'] === undefined ? type : 'media';
      const media = mapHeaderMedia(readObject(raw[key]), type);
      return media instanceof Fault ? media.within(`.${key}`) : media;
    }
    case 'action':
      return keepGiven({ type, action: raw['action'] });
    default:
      return new Fault('.type', 'is none that a template takes');
  }
}

function mapCurrency(text: string, code: unknown, amount: unknown): JsonObject | Fault {
  const amount_1000 = Number(readText(amount));
  if (readText(amount) === '' || !Number.isInteger(amount_1000)) {
    return new Fault('.amount_1000', 'must be a whole number');
  }
  if (!/^[A-Za-z]{3}$/.test(readText(code))) {
    return new Fault('', 'needs a currency of three letters, such as EUR');
  }
  const currency = { fallback_value: text, code: readText(code).toUpperCase(), amount_1000 };
  return { type: 'currency', currency };
}

/** WhatsApp shows the fallback text and looks at nothing else (whatsapp-cloud §3). */
function mapDate(text: string): JsonObject {
  return { type: 'date_time', date_time: { fallback_value: text } };
}

function checkParameterText(path: string, text: string): Fault | null {
  const wrong = checkText(path, text, templateParameterCharactersMax);
  if (wrong !== null) return wrong;
  if (!/[\n\r\t]| {5}/.test(text)) return null;
  return new Fault(path, 'may have no line break, no tab and no five spaces in a row');
}

/** Wrong counts are refused by WhatsApp long after they were accepted, so they are found here. */
function checkAgainstRules(
  name: string,
  code: string,
  components: readonly JsonObject[],
  rules: readonly TemplateRule[],
): Fault | null {
  if (rules.length === 0) return null;
  const named = rules.filter((rule) => rule.name === name);
  if (named.length === 0) return new Fault('.element_name', 'is no approved template');
  const rule = named.find((one) => one.language === code);
  if (rule === undefined) {
    const languages = named.map((one) => one.language).join(', ');
    return new Fault('.language.code', `is not one the template exists in: ${languages}`);
  }
  const body = countParameters(components, 'body');
  if (body !== rule.body) {
    return new Fault('', `has ${body} body parameters where the template takes ${rule.body}`);
  }
  const header = findHeader(components);
  if (header !== rule.header) {
    return new Fault('', `has a header of ${header} where the template takes ${rule.header}`);
  }
  const buttons = components.filter(({ type }) => type === 'button').length;
  if (buttons === rule.buttons) return null;
  return new Fault('', `has ${buttons} button parameters where the template takes ${rule.buttons}`);
}

function countParameters(components: readonly JsonObject[], type: string): number {
  let count = 0;
  for (const one of components) {
    if (one['type'] === type) count += readList(one['parameters']).length;
  }
  return count;
}

function findHeader(components: readonly JsonObject[]): string {
  const header = components.find(({ type }) => type === 'header');
  return readText(readObject(readList(header?.['parameters'])[0])['type']) || 'none';
}

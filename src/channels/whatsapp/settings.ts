import { isDeliveryError } from '../../core/status.ts';
import {
  allowNull,
  describeChoice,
  describeField,
  describeList,
  describeNumber,
  describeText,
  describeToggle,
  isRecord,
  type Reading,
  readSettings,
  type SettingValues,
} from '../setting-fields.ts';
import { type ErrorRule, errorKinds } from './error-table.ts';
import { type TemplateRule, templateCategories } from './templates.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

/** The settings of one WhatsApp connection, which is one business number, as data. */
export const whatsappSettingFields = {
  phoneNumberId: describeField(
    {
      label: 'Phone number id',
      help: 'The id that Meta gave the business number; it is not the number itself.',
      kind: 'text',
    },
    readDigits,
  ),
  token: describeText({
    label: 'Token',
    help: 'The permanent token of a system user with the right whatsapp_business_messaging.',
    min: 1,
    max: 1_000,
    secret: true,
  }),
  appSecret: describeText({
    label: 'App secret',
    help: 'The secret of the Meta app, which signs its calls to us.',
    min: 1,
    max: 200,
    secret: true,
  }),
  verifyToken: describeText({
    label: 'Verify token',
    help: 'A word of your own that Meta repeats when the callback address is set up.',
    min: 1,
    max: 200,
    secret: true,
  }),
  baseUrl: describeField(
    {
      label: 'Base URL',
      help: 'Where the Graph API is.',
      kind: 'text',
      default: 'https://graph.facebook.com',
    },
    readBaseUrl,
  ),
  version: describeField(
    {
      label: 'Version',
      help: 'The version of the Graph API; Meta retires each about two years after its release.',
      kind: 'text',
      default: 'v25.0',
    },
    readVersion,
  ),
  window: describeNumber({
    label: 'Window',
    help: 'Calls without an answer at the same time.',
    min: 1,
    max: 1_000,
    default: 32,
  }),
  rate: {
    ...allowNull(
      describeNumber({
        label: 'Rate',
        help: 'Calls a second; Meta gives a number 80, and 1000 after an upgrade; null sets no limit.',
        min: 1,
        max: 100_000,
      }),
    ),
    default: 80,
  },
  pairIntervalMs: describeNumber({
    label: 'Pace to one handset',
    help: 'Over time one handset gets a bubble in so many milliseconds.',
    min: 0,
    max: 60 * minuteMs,
    default: 6 * secondMs,
  }),
  pairBurst: describeNumber({
    label: 'Burst to one handset',
    help: 'So many bubbles may come ahead of that pace.',
    min: 1,
    max: 1_000,
    default: 45,
  }),
  responseTimeoutMs: describeNumber({
    label: 'Response timeout',
    help: 'After this time without an answer it is unknown what became of a call, in milliseconds.',
    min: 100,
    max: 10 * minuteMs,
    default: 30 * secondMs,
  }),
  doubtMs: describeNumber({
    label: 'Doubt',
    help: 'How long a status is awaited that tells what became of a call without an answer, in milliseconds.',
    min: 0,
    max: 10 * minuteMs,
    default: minuteMs,
  }),
  onUnknown: describeChoice({
    label: 'When the answer is missing',
    help: '"resend" sends again and may deliver twice; "wait" never sends again and may deliver not at all.',
    choices: ['resend', 'wait'],
    default: 'resend',
  }),
  unknownWindow: describeChoice({
    label: 'Free text to a handset we know nothing of',
    help: '"try" sends it; "refuse" sends nothing but templates until the handset has written.',
    choices: ['try', 'refuse'],
    default: 'try',
  }),
  templates: describeList(
    {
      label: 'Approved templates',
      help: 'Rows of {name, language, category, header, body, buttons}: what Meta approved it as, and how many parameters each part takes. Others are then refused; an empty list checks nothing.',
      kind: 'table',
      max: 1_000,
      default: [],
    },
    readTemplate,
  ),
  errors: describeList(
    {
      label: 'Meaning of errors',
      help: 'Rows of {match, kind, code} that go before the standard table; kind is R (try later), F (for ever), T (throttled), P (throttled to one handset) or A (account).',
      kind: 'table',
      max: 1_000,
      default: [],
    },
    readErrorRule,
  ),
  plainParameters: describeToggle({
    label: 'Plain parameters',
    help: 'Sends currencies and dates in templates as the text of their default.',
    default: false,
  }),
  mediaHosts: describeList(
    {
      label: 'Media hosts',
      help: 'Hosts from which received files are fetched; one with a leading dot stands for all below it.',
      max: 16,
      default: ['.fbsbx.com', '.facebook.com', '.whatsapp.net'],
    },
    readHostName,
  ),
};

export type WhatsappSettings = SettingValues<typeof whatsappSettingFields>;

/** Checks the settings of one connection; every fault is a sentence for the person who wrote them. */
export function checkWhatsappSettings(
  raw: unknown,
): WhatsappSettings | { readonly faults: readonly string[] } {
  return readSettings(whatsappSettingFields, raw);
}

function readDigits(raw: unknown): Reading<string> {
  const isId = typeof raw === 'string' && /^\d{3,32}$/.test(raw);
  return isId ? { value: raw } : { fault: 'must be 3 to 32 digits between quotes' };
}

function readBaseUrl(raw: unknown): Reading<string> {
  const url = typeof raw === 'string' ? URL.parse(raw) : null;
  const isWeb = url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
  if (!isWeb || url.search !== '' || url.hash !== '' || url.username !== '') {
    return { fault: 'must be an address such as "https://graph.facebook.com"' };
  }
  return { value: url.href.replace(/\/+$/, '') };
}

function readVersion(raw: unknown): Reading<string> {
  const isVersion = typeof raw === 'string' && /^v\d{1,3}\.\d{1,2}$/.test(raw);
  return isVersion ? { value: raw } : { fault: 'must be a version such as "v25.0"' };
}

function readHostName(raw: unknown): Reading<string> {
  const isName = typeof raw === 'string' && /^\.?[A-Za-z0-9._-]{1,253}$/.test(raw);
  return isName ? { value: raw.toLowerCase() } : { fault: 'must be a host name' };
}

function readErrorRule(raw: unknown): Reading<ErrorRule> {
  if (!isRecord(raw)) return { fault: 'must be {match, kind, code}' };
  const { match, kind: kindName, code } = raw;
  if (typeof match !== 'number' || !Number.isInteger(match) || match < 0) {
    return { fault: "must have the API's error code as a number in `match`" };
  }
  const kind = errorKinds.find((one) => one === kindName);
  if (kind === undefined) return { fault: `must have a \`kind\` of ${errorKinds.join(', ')}` };
  if (typeof code !== 'number' || !isDeliveryError(code)) {
    return {
      fault: 'must have a `code` that is an error number of status reports, such as 5 or 23',
    };
  }
  return { value: { match, kind, error: code } };
}

const headers = ['none', 'text', 'image', 'video', 'document', 'location'] as const;

function readTemplate(raw: unknown): Reading<TemplateRule> {
  if (!isRecord(raw)) return { fault: 'must be {name, language, category, header, body, buttons}' };
  const { name, language, header: headerName = 'none', body = 0, buttons = 0 } = raw;
  if (typeof name !== 'string' || name === '') return { fault: 'must have a `name`' };
  if (typeof language !== 'string' || language === '') {
    return { fault: 'must have a `language`, such as en_US' };
  }
  const { category: categoryName } = raw;
  const category = templateCategories.find((one) => one === categoryName) ?? null;
  if (category === null && categoryName !== undefined) {
    return { fault: `must have a \`category\` of ${templateCategories.join(', ')}` };
  }
  const header = headers.find((one) => one === headerName);
  if (header === undefined) return { fault: `must have a \`header\` of ${headers.join(', ')}` };
  if (!isCount(body) || !isCount(buttons)) {
    return { fault: 'must have `body` and `buttons` from 0 to 100' };
  }
  return { value: { name, language, category, header, body, buttons } };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 100;
}

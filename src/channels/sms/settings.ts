import {
  allowNull,
  describeChoice,
  describeField,
  describeList,
  describeNumber,
  describeText,
  describeToggle,
  readSettings,
  type SettingValues,
} from '../setting-fields.ts';
import {
  readErrorRule,
  readHost,
  readHostName,
  readNumberingPlan,
  readRate,
  readSender,
  readStatusRule,
  readTimeZone,
  readTlv,
} from './setting-readers.ts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** The settings of one SMS connection, as data: forms, checks and the reference follow from it. */
export const smsSettingFields = {
  hosts: describeList(
    {
      label: 'Hosts',
      help: 'The SMSC as "host:port"; several are tried in turn. Usual ports are 3550 with TLS, 2775 without.',
      min: 1,
      max: 16,
    },
    readHost,
  ),
  tls: describeToggle({
    label: 'TLS',
    help: 'TLS 1.2 or newer. Without it password and texts travel readable: only inside a VPN.',
    default: true,
  }),
  tlsCa: describeText({
    label: 'Certificate authority',
    help: "The PEM certificate that signed the SMSC's, when no public authority did.",
    max: 100_000,
    default: '',
  }),
  tlsServerName: describeField(
    {
      label: 'Name in the certificate',
      help: 'The host name to check the certificate against; empty means the host itself.',
      kind: 'text',
      default: '',
    },
    readHostName,
  ),
  bindMode: describeChoice({
    label: 'Bind mode',
    help: 'One transceiver bind, or a transmitter and a receiver.',
    choices: ['trx', 'tx+rx'],
    default: 'trx',
  }),
  binds: describeNumber({
    label: 'Binds',
    help: 'How many binds (or pairs) are held at the same time.',
    min: 1,
    max: 64,
    default: 1,
  }),
  systemId: describeText({
    label: 'System id',
    help: 'The user name the operator gave out.',
    min: 1,
    max: 64,
  }),
  password: describeText({
    label: 'Password',
    help: 'The password of the system id.',
    max: 64,
    default: '',
    secret: true,
  }),
  systemType: describeText({
    label: 'System type',
    help: 'What the operator asks for in system_type; usually nothing.',
    max: 32,
    default: '',
  }),
  addressRange: describeText({
    label: 'Address range',
    help: 'address_range of the bind; usually nothing.',
    max: 40,
    default: '',
  }),
  addressRangePlan: describeField(
    {
      label: 'TON/NPI of the address range',
      help: 'addr_ton and addr_npi of the bind.',
      kind: 'address',
      default: { ton: 0, npi: 0 },
    },
    readNumberingPlan,
  ),
  window: describeNumber({
    label: 'Window',
    help: 'Unanswered submits on one bind at the same time, as agreed with the operator.',
    min: 1,
    max: 10_000,
    default: 10,
  }),
  rate: allowNull(
    describeField(
      {
        label: 'Rate',
        help: 'Parts a second over all binds together; null sets no limit.',
        kind: 'number',
      },
      readRate,
    ),
  ),
  enquireLinkMs: describeNumber({
    label: 'Keep-alive after',
    help: 'enquire_link is sent after so long a silence, in milliseconds.',
    min: secondMs,
    max: hourMs,
    default: 30 * secondMs,
  }),
  enquireLinkTimeoutMs: describeNumber({
    label: 'Keep-alive timeout',
    help: 'A bind whose enquire_link is not answered within this time is dead, in milliseconds.',
    min: 100,
    max: hourMs,
    default: 10 * secondMs,
  }),
  responseTimeoutMs: describeNumber({
    label: 'Response timeout',
    help: 'After this time without an answer it is unknown what became of a submit, in milliseconds.',
    min: 100,
    max: hourMs,
    default: 30 * secondMs,
  }),
  connectTimeoutMs: describeNumber({
    label: 'Connect timeout',
    help: 'For TCP and TLS, and again for the answer to the bind, in milliseconds.',
    min: 100,
    max: hourMs,
    default: 10 * secondMs,
  }),
  reconnectFirstMs: describeNumber({
    label: 'First reconnect',
    help: 'The wait before the first new attempt, in milliseconds; it doubles each time.',
    min: 10,
    max: hourMs,
    default: secondMs,
  }),
  reconnectLongestMs: describeNumber({
    label: 'Longest reconnect',
    help: 'The wait between attempts never gets longer than this, in milliseconds.',
    min: 10,
    max: hourMs,
    default: minuteMs,
  }),
  destinationPlan: describeField(
    {
      label: 'TON/NPI of destinations',
      help: 'Destinations are international numbers without prefix, so this is nearly always 1/1.',
      kind: 'address',
      default: { ton: 1, npi: 1 },
    },
    readNumberingPlan,
  ),
  internationalPlan: describeField(
    {
      label: 'TON/NPI of international senders',
      help: 'Senders that are numbers with country code.',
      kind: 'address',
      default: { ton: 1, npi: 1 },
    },
    readNumberingPlan,
  ),
  alphanumericPlan: describeField(
    {
      label: 'TON/NPI of alphanumeric senders',
      help: 'Senders with a letter, a space or a symbol.',
      kind: 'address',
      default: { ton: 5, npi: 0 },
    },
    readNumberingPlan,
  ),
  shortCodePlan: describeField(
    {
      label: 'TON/NPI of short codes',
      help: 'Senders of up to 8 digits: operators want 3/0, 0/1, 6/0, 1/1, or 5/0 for names like "112".',
      kind: 'address',
      default: { ton: 3, npi: 0 },
    },
    readNumberingPlan,
  ),
  nationalPlan: allowNull(
    describeField(
      {
        label: 'TON/NPI of national senders',
        help: 'Longer senders with one leading zero, usually 2/1; null sends them as 0/1.',
        kind: 'address',
      },
      readNumberingPlan,
    ),
  ),
  allowedSenders: describeList(
    {
      label: 'Allowed senders',
      help: 'The senders the operator accepts; an empty list allows all.',
      max: 10_000,
      default: [],
    },
    readSender,
  ),
  substituteSender: describeText({
    label: 'Substitute sender',
    help: 'Takes the place of a sender that is not allowed; empty refuses the message.',
    max: 20,
    default: '',
  }),
  defaultAlphabet: describeChoice({
    label: 'Default alphabet',
    help: 'What the SMSC takes data_coding 0 for. "@" arriving as "¡" and "_" as "§" is the sign of a wrong one.',
    choices: ['gsm', 'latin1', 'ascii', 'packed'],
    default: 'gsm',
  }),
  concat: describeChoice({
    label: 'Long messages',
    help: 'How parts are tied together: a header with an 8- or 16-bit reference, SAR parameters, or the whole text in message_payload. A text that the longer header would cut off gets the shorter one.',
    choices: ['udh8', 'udh16', 'sar', 'payload'],
    default: 'udh8',
  }),
  transliterate: describeToggle({
    label: 'Transliterate',
    help: 'In GSM texts, writes typographic quotes, dashes and accents GSM lacks in their plain form instead of "?".',
    default: false,
  }),
  serviceType: describeText({
    label: 'Service type',
    help: 'service_type of each message; usually nothing.',
    max: 5,
    default: '',
  }),
  tlvs: describeList(
    {
      label: 'Additional parameters',
      help: 'TLVs for each message, as {tag, text} or {tag, hex}.',
      kind: 'table',
      max: 32,
      default: [],
    },
    readTlv,
  ),
  tariffTag: allowNull(
    describeNumber({
      label: 'Tariff parameter',
      help: 'The tag of the TLV in which messages take their tariff along, as digits in cents, such as 5130 (0x140A); null sends none.',
      min: 1,
      max: 0xffff,
    }),
  ),
  validity: describeChoice({
    label: 'Validity',
    help: "How validity_period says how long the SMSC may try; it is the rest of the message's own validity.",
    choices: ['relative', 'absolute', 'none'],
    default: 'relative',
  }),
  validityMinMs: describeNumber({
    label: 'Shortest validity',
    help: 'The SMSC is never asked for less, in milliseconds.',
    min: secondMs,
    max: 72 * hourMs,
    default: 5 * minuteMs,
  }),
  validityMaxMs: describeNumber({
    label: 'Longest validity',
    help: 'The SMSC is never asked for more, in milliseconds.',
    min: secondMs,
    max: 30 * 24 * hourMs,
    default: 72 * hourMs,
  }),
  receipts: describeChoice({
    label: 'Receipts',
    help: 'Whether the operator sends receipts. "none": it does not; "assumed": it does not, and what it accepted counts as delivered.',
    choices: ['final', 'none', 'assumed'],
    default: 'final',
  }),
  registeredDelivery: describeNumber({
    label: 'Registered delivery',
    help: 'The octet that asks for receipts: 1 for final ones, 17 with intermediate ones.',
    min: 0,
    max: 255,
    default: 1,
  }),
  receiptTimeZone: describeField(
    {
      label: 'Time zone of receipts',
      help: 'The zone of the dates in receipts, like "Europe/Amsterdam", "+02:00" or "UTC".',
      kind: 'text',
      default: 'UTC',
    },
    readTimeZone,
  ),
  receiptsWithoutFlag: describeToggle({
    label: 'Receipts without flag',
    help: 'Takes a text with "id:" and "stat:" for a receipt even if esm_class does not say so; it then only counts for the handset it came from.',
    default: true,
  }),
  idForm: describeChoice({
    label: 'Form of message ids',
    help: 'How ids in receipts differ from those in responses: learned, not at all, or hexadecimal in responses and decimal in receipts, or the reverse.',
    choices: ['auto', 'same', 'hex-dec', 'dec-hex'],
    default: 'auto',
  }),
  unknownState: describeChoice({
    label: 'State UNKNOWN',
    help: 'Whether a receipt with the state UNKNOWN ends the message or leaves it open until its validity ends.',
    choices: ['wait', 'failed'],
    default: 'wait',
  }),
  operatorTag: allowNull(
    describeNumber({
      label: 'Operator parameter',
      help: "The tag of the TLV that names the handset's operator as MCC and MNC digits, such as 5121 (0x1401); null when there is none.",
      min: 1,
      max: 0xffff,
    }),
  ),
  onUnknown: describeChoice({
    label: 'When the answer is missing',
    help: '"resend" sends again and may deliver twice; "wait" never sends again and may deliver not at all.',
    choices: ['resend', 'wait'],
    default: 'resend',
  }),
  cancel: describeToggle({
    label: 'Take back',
    help: 'Asks with cancel_sm to drop what was sent in vain, because another channel is tried or has delivered. Only where the operator supports it.',
    default: false,
  }),
  statusErrors: describeList(
    {
      label: 'Meaning of command_status',
      help: 'Rows of {match, kind, code} that go before the standard table; kind is T (try later), Q (throttled), P (for ever) or S (session).',
      kind: 'table',
      max: 1_000,
      default: [],
    },
    readStatusRule,
  ),
  receiptErrors: describeList(
    {
      label: 'Meaning of err',
      help: 'Rows of {match, code} for err and network_error_code that go before the GSM table.',
      kind: 'table',
      max: 1_000,
      default: [],
    },
    readErrorRule,
  ),
} as const;

export type SmsSettings = SettingValues<typeof smsSettingFields>;

/** Checks the settings of one SMS connection; every fault is a sentence that says what to do. */
export function checkSmsSettings(
  raw: unknown,
): SmsSettings | { readonly faults: readonly string[] } {
  const settings = readSettings(smsSettingFields, raw);
  if ('faults' in settings) return settings;
  const faults: string[] = [];
  if (settings.reconnectLongestMs < settings.reconnectFirstMs) {
    faults.push('`reconnectLongestMs` must not be below `reconnectFirstMs`.');
  }
  if (settings.validityMaxMs < settings.validityMinMs) {
    faults.push('`validityMaxMs` must not be below `validityMinMs`.');
  }
  return faults.length > 0 ? { faults } : settings;
}

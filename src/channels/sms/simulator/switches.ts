import { commandStatus } from '../../../smpp/command-status.ts';
import {
  describeChoice,
  describeField,
  describeList,
  describeNumber,
  describeText,
  describeToggle,
  type Reading,
  readSettings,
  type SettingField,
  type SettingValues,
} from '../setting-fields.ts';

const secondMs = 1_000;
const hourMs = 60 * 60 * secondMs;
const dayMs = 24 * hourMs;
const countMax = 1_000_000_000;

/** The fields of a receipt's text that can be left out. */
const receiptTextFields = [
  'id',
  'sub',
  'dlvrd',
  'submit date',
  'done date',
  'stat',
  'err',
  'text',
] as const;

/**
 * Everything the simulated SMSC can be told to do to one account. The defaults are a fast, correct
 * operator; the README shows them as a table.
 */
export const switchFields = {
  password: describeText({
    label: 'Password',
    help: 'What a bind must present; empty takes any.',
    max: 64,
    default: '',
  }),
  modes: describeList(
    {
      label: 'Bind modes',
      help: 'The binds that are allowed: tx, rx, trx; others are refused with ESME_RBINDFAIL.',
      max: 3,
      default: ['tx', 'rx', 'trx'],
    },
    (raw) => readOneOf(['tx', 'rx', 'trx'], raw),
  ),
  sessionsMax: describeNumber({
    label: 'Sessions',
    help: 'Binds at the same time; one more is refused with ESME_RALYBND.',
    min: 0,
    max: 10_000,
    default: 1_000,
  }),
  peers: describeList(
    {
      label: 'Peers',
      help: 'Beginnings of the addresses that may bind, like "127.0.0."; an empty list allows all.',
      max: 100,
      default: [],
    },
    (raw): Reading<string> =>
      typeof raw === 'string' ? { value: raw } : { fault: 'must be the beginning of an address' },
  ),
  bindDelayMs: describeNumber({
    label: 'Bind delay',
    help: 'A bind is answered this much later, in milliseconds.',
    min: 0,
    max: hourMs,
    default: 0,
  }),
  bindStatus: describeStatus(
    'Bind status',
    'Refuses every bind with this command_status; 0 does not.',
  ),

  windowMax: describeNumber({
    label: 'Window',
    help: 'Unanswered submits on one session; more are refused with ESME_RTHROTTLED. 0 sets no limit.',
    min: 0,
    max: 100_000,
    default: 0,
  }),
  rate: describeNumber({
    label: 'Rate',
    help: 'Submits a second on one session; more are refused with ESME_RTHROTTLED. 0 sets no limit.',
    min: 0,
    max: 1_000_000,
    default: 0,
  }),
  queueFullEveryMs: describeNumber({
    label: 'Queue full every',
    help: 'A burst of ESME_RMSGQFUL begins this often, in milliseconds; 0 is never.',
    min: 0,
    max: dayMs,
    default: 0,
  }),
  queueFullForMs: describeNumber({
    label: 'Queue full for',
    help: 'How long such a burst lasts, in milliseconds.',
    min: 0,
    max: dayMs,
    default: 1_000,
  }),
  storedMax: describeNumber({
    label: 'Stored messages',
    help: 'Messages that wait for delivery; more are refused with ESME_RMSGQFUL.',
    min: 0,
    max: countMax,
    default: 1_000_000,
  }),

  responseMinMs: describeNumber({
    label: 'Shortest response time',
    help: 'No submit is answered sooner, in milliseconds.',
    min: 0,
    max: hourMs,
    default: 0,
  }),
  responseMeanMs: describeNumber({
    label: 'Mean response time',
    help: 'Answers take this long on average, exponentially spread above the shortest, in milliseconds.',
    min: 0,
    max: hourMs,
    default: 0,
  }),
  responsesOutOfOrder: describeToggle({
    label: 'Responses out of order',
    help: 'Answers may overtake each other; they need different response times for that.',
    default: false,
  }),
  swallowChance: describeChance('Swallowed responses', 'accepted, delivered and never answered'),
  nackChance: describeChance('generic_nack', 'answered with generic_nack and not accepted'),
  disconnectChance: describeChance(
    'Disconnects',
    'accepted, and the connection cut before the answer',
  ),
  submitErrorChance: describeChance('Submit errors', 'refused with the status below'),
  submitErrorStatus: describeStatus(
    'Submit error status',
    'The command_status of those refusals.',
    commandStatus.ESME_RSYSERR,
  ),
  submitStatus: describeStatus(
    'Submit status',
    'Refuses every submit with this command_status; 0 does not.',
  ),

  silent: describeToggle({
    label: 'Silent',
    help: 'The connection stays open and nothing that comes in is looked at.',
    default: false,
  }),
  answersEnquireLink: describeToggle({
    label: 'Answers enquire_link',
    help: 'Whether the question for life is answered.',
    default: true,
  }),
  enquireLinkMs: describeNumber({
    label: 'enquire_link every',
    help: 'How often the SMSC asks whether the other side lives, in milliseconds; 0 is never.',
    min: 0,
    max: dayMs,
    default: 0,
  }),
  wire: describeChoice({
    label: 'Wire',
    help: 'merged: all PDUs of a tick in one packet; single: a packet for each PDU; split: packets cut at random; trickle: octet by octet.',
    choices: ['merged', 'single', 'split', 'trickle'],
    default: 'merged',
  }),
  trickleMs: describeNumber({
    label: 'Trickle',
    help: 'The time between two octets of a trickle, in milliseconds.',
    min: 1,
    max: hourMs,
    default: 10,
  }),

  defaultAlphabet: describeChoice({
    label: 'Default alphabet',
    help: 'What data_coding 0 means to this SMSC.',
    choices: ['gsm', 'latin1', 'ascii', 'packed'],
    default: 'gsm',
  }),
  idForm: describeChoice({
    label: 'Message ids',
    help: 'decimal: 10 digits; hex and HEX: 8; hex64: 16, above 2^53; uuid: with hyphens; dashes: hexadecimal capitals in groups.',
    choices: ['decimal', 'hex', 'HEX', 'hex64', 'uuid', 'dashes'],
    default: 'decimal',
  }),

  deliverMinMs: describeNumber({
    label: 'Shortest way',
    help: 'No message reaches its handset sooner, in milliseconds.',
    min: 0,
    max: dayMs,
    default: 0,
  }),
  deliverMaxMs: describeNumber({
    label: 'Longest way',
    help: 'No message takes longer to a handset that can be reached; messages may overtake each other when it is above the shortest.',
    min: 0,
    max: dayMs,
    default: 0,
  }),
  retryMs: describeNumber({
    label: 'Retry',
    help: 'How often a handset that could not be reached is tried; a change of its settings is noticed at once.',
    min: 1,
    max: dayMs,
    default: 60 * secondMs,
  }),
  validityDefaultMs: describeNumber({
    label: 'Validity',
    help: 'How long a message without validity_period is kept, in milliseconds.',
    min: 0,
    max: 30 * dayMs,
    default: dayMs,
  }),
  validityMaxMs: describeNumber({
    label: 'Longest validity',
    help: 'No message is kept longer, whatever it asks for, in milliseconds.',
    min: 0,
    max: 30 * dayMs,
    default: 3 * dayMs,
  }),
  honoursValidity: describeToggle({
    label: 'Honours validity',
    help: 'Off: validity_period is ignored, as some SMSCs do.',
    default: true,
  }),

  receipts: describeChoice({
    label: 'Receipts',
    help: 'asked: as registered_delivery says; always; never; no-expired: as asked, but none for expired messages.',
    choices: ['asked', 'always', 'never', 'no-expired'],
    default: 'asked',
  }),
  intermediate: describeChoice({
    label: 'Intermediate receipts',
    help: 'ENROUTE when a message has to wait, if asked for or always; after-final sends it late, behind the final one.',
    choices: ['asked', 'always', 'after-final', 'never'],
    default: 'asked',
  }),
  receiptPdu: describeChoice({
    label: 'Receipt PDU',
    help: 'What receipts come in; data_sm has the text in message_payload.',
    choices: ['deliver_sm', 'data_sm'],
    default: 'deliver_sm',
  }),
  receiptForm: describeChoice({
    label: 'Receipt form',
    help: 'Where the facts are: in the text, in TLVs, or in both.',
    choices: ['both', 'text', 'tlv'],
    default: 'both',
  }),
  receiptIdForm: describeChoice({
    label: 'Ids in receipts',
    help: 'What becomes of the id of the response: same; decimal or hex: converted; upper, lower; zeros: two added in front; no-zeros: stripped; quoted; padded: blanks and a NUL behind.',
    choices: ['same', 'decimal', 'hex', 'upper', 'lower', 'zeros', 'no-zeros', 'quoted', 'padded'],
    default: 'same',
  }),
  receiptDates: describeChoice({
    label: 'Dates in receipts',
    help: 'Ten, twelve or fourteen digits, seconds since the epoch, or a month 20.',
    choices: ['YYMMDDhhmm', 'YYMMDDhhmmss', 'YYYYMMDDhhmmss', 'epoch', 'impossible'],
    default: 'YYMMDDhhmm',
  }),
  receiptZoneMinutes: describeNumber({
    label: 'Zone of receipts',
    help: 'How far the dates in receipts are ahead of UTC, in minutes.',
    min: -14 * 60,
    max: 14 * 60,
    default: 0,
  }),
  receiptOmits: describeList(
    {
      label: 'Missing fields',
      help: `Fields left out of the text of receipts: ${receiptTextFields.join(', ')}.`,
      max: receiptTextFields.length,
      default: [],
    },
    (raw) => readOneOf(receiptTextFields, raw),
  ),
  receiptStates: describeChoice({
    label: 'States in receipts',
    help: 'standard: seven letters, DELIVRD; long: whole words, DELIVERED; seed: DELIVERD; folded: the standard in lower case.',
    choices: ['standard', 'long', 'seed', 'folded'],
    default: 'standard',
  }),
  receiptErr: describeChoice({
    label: 'err in receipts',
    help: 'The cause with three digits, with as few as possible, with four, in hexadecimal, or always 000.',
    choices: ['3', '1', '4', 'hex', 'zero'],
    default: '3',
  }),
  receiptFlag: describeToggle({
    label: 'Receipt flag',
    help: 'Off: esm_class does not say that it is a receipt.',
    default: true,
  }),
  receiptContradicts: describeToggle({
    label: 'Contradiction',
    help: 'The text of a final receipt says ENROUTE while message_state is final.',
    default: false,
  }),
  receiptSwapsAddresses: describeToggle({
    label: 'Swapped addresses',
    help: 'Source and destination of a receipt are as they were in the message.',
    default: false,
  }),
  receiptEchoesReference: describeToggle({
    label: 'Echoed reference',
    help: 'user_message_reference of the message is in its receipts.',
    default: true,
  }),
  receiptTiming: describeChoice({
    label: 'Receipt timing',
    help: 'before-response: messages that can be delivered are, and their receipt is sent, before the submit is answered.',
    choices: ['after', 'before-response'],
    default: 'after',
  }),
  receiptCopies: describeNumber({
    label: 'Copies',
    help: 'How often each receipt is sent.',
    min: 1,
    max: 10,
    default: 1,
  }),
  receiptShuffleMs: describeNumber({
    label: 'Shuffled receipts',
    help: 'Each receipt waits a random time up to this, so that they come in another order, in milliseconds.',
    min: 0,
    max: dayMs,
    default: 0,
  }),
  receiptSession: describeChoice({
    label: 'Receipt session',
    help: 'The session receipts come on: any in turn, that of the submit where it can receive, or another one.',
    choices: ['any', 'same', 'other'],
    default: 'any',
  }),
  operatorTag: describeNumber({
    label: 'Operator parameter',
    help: 'The tag of a TLV with MCC and MNC of the handset in receipts and incoming messages, like 5121 (0x1401); 0 sends none.',
    min: 0,
    max: 0xffff,
    default: 0,
  }),

  deliverWindow: describeNumber({
    label: 'Window towards the ESME',
    help: 'Unanswered deliver_sm on one session.',
    min: 1,
    max: 100_000,
    default: 10,
  }),
  deliverTimeoutMs: describeNumber({
    label: 'Wait for deliver_sm_resp',
    help: 'After this time without an answer a deliver_sm is repeated, in milliseconds.',
    min: 1,
    max: hourMs,
    default: 10 * secondMs,
  }),
  deliverRetryMs: describeNumber({
    label: 'Repeat deliver_sm',
    help: 'How long after a refusal for now, like ESME_RX_T_APPN, a deliver_sm is repeated, in milliseconds.',
    min: 1,
    max: dayMs,
    default: 1_000,
  }),
  deliverAttemptsMax: describeNumber({
    label: 'Attempts of deliver_sm',
    help: 'After so many attempts a deliver_sm is given up.',
    min: 1,
    max: 1_000_000,
    default: 1_000,
  }),
} as const;

/** How the SMSC treats one account. */
export type Switches = SettingValues<typeof switchFields>;

export type SwitchName = keyof Switches;

/** The switches of a fast, correct operator. */
export const defaultSwitches: Switches = readDefaults();

/** One of `choices`, as an item of a list. */
function readOneOf<const Choice extends string>(
  choices: readonly Choice[],
  raw: unknown,
): Reading<Choice> {
  const choice = choices.find((known) => known === raw);
  return choice === undefined
    ? { fault: `must be one of ${choices.join(', ')}` }
    : { value: choice };
}

function describeChance(label: string, what: string): SettingField<number> {
  return describeField(
    {
      label,
      help: `The chance, from 0 to 1, that a submit is ${what}.`,
      kind: 'number',
      default: 0,
      min: 0,
      max: 1,
    },
    (raw) =>
      typeof raw === 'number' && raw >= 0 && raw <= 1
        ? { value: raw }
        : { fault: 'must be a number from 0 to 1' },
  );
}

function describeStatus(label: string, help: string, status = 0): SettingField<number> {
  return describeNumber({ label, help, min: 0, max: 0xffff_ffff, default: status });
}

function readDefaults(): Switches {
  const read = readSettings(switchFields, {});
  if ('faults' in read) throw new Error(read.faults.join(' '));
  return read;
}

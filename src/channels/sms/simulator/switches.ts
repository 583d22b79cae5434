import { z } from 'zod';
import { commandStatus } from '../../../smpp/command-status.ts';

const secondMs = 1_000;
const hourMs = 60 * 60 * secondMs;
const dayMs = 24 * hourMs;
const countMax = 1_000_000_000;

/** The fields of a receipt's text that can be left out. */
const textFields = [
  'id',
  'sub',
  'dlvrd',
  'submit date',
  'done date',
  'stat',
  'err',
  'text',
] as const;

/** Everything the simulated SMSC can be told to do to one account; the README shows it as a table. */
export const switchSchema = z.strictObject({
  password: z.string().max(64).describe('What a bind must present; empty takes any.'),
  modes: z
    .array(z.enum(['tx', 'rx', 'trx']))
    .describe('The binds that are allowed; others are refused with ESME_RBINDFAIL.'),
  sessionsMax: whole(0, 10_000).describe(
    'Binds at the same time; one more is refused with ESME_RALYBND.',
  ),
  peers: z
    .array(z.string())
    .describe('Beginnings of the addresses that may bind, like "127.0.0."; none allows all.'),
  bindDelayMs: whole(0, hourMs).describe('A bind is answered this much later.'),
  bindStatus: status().describe('Refuses every bind with this command_status; 0 does not.'),

  windowMax: whole(0, countMax).describe(
    'Unanswered submits on one session; more are refused with ESME_RTHROTTLED. 0 sets no limit.',
  ),
  rate: whole(0, countMax).describe(
    'Submits a second on one session; more are refused with ESME_RTHROTTLED. 0 sets no limit.',
  ),
  queueFullEveryMs: whole(0, dayMs).describe('A burst of ESME_RMSGQFUL begins so often; 0: never.'),
  queueFullForMs: whole(0, dayMs).describe('How long such a burst lasts.'),
  storedMax: whole(0, countMax).describe(
    'Messages that wait for delivery; more are refused with ESME_RMSGQFUL.',
  ),

  responseMinMs: whole(0, hourMs).describe('No submit is answered sooner.'),
  responseMeanMs: whole(0, hourMs).describe(
    'Answers take this long on average, exponentially spread above the shortest time.',
  ),
  responsesOutOfOrder: z
    .boolean()
    .describe('Answers may overtake each other, where their times differ.'),
  swallowChance: chance().describe('Submits that are accepted, delivered and never answered.'),
  nackChance: chance().describe('Submits that get a generic_nack and are not accepted.'),
  disconnectChance: chance().describe(
    'Submits that are accepted, and the connection is cut before the answer.',
  ),
  submitErrorChance: chance().describe('Submits that are refused with `submitErrorStatus`.'),
  submitErrorStatus: status().describe('The command_status of those refusals.'),
  submitStatus: status().describe('Refuses every submit with this command_status; 0 does not.'),

  silent: z.boolean().describe('The connection stays open and nothing that comes in is looked at.'),
  answersEnquireLink: z.boolean().describe('Whether enquire_link is answered.'),
  enquireLinkMs: whole(0, dayMs).describe('How often the SMSC sends enquire_link; 0: never.'),
  wire: z
    .enum(['merged', 'single', 'split', 'trickle'])
    .describe(
      'All PDUs of a tick in one packet, a packet for each PDU, packets cut at random, or octet by octet.',
    ),
  trickleMs: whole(1, hourMs).describe('The time between two octets of a trickle.'),

  defaultAlphabet: z
    .enum(['gsm', 'latin1', 'ascii', 'packed'])
    .describe('What data_coding 0 means to this SMSC.'),
  idForm: z
    .enum(['decimal', 'hex', 'HEX', 'hex64', 'uuid', 'dashes'])
    .describe(
      'Message ids: 10 digits; 8 hexadecimal digits, small or capital; 16 of them, above 2^53; a UUID; capitals in groups.',
    ),

  deliverMinMs: whole(0, dayMs).describe('No message reaches its handset sooner.'),
  deliverMaxMs: whole(0, dayMs).describe(
    'No message takes longer to a handset that can be reached; above the shortest time, messages may overtake each other.',
  ),
  retryMs: whole(1, dayMs).describe(
    'How often a handset that could not be reached is tried; a change of its settings is noticed at once.',
  ),
  validityDefaultMs: whole(0, 30 * dayMs).describe(
    'How long a message without validity_period is kept.',
  ),
  validityMaxMs: whole(0, 30 * dayMs).describe('No message is kept longer, whatever it asks for.'),
  honoursValidity: z.boolean().describe('Off: validity_period is ignored, as some SMSCs do.'),

  receipts: z
    .enum(['asked', 'always', 'never', 'no-expired'])
    .describe(
      'As registered_delivery says, always, never, or as asked but none for expired messages.',
    ),
  intermediate: z
    .enum(['asked', 'always', 'after-final', 'never'])
    .describe(
      'ENROUTE when a message has to wait, if asked for; for every message when it sets out; for every message behind its final receipt; never.',
    ),
  receiptPdu: z
    .enum(['deliver_sm', 'data_sm'])
    .describe('What receipts come in; data_sm has the text in message_payload.'),
  receiptForm: z
    .enum(['both', 'text', 'tlv'])
    .describe('Where the facts are: in the text and in TLVs, or in one of them.'),
  receiptIdForm: z
    .enum(['same', 'decimal', 'hex', 'upper', 'lower', 'zeros', 'no-zeros', 'quoted', 'padded'])
    .describe(
      'What becomes of the id: nothing; converted to decimal or hexadecimal; capital or small; two zeros in front; its zeros stripped; in quotes; blanks behind.',
    ),
  receiptDates: z
    .enum(['YYMMDDhhmm', 'YYMMDDhhmmss', 'YYYYMMDDhhmmss', 'epoch', 'impossible'])
    .describe('Ten, twelve or fourteen digits, seconds since the epoch, or a month 20.'),
  receiptZoneMinutes: whole(-14 * 60, 14 * 60).describe(
    'How far the dates in receipts are ahead of UTC, in minutes.',
  ),
  receiptOmits: z.array(z.enum(textFields)).describe('Fields left out of the text of receipts.'),
  receiptStates: z
    .enum(['standard', 'long', 'seed', 'folded'])
    .describe('DELIVRD; whole words, DELIVERED; DELIVERD; the standard in small letters.'),
  receiptErr: z
    .enum(['3', '1', '4', 'hex', 'zero'])
    .describe('err with three digits, as few as possible, four, in hexadecimal, or always 000.'),
  receiptFlag: z.boolean().describe('Off: esm_class does not say that it is a receipt.'),
  receiptContradicts: z
    .boolean()
    .describe('The text of a final receipt says ENROUTE while message_state is final.'),
  receiptSwapsAddresses: z
    .boolean()
    .describe('Source and destination of a receipt are as they were in the message.'),
  receiptEchoesReference: z
    .boolean()
    .describe('user_message_reference of the message is in its receipts.'),
  receiptTiming: z
    .enum(['after', 'before-response'])
    .describe(
      'before-response: messages reach their handset, and their receipt is sent, before the submit is answered.',
    ),
  receiptCopies: whole(1, 10).describe('How often each receipt is sent.'),
  receiptShuffleMs: whole(0, dayMs).describe(
    'Each receipt waits a random time up to this, so that they come in another order.',
  ),
  receiptSession: z
    .enum(['any', 'same', 'other'])
    .describe(
      'The session receipts come on: any in turn; that of the submit, or another one, where there is one with room.',
    ),
  operatorTag: whole(0, 0xffff).describe(
    'The tag of a TLV with MCC and MNC of the handset in receipts and incoming messages, like 5121 (0x1401); 0 sends none.',
  ),

  deliverWindow: whole(1, countMax).describe('Unanswered deliver_sm on one session.'),
  deliverTimeoutMs: whole(1, hourMs).describe(
    'After this time without an answer a deliver_sm is repeated.',
  ),
  deliverRetryMs: whole(1, dayMs).describe(
    'How long after a refusal for now, like ESME_RX_T_APPN, a deliver_sm is repeated.',
  ),
  deliverAttemptsMax: whole(1, countMax).describe(
    'After so many attempts a deliver_sm is given up.',
  ),
});

/** How the SMSC treats one account. Times are milliseconds, chances from 0 to 1. */
export type Switches = Readonly<z.infer<typeof switchSchema>>;

/** The switches of a fast, correct operator. */
export const defaultSwitches: Switches = {
  password: '',
  modes: ['tx', 'rx', 'trx'],
  sessionsMax: 1_000,
  peers: [],
  bindDelayMs: 0,
  bindStatus: 0,

  windowMax: 0,
  rate: 0,
  queueFullEveryMs: 0,
  queueFullForMs: secondMs,
  storedMax: 1_000_000,

  responseMinMs: 0,
  responseMeanMs: 0,
  responsesOutOfOrder: false,
  swallowChance: 0,
  nackChance: 0,
  disconnectChance: 0,
  submitErrorChance: 0,
  submitErrorStatus: commandStatus.ESME_RSYSERR,
  submitStatus: 0,

  silent: false,
  answersEnquireLink: true,
  enquireLinkMs: 0,
  wire: 'merged',
  trickleMs: 10,

  defaultAlphabet: 'gsm',
  idForm: 'decimal',

  deliverMinMs: 0,
  deliverMaxMs: 0,
  retryMs: 60 * secondMs,
  validityDefaultMs: dayMs,
  validityMaxMs: 3 * dayMs,
  honoursValidity: true,

  receipts: 'asked',
  intermediate: 'asked',
  receiptPdu: 'deliver_sm',
  receiptForm: 'both',
  receiptIdForm: 'same',
  receiptDates: 'YYMMDDhhmm',
  receiptZoneMinutes: 0,
  receiptOmits: [],
  receiptStates: 'standard',
  receiptErr: '3',
  receiptFlag: true,
  receiptContradicts: false,
  receiptSwapsAddresses: false,
  receiptEchoesReference: true,
  receiptTiming: 'after',
  receiptCopies: 1,
  receiptShuffleMs: 0,
  receiptSession: 'any',
  operatorTag: 0,

  deliverWindow: 10,
  deliverTimeoutMs: 10 * secondMs,
  deliverRetryMs: secondMs,
  deliverAttemptsMax: 1_000,
};

/** A switch as help and the README show it. */
export interface SwitchDescription {
  readonly name: string;
  /** As JSON. */
  readonly default: string;
  /** What it can be, in the order of the description; empty where any number or text will do. */
  readonly choices: readonly string[];
  readonly description: string;
}

export function describeSwitches(): SwitchDescription[] {
  const defaults = new Map<string, unknown>(Object.entries(defaultSwitches));
  return Object.entries(switchSchema.shape).map(([name, schema]) => ({
    name,
    default: JSON.stringify(defaults.get(name)),
    choices: listChoices(schema),
    description: schema.description ?? '',
  }));
}

function listChoices(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodEnum) return schema.options.map(String);
  return schema instanceof z.ZodArray && schema.element instanceof z.ZodEnum
    ? schema.element.options.map(String)
    : [];
}

function whole(min: number, max: number): z.ZodInt {
  return z.int().min(min).max(max);
}

function chance(): z.ZodNumber {
  return z.number().min(0).max(1);
}

function status(): z.ZodInt {
  return whole(0, 0xffff_ffff);
}

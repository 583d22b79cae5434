import { z } from 'zod';
import { deliveryChannels } from '../core/channel-names.ts';
import type { HandsetPatch } from './handset.ts';
import type { HandsetAction } from './handset-actions.ts';

/** The longest `slowMs`: an hour. */
export const slowMsMax = 60 * 60 * 1000;

/** The longest `outOfCoverageMs`: a week, longer than any validity. */
export const outOfCoverageMsMax = 7 * 24 * 60 * 60 * 1000;

/** The longest content filter, in characters. */
export const contentFilterMax = 100;

/** Characters of a text that a handset writes. */
export const writtenCharactersMax = 4_096;

const operator = z
  .strictObject({
    mccmnc: z.string().regex(/^\d{5,6}$/),
    name: z.string().min(1).max(50),
  })
  .meta({ description: 'The mobile network: MCC and MNC digits, and a name.' });

/** The longest `readsAfterMs`: a day. */
export const readsAfterMsMax = 24 * 60 * 60 * 1000;

/** The longest answer, in characters. */
export const answerCharactersMax = 1_000;

const flags = {
  on: z.boolean().meta({ description: 'Off: absent until it is switched on.' }),
  simFull: z.boolean().meta({ description: 'No memory for another message.' }),
  optedOut: z.boolean().meta({ description: 'The user wants no business messages.' }),
  barred: z.boolean().meta({ description: 'The operator lets no messages through.' }),
  unknown: z.boolean().meta({ description: 'No subscriber has this number.' }),
  slowMs: z.int().min(0).max(slowMsMax).meta({ description: 'Messages arrive so much later.' }),
  contentFilter: z
    .string()
    .min(1)
    .max(contentFilterMax)
    .nullable()
    .meta({ description: 'The operator refuses messages that contain this.' }),
  readsAfterMs: z
    .int()
    .min(0)
    .max(readsAfterMsMax)
    .nullable()
    .meta({ description: 'What comes into an app is read so much later; null: never.' }),
  answer: z
    .string()
    .min(1)
    .max(answerCharactersMax)
    .nullable()
    .meta({ description: 'Sent back from an app when a message is read; null: nothing.' }),
};

const apps = { WhatsApp: z.boolean(), RCS: z.boolean(), Viber: z.boolean(), Push: z.boolean() };

/** What PATCH takes; every field may be left out. */
export const handsetPatchSchema = z
  .strictObject({
    operator,
    ...flags,
    outOfCoverageMs: z
      .int()
      .min(0)
      .max(outOfCoverageMsMax)
      .meta({ description: 'Out of coverage from now on for so long; 0 brings it back.' }),
    apps: z.strictObject(apps).partial(),
  })
  .partial();

const settings = z.object({
  operator,
  ...flags,
  outOfCoverageUntil: z.iso.datetime().nullable(),
  apps: z.object(apps),
});

const message = z.object({
  id: z.int().meta({ description: 'Rises with every message of the phone.' }),
  channel: z.enum(deliveryChannels),
  from: z.string(),
  text: z.string().meta({ description: 'As the reader sees it; hexadecimal when binary.' }),
  encoding: z.enum(['gsm7', 'ucs2', 'latin1', 'ascii', 'binary', 'utf8']),
  parts: z.int(),
  flash: z.boolean(),
  at: z.iso.datetime(),
  state: z.enum(['unread', 'read']),
  rich: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'What an app shows, in the words of its provider.' }),
  providerId: z.string().optional().meta({ description: "The provider's id, of an app alone." }),
});

const incomplete = z.object({
  from: z.string(),
  total: z.int(),
  present: z.array(z.int()).meta({ description: 'The parts that have come.' }),
  since: z.iso.datetime(),
});

/** A phone with its settings and messages, as GET shows it. */
export const handsetViewSchema = z.object({
  number: z.string().meta({ description: 'Digits without prefix.' }),
  settings,
  messages: z.array(message).meta({ description: 'The latest messages, oldest first.' }),
  incomplete: z.array(incomplete).meta({ description: 'Messages that wait for missing parts.' }),
});

/** A phone in the list. */
const handsetSummarySchema = z.object({
  number: z.string(),
  settings,
  messages: z.int().meta({ description: 'How many messages it holds.' }),
  lastMessage: message.nullable(),
});

export const handsetPageSchema = z.object({
  handsets: z.array(handsetSummarySchema),
  next: z.int().nullable().meta({ description: 'Give it as `before` for the next page.' }),
});

export type HandsetView = z.infer<typeof handsetViewSchema>;
export type HandsetSummary = z.infer<typeof handsetSummarySchema>;
export type HandsetPage = z.infer<typeof handsetPageSchema>;

/** What a handset writes to a number of ours. */
export const writtenMessageSchema = z.strictObject({
  to: z
    .string()
    .regex(/^[\dA-Za-z+*#]{1,20}$/, 'a number, short code or name')
    .meta({ description: 'The number, short code or name that is written to.' }),
  text: z.string().max(writtenCharactersMax),
  channel: z.enum(deliveryChannels).default('SMS'),
});

/** Reads the body of a POST; a sentence for people when it is wrong. */
export function readWrittenMessage(
  body: unknown,
): { message: z.infer<typeof writtenMessageSchema> } | { fault: string } {
  const read = writtenMessageSchema.safeParse(body);
  return read.success ? { message: read.data } : { fault: describeIssue(read.error) };
}

/** Reads the body of a PATCH; a sentence for people when it is wrong. */
export function readHandsetPatch(body: unknown): { patch: HandsetPatch } | { fault: string } {
  const read = handsetPatchSchema.safeParse(body);
  if (read.success) return { patch: dropUndefined(read.data) };
  return { fault: describeIssue(read.error) };
}

function describeIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'invalid_union') return `${path} ${issue.message}`;
  return path === '' ? (issue?.message ?? '') : `${path}: ${issue?.message}`;
}

const messageId = z.int().min(1).meta({ description: 'The id of a message of the phone.' });
const said = z.string().min(1).max(answerCharactersMax);

/** What POST .../actions takes. */
export const handsetActionSchema = z.discriminatedUnion(
  'do',
  [
    z.strictObject({ do: z.literal('reply'), message: messageId, text: said }),
    z.strictObject({ do: z.literal('tap'), message: messageId, choice: said }),
    z.strictObject({ do: z.literal('react'), message: messageId, emoji: z.string().max(50) }),
    z.strictObject({ do: z.literal('read'), message: messageId }),
  ],
  {
    error: ({ code }) =>
      code === 'invalid_union' ? 'must be one of reply, tap, react, read' : undefined,
  },
);

/** Reads the body of an action; a sentence for people when it is wrong. */
export function readHandsetAction(body: unknown): { action: HandsetAction } | { fault: string } {
  const read = handsetActionSchema.safeParse(body);
  if (read.success) return { action: read.data };
  return { fault: describeIssue(read.error) };
}

/** Parsed JSON never holds undefined; the schema's type does not know. */
function dropUndefined(value: z.infer<typeof handsetPatchSchema>): HandsetPatch {
  const patch: HandsetPatch = {};
  Object.assign(patch, value);
  return patch;
}

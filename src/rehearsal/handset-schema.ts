import { z } from 'zod';
import { deliveryChannels } from '../core/channel-names.ts';
import type { HandsetPatch } from './handset.ts';

/** The longest `slowMs`: an hour. */
export const slowMsMax = 60 * 60 * 1000;

/** The longest `outOfCoverageMs`: a week, longer than any validity. */
export const outOfCoverageMsMax = 7 * 24 * 60 * 60 * 1000;

/** The longest content filter, in characters. */
export const contentFilterMax = 100;

const operator = z
  .strictObject({
    mccmnc: z.string().regex(/^\d{5,6}$/),
    name: z.string().min(1).max(50),
  })
  .meta({ description: 'The mobile network: MCC and MNC digits, and a name.' });

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
  encoding: z.enum(['gsm7', 'ucs2', 'latin1', 'ascii', 'binary']),
  parts: z.int(),
  flash: z.boolean(),
  at: z.iso.datetime(),
  state: z.enum(['unread', 'read']),
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
export const handsetSummarySchema = z.object({
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

/** Reads the body of a PATCH; a sentence for people when it is wrong. */
export function readHandsetPatch(body: unknown): { patch: HandsetPatch } | { fault: string } {
  const read = handsetPatchSchema.safeParse(body);
  if (read.success) return { patch: dropUndefined(read.data) };
  const issue = read.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  return { fault: path === '' ? (issue?.message ?? '') : `${path}: ${issue?.message}` };
}

/** Parsed JSON never holds undefined; the schema's type does not know. */
function dropUndefined(value: z.infer<typeof handsetPatchSchema>): HandsetPatch {
  const patch: HandsetPatch = {};
  Object.assign(patch, value);
  return patch;
}

import { z } from 'zod';

const share = z.number().min(0).max(1);
const ms = z.int().min(0);

const number = z.strictObject({
  /** The business number as digits; what handsets see as the sender. */
  displayNumber: z.string().regex(/^\d{3,20}$/),
  token: z.string().min(1),
  appSecret: z.string().min(1),
  verifyToken: z.string().min(1),
  /** Where statuses and incoming messages go; null: nowhere. */
  callbackUrl: z.url().nullable(),
});

const template = z.strictObject({
  name: z.string(),
  language: z.string(),
  header: z.enum(['none', 'text', 'image', 'video', 'document', 'location']).default('none'),
  body: z.int().min(0).default(0),
  buttons: z.int().min(0).default(0),
  status: z.enum(['APPROVED', 'PAUSED', 'DISABLED', 'PENDING', 'REJECTED']).default('APPROVED'),
});

const settingsSchema = z.strictObject({
  /** By phone number id. */
  numbers: z.record(z.string(), number),
  /** The approved templates; null takes any. */
  templates: z.array(template).nullable(),
  /** Calls a second to one business number (whatsapp-cloud §6). */
  rate: z.number().positive(),
  /** One bubble to one handset in so long, and so many ahead of that. */
  pairIntervalMs: z.number().positive(),
  pairBurst: z.int().min(1),
  /** Free text needs a message of the handset within a day (131047). */
  enforceWindow: z.boolean(),
  /** From the acceptance to `sent`, and from there to `delivered`. */
  sentAfterMs: ms,
  deliveredAfterMs: ms,
  /** Answers come so much later than they could. */
  answerDelayMs: ms,
  /** The first status goes out before the answer does. */
  statusFirst: z.boolean(),
  /** Accepts, then cuts the connection instead of answering. */
  dropAnswerShare: share,
  /** Refuses calls with an error of the API. */
  refuseShare: share,
  refuseWith: z.strictObject({ status: z.int(), code: z.int(), retryAfterS: z.int().nullable() }),
  /** Takes no connections. */
  isDown: z.boolean(),
  callbackDelayMs: ms,
  callbackDuplicateShare: share,
  callbackLoseShare: share,
  /** Callbacks are held back so that later ones overtake them. */
  callbackShuffleShare: share,
  /** A copy with a wrong signature goes along. */
  callbackForgeShare: share,
  /** Changes in one call. */
  callbackBatchMax: z.int().min(1).max(1_000),
});

/** How the simulated provider behaves. */
export type GraphSettings = z.infer<typeof settingsSchema>;
export type BusinessLine = GraphSettings['numbers'][string];
export type SimulatedTemplate = z.infer<typeof template>;

export const defaultGraphSettings: GraphSettings = {
  numbers: {},
  templates: null,
  rate: 80,
  pairIntervalMs: 6_000,
  pairBurst: 45,
  enforceWindow: false,
  sentAfterMs: 20,
  deliveredAfterMs: 50,
  answerDelayMs: 0,
  statusFirst: false,
  dropAnswerShare: 0,
  refuseShare: 0,
  refuseWith: { status: 503, code: 131016, retryAfterS: null },
  isDown: false,
  callbackDelayMs: 0,
  callbackDuplicateShare: 0,
  callbackLoseShare: 0,
  callbackShuffleShare: 0,
  callbackForgeShare: 0,
  callbackBatchMax: 50,
};

export type GraphChange = Partial<GraphSettings>;

/**
 * The settings after a change: named ones change, the others stay; numbers are added to.
 * @throws when the change is none.
 */
export function changeGraphSettings(settings: GraphSettings, change: unknown): GraphSettings {
  const read = settingsSchema.partial().parse(change);
  const given = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
  const numbers = { ...settings.numbers, ...read.numbers };
  return { ...settings, ...given, numbers };
}

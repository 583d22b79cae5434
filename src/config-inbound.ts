import { z } from 'zod';
import { type FaultList, signingKeys, url } from './config-values.ts';
import { deliveryChannels } from './core/channel-names.ts';
import { senderKey } from './core/inbound.ts';
import type { InboundAccount } from './core/inbound-account.ts';
import { checkTemplate } from './inbound/url-template.ts';
import { readKeyword, wordCharactersMax } from './inbound/words.ts';
import { parseSigningSecret } from './webhooks/signature.ts';

const word = z.string().min(1).max(wordCharactersMax);
const words = z.strictObject({
  /** Words after which the recipient gets no more messages. */
  stop: z.array(word),
  /** Words after which it gets messages again. */
  start: z.array(word).default([]),
});
const number = z.string().regex(/^\+?[\dA-Za-z]{1,32}$/, 'must be a number, short code or name');

/** What an account says of incoming messages (docs/reference/inbound.md). */
export const inboundFields = {
  /** The numbers and short codes it receives at; with a keyword: one of several at a shared number. */
  numbers: z
    .array(
      z.union(
        [number, z.strictObject({ number, keyword: word })],
        'must be a number between quotes, or { number: "3669", keyword: BREAD }',
      ),
    )
    .default([]),
  inboundWebhook: z
    .strictObject({
      url,
      format: z.enum(['json', 'flat-json', 'xml', 'get']).default('json'),
      signingKey: signingKeys.optional(),
    })
    .optional(),
  eventsWebhook: z.strictObject({ url, signingKey: signingKeys.optional() }).optional(),
  /** Words of its own for a channel, in place of the defaults. */
  optOutWords: z.partialRecord(z.enum(deliveryChannels), words).default({}),
};

const inboundShape = z.object({ id: z.string(), ...inboundFields });

/** An account as the configuration file describes it, as far as incoming messages go. */
export type InboundEntry = z.infer<typeof inboundShape> & { readonly smpp?: unknown };

export function inboundFromFile(entry: InboundEntry): InboundAccount {
  const { id, inboundWebhook, eventsWebhook, optOutWords, numbers } = entry;
  return {
    id,
    webhook:
      inboundWebhook === undefined
        ? null
        : {
            url: inboundWebhook.url,
            format: inboundWebhook.format,
            signingKeys: readKeys(inboundWebhook.signingKey),
          },
    events:
      eventsWebhook === undefined
        ? null
        : { url: eventsWebhook.url, signingKeys: readKeys(eventsWebhook.signingKey) },
    numbers: numbers.map((one) =>
      typeof one === 'string' ? { number: one, keyword: null } : { ...one },
    ),
    words: readWords(optOutWords),
    hasSessions: entry.smpp !== undefined,
  };
}

/** The record without what the schema's type calls undefined and a parsed file never holds. */
function readWords(record: InboundEntry['optOutWords']): InboundAccount['words'] {
  return Object.fromEntries(Object.entries(record).filter(([, one]) => one !== undefined));
}

function readKeys(given: string | readonly string[] | undefined): Uint8Array[] {
  return [given ?? []].flat().flatMap((text) => parseSigningSecret(text) ?? []);
}

/** Looks at what no single field can tell. */
export function refuseInbound(
  accounts: readonly InboundEntry[],
  connections: readonly { readonly account?: string | undefined }[],
  faults: FaultList,
): void {
  const taken = new Set<string>();
  for (const [index, { numbers, inboundWebhook }] of accounts.entries()) {
    for (const [place, one] of numbers.entries()) {
      const { number: text, keyword = null } = typeof one === 'string' ? { number: one } : one;
      const key = `${senderKey(text)} ${keyword === null ? '' : readKeyword(keyword)}`;
      if (taken.has(key)) {
        const message = 'is taken already; at a shared number each needs a keyword of its own';
        faults.addIssue({ code: 'custom', path: ['accounts', index, 'numbers', place], message });
      }
      taken.add(key);
    }
    if (inboundWebhook?.format !== 'get') continue;
    const message = checkTemplate(inboundWebhook.url);
    if (message === null) continue;
    const path = ['accounts', index, 'inboundWebhook', 'url'];
    faults.addIssue({ code: 'custom', path, message });
  }
  for (const [index, { account }] of connections.entries()) {
    if (account === undefined || accounts.some(({ id }) => id === account)) continue;
    const message = `no account is named "${account}"`;
    faults.addIssue({ code: 'custom', path: ['connections', index, 'account'], message });
  }
}

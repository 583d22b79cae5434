import type { StatusWebhook } from '../core/account.ts';
import type { HttpRequest } from '../lib/http-client.ts';
import { type ReportValues, renderJson, renderQuery, renderXml } from './render.ts';
import { signatureHeaders } from './signature.ts';

/** For one call, connecting included (contract §8.6). */
export const callTimeoutMs = 10_000;

/**
 * The call that delivers a report.
 *
 * @param id the `webhook-id`: the same for every try of the same report.
 * @param now epoch milliseconds of this try.
 */
export function buildRequest(
  webhook: StatusWebhook,
  id: string,
  values: ReportValues,
  now: number,
): HttpRequest {
  const signing = { signingKeys: webhook.signingKeys, id, now };
  switch (webhook.format) {
    case 'json':
      return buildPost(webhook.url, 'application/json', renderJson(values), signing);
    case 'xml':
      return buildPost(webhook.url, 'application/xml', renderXml(values), signing);
    case 'get':
      return buildGet(prefixOf(webhook) + renderQuery(values), signing);
  }
}

/**
 * A URL that may have parameters already, ready to have more put behind it (contract §8.5). It is brought
 * into its normal form first, so that what is signed is what the server sees.
 */
export function openQuery(text: string): string {
  const url = URL.parse(text);
  if (url === null) return `${text}?`;
  url.hash = '';
  const { href } = url;
  if (!href.includes('?')) return `${href}?`;
  return url.search === '' || href.endsWith('&') ? href : `${href}&`;
}

/** Parsing a URL costs as much as the rest of a request. */
const prefixes = new WeakMap<StatusWebhook, string>();

function prefixOf(webhook: StatusWebhook): string {
  const known = prefixes.get(webhook);
  if (known !== undefined) return known;
  const prefix = openQuery(webhook.url);
  prefixes.set(webhook, prefix);
  return prefix;
}

const userAgent = 'Chappe';

/** What a call is signed with, and as what. */
export interface Signing {
  readonly signingKeys: readonly Uint8Array[];
  /** The `webhook-id`. */
  readonly id: string;
  /** Epoch milliseconds of this try. */
  readonly now: number;
}

/** A call with a body, which is what is signed. */
export function buildPost(
  url: string,
  contentType: string,
  body: string,
  signing: Signing,
): HttpRequest {
  const headers = {
    'user-agent': userAgent,
    'content-type': contentType,
    ...sign(signing, body),
  };
  return { method: 'POST', url, headers, body, timeoutMs: callTimeoutMs };
}

/** A call that says all in its URL; its query is what is signed. */
export function buildGet(url: string, signing: Signing): HttpRequest {
  const headers = { 'user-agent': userAgent, ...sign(signing, url.slice(url.indexOf('?') + 1)) };
  return { method: 'GET', url, headers, body: null, timeoutMs: callTimeoutMs };
}

function sign({ signingKeys, id, now }: Signing, content: string): Record<string, string> {
  return signatureHeaders(signingKeys, id, Math.floor(now / 1000), content);
}

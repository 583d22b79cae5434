import type { EventsWebhook, InboundWebhook } from '../core/inbound-account.ts';
import type { HttpRequest } from '../lib/http-client.ts';
import type { QueuedInbound } from '../store/inbound-contract.ts';
import { buildGet, buildPost } from '../webhooks/request.ts';
import { signatureHeaders } from '../webhooks/signature.ts';
import { renderEvent, renderFlatJson, renderJson, renderXml } from './render.ts';
import { fillTemplate } from './url-template.ts';

/**
 * The call that delivers an incoming message. Its `webhook-id` is the message's id, the same for every try.
 *
 * @param now epoch milliseconds of this try.
 */
export function buildInboundRequest(
  webhook: InboundWebhook,
  { message, sequence }: QueuedInbound,
  now: number,
): HttpRequest {
  const sign = (content: string) => signatureOf(webhook, message.id, now, content);
  switch (webhook.format) {
    case 'json': {
      const body = renderJson(message);
      return buildPost(webhook.url, 'application/json', body, sign(body));
    }
    case 'flat-json': {
      const body = renderFlatJson(message);
      return buildPost(webhook.url, 'application/json', body, sign(body));
    }
    case 'xml': {
      const body = renderXml(message, String(sequence));
      return buildPost(webhook.url, 'application/xml', body, sign(body));
    }
    case 'get': {
      const url = fillTemplate(webhook.url, message);
      return buildGet(url, sign(url.slice(url.indexOf('?') + 1)));
    }
  }
}

/** The call that delivers an event. */
export function buildEventRequest(
  webhook: EventsWebhook,
  { message }: QueuedInbound,
  now: number,
): HttpRequest {
  const body = renderEvent(message);
  const signature = signatureOf(webhook, message.id, now, body);
  return buildPost(webhook.url, 'application/json', body, signature);
}

function signatureOf(webhook: EventsWebhook, id: string, now: number, content: string) {
  return signatureHeaders(webhook.signingKeys, id, Math.floor(now / 1000), content);
}

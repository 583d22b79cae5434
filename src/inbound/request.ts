import type { EventsWebhook, InboundWebhook } from '../core/inbound-account.ts';
import type { HttpRequest } from '../lib/http-client.ts';
import type { QueuedInbound } from '../store/inbound-contract.ts';
import { buildGet, buildPost } from '../webhooks/request.ts';
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
  const signing = { signingKeys: webhook.signingKeys, id: message.id, now };
  switch (webhook.format) {
    case 'json':
      return buildPost(webhook.url, 'application/json', renderJson(message), signing);
    case 'flat-json':
      return buildPost(webhook.url, 'application/json', renderFlatJson(message), signing);
    case 'xml': {
      const body = renderXml(message, String(sequence));
      return buildPost(webhook.url, 'application/xml', body, signing);
    }
    case 'get':
      return buildGet(fillTemplate(webhook.url, message), signing);
  }
}

/** The call that delivers an event. */
export function buildEventRequest(
  { url, signingKeys }: EventsWebhook,
  { message }: QueuedInbound,
  now: number,
): HttpRequest {
  const signing = { signingKeys, id: message.id, now };
  return buildPost(url, 'application/json', renderEvent(message), signing);
}

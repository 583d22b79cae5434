import { listedDefault, listedMax } from '../messages/messages-door.ts';
import {
  answer,
  groupings,
  instant,
  limitParameter,
  listOf,
  type OpenApiFragment,
  objectOf,
  ownId,
  pathParameter,
  problemAnswer,
  queryParameter,
  refer,
  stranger,
  text,
  textOrNull,
  tokenSecurity,
  wholeNumber,
} from './parts.ts';

const refusals = { 401: stranger, 405: problemAnswer('Another method than GET') };

/** `GET /api/messages` and one of them. */
export const messagesOpenApi: OpenApiFragment = {
  paths: {
    '/api/messages': {
      get: {
        operationId: 'listMessages',
        summary: 'The latest messages of the account',
        security: tokenSecurity,
        parameters: [
          queryParameter('reference', 'Only messages with this reference', text),
          queryParameter('to', 'Only messages to this number', text),
          limitParameter(listedDefault, listedMax),
        ],
        responses: {
          200: answer('The messages, the latest first', 'MessageList'),
          400: problemAnswer('The limit is wrong'),
          ...refusals,
        },
      },
    },
    '/api/messages/{id}': {
      parameters: [pathParameter('id', ownId)],
      get: {
        operationId: 'getMessage',
        summary: 'One message and all that happened to it',
        security: tokenSecurity,
        responses: {
          200: answer('The message', 'MessageDetail'),
          404: problemAnswer('This account has no such message'),
          ...refusals,
        },
      },
    },
  },
  components: {
    schemas: {
      MessageList: objectOf({ messages: listOf(refer('Message')) }),
      Message: objectOf({
        id: ownId,
        to: text,
        from: text,
        reference: textOrNull,
        customGroupings: groupings,
        acceptedAt: instant,
        expiresAt: instant,
        operator: { ...textOrNull, description: 'MCC and MNC digits.' },
        tariff: {
          type: ['integer', 'null'],
          description: 'Cents, as the sender said over SMPP.',
        },
        channels: listOf(text),
        connection: textOrNull,
        parts: wholeNumber,
        state: { enum: ['queued', 'accepted', 'rejected', 'delivered', 'failed', 'read'] },
        events: listOf(refer('MessageEvent')),
      }),
      MessageDetail: {
        allOf: [
          refer('Message'),
          objectOf({ conversion: { oneOf: [refer('ConversionTimes'), { type: 'null' }] } }),
        ],
      },
      MessageEvent: objectOf({
        at: instant,
        kind: { type: 'string', examples: ['submitted', 'receipt', 'report', 'told'] },
        channel: textOrNull,
        connection: textOrNull,
        part: wholeNumber,
        state: text,
        error: { type: ['integer', 'null'] },
        errorDescription: text,
        detail: text,
      }),
    },
  },
};

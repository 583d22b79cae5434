import { listedDefault, listedMax } from '../messages/messages-door.ts';
import {
  answer,
  instant,
  listOf,
  type OpenApiFragment,
  objectOf,
  problemAnswer,
  queryParameter,
  refer,
  text,
  textOrNull,
  tokenSecurity,
  wholeNumber,
} from './parts.ts';

const refusals = {
  401: problemAnswer('No product token of an account'),
  405: problemAnswer('Another method than GET'),
};

const limit = { type: 'integer', minimum: 1, maximum: listedMax, default: listedDefault };
const id = { type: 'string', pattern: '^[0-9a-f]{32}$' };

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
          queryParameter('limit', 'How many', limit),
        ],
        responses: {
          200: answer('The messages, the latest first', 'MessageList'),
          400: problemAnswer('The limit is wrong'),
          ...refusals,
        },
      },
    },
    '/api/messages/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: id }],
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
        id,
        to: text,
        from: text,
        reference: textOrNull,
        customGroupings: { type: 'array', items: textOrNull, minItems: 3, maxItems: 3 },
        acceptedAt: instant,
        expiresAt: instant,
        operator: { ...textOrNull, description: 'MCC and MNC digits.' },
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
        part: wholeNumber,
        state: text,
        error: { type: ['integer', 'null'] },
        errorDescription: text,
        detail: text,
      }),
    },
  },
};

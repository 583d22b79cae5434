import {
  groupingCharactersMax,
  messageObjectsMax,
  recipientsMax,
  referenceCharactersMax,
} from '../../intake/limits.ts';
import { requestErrors } from '../json/errors.ts';
import {
  answer,
  guid,
  type JsonSchema,
  keyParameter,
  listOf,
  type OpenApiFragment,
  objectOf,
  refer,
  text,
  textOrNull,
  wholeNumber,
} from './parts.ts';
import { describeRichContent } from './rich-content.ts';

/** `POST /v1.0/message`. What it tolerates besides is in docs/reference/json.md. */
export const sendOpenApi: OpenApiFragment = {
  paths: {
    '/v1.0/message': {
      post: {
        operationId: 'sendMessages',
        summary: 'Send messages',
        description: 'The product token is in the header or in the body.',
        security: [{ productToken: [] }, {}],
        parameters: [keyParameter],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: refer('SendRequest') } },
        },
        responses: {
          200: answer('At least one message was accepted', 'SendAnswer'),
          400: answer(`No message was accepted, or: ${listErrors(400)}`, 'SendAnswer'),
          405: { description: 'Another method than POST' },
          409: answer(listErrors(409), 'SendAnswer'),
          413: answer(listErrors(413), 'SendAnswer'),
          422: answer(listErrors(422), 'SendAnswer'),
          429: answer(listErrors(429), 'SendAnswer'),
          500: answer(listErrors(500), 'SendAnswer'),
          503: answer(listErrors(503), 'SendAnswer'),
        },
      },
    },
  },
  components: {
    schemas: {
      SendRequest: describeRequest(),
      MessageRequest: describeMessage(),
      RichContent: describeRichContent(),
      SendAnswer: objectOf({
        details: text,
        errorCode: { type: 'integer', description: '0 when every message was accepted.' },
        messages: listOf(refer('MessageAnswer')),
      }),
      MessageAnswer: objectOf({
        to: textOrNull,
        status: { enum: ['Accepted', 'Rejected'] },
        reference: textOrNull,
        parts: { type: 'integer', description: 'SMS parts; 0 when it was rejected.' },
        messageDetails: textOrNull,
        messageErrorCode: wholeNumber,
      }),
    },
  },
};

/** The errors of the whole request with this HTTP status, as one line. */
function listErrors(status: number): string {
  return Object.values(requestErrors)
    .filter((error) => error.status === status)
    .map(({ errorCode, details }) => `${errorCode} "${details}"`)
    .join(', ');
}

function describeRequest(): JsonSchema {
  const msg = { type: 'array', items: refer('MessageRequest') };
  return objectOf({
    messages: {
      type: 'object',
      properties: {
        authentication: { type: 'object', properties: { productToken: guid } },
        msg: { ...msg, minItems: 1, maxItems: messageObjectsMax },
      },
      required: ['msg'],
    },
  });
}

function describeMessage(): JsonSchema {
  const to = { type: 'array', items: objectOf({ number: text }) };
  const body = { type: { enum: ['auto', 'text', 'binary'] }, content: text };
  const grouping = { type: 'string', maxLength: groupingCharactersMax };
  const parts = { type: 'integer', minimum: 1, maximum: 255 };
  return {
    type: 'object',
    required: ['from', 'to', 'body'],
    properties: {
      from: { type: 'string', minLength: 1 },
      to: { ...to, minItems: 1, maxItems: recipientsMax },
      body: { type: 'object', properties: body, required: ['content'] },
      allowedChannels: { type: 'array', items: text, examples: [['WhatsApp', 'SMS']] },
      reference: { type: 'string', minLength: 1, maxLength: referenceCharactersMax },
      customGrouping: grouping,
      customGrouping2: grouping,
      customGrouping3: grouping,
      validity: { type: 'string', examples: ['2h', '2026-12-24 18:00:00 GMT'] },
      dcs: { enum: [0, 8] },
      minimumNumberOfMessageParts: { ...parts, minimum: 0 },
      maximumNumberOfMessageParts: parts,
      appKey: guid,
      richContent: refer('RichContent'),
    },
  };
}

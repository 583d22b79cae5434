import { planMessagesMax } from '../plan/plan-door.ts';
import {
  answer,
  channelName,
  type JsonSchema,
  listOf,
  type OpenApiFragment,
  objectOf,
  problemAnswer,
  refer,
  stranger,
  text,
  textOrNull,
  tokenSecurity,
  wholeNumber,
} from './parts.ts';

const hex = { type: 'string', pattern: '^([0-9A-Fa-f]{2} *)+$' };

/** What an accepted or withheld message has besides; a rejected one has none of it. */
const facts: Readonly<Record<string, JsonSchema>> = {
  from: text,
  recipient: { type: 'string', description: 'Digits, or an id of the channel.' },
  operator: { ...textOrNull, description: 'MCC and MNC digits.' },
  expiresAt: { type: 'string', format: 'date-time' },
  encoding: { enum: ['gsm7', 'ucs2', 'binary'] },
  steps: listOf(refer('PlannedStep')),
};

/** `POST /api/plan`. */
export const planOpenApi: OpenApiFragment = {
  paths: {
    '/api/plan': {
      post: {
        operationId: 'planMessages',
        summary: 'What would become of a request; nothing is sent or stored',
        description: `The body is that of any door, for at most ${planMessagesMax} messages.`,
        security: [...tokenSecurity, {}],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: { anyOf: [refer('SendRequest'), objectOf({ submit_sm: hex })] },
            },
            'application/xml': { schema: text },
            'application/x-www-form-urlencoded': { schema: { type: 'object' } },
          },
        },
        responses: {
          200: answer('The plan', 'Plan'),
          400: problemAnswer('submit_sm is no submit_sm PDU'),
          401: stranger,
          405: problemAnswer('Another method than POST'),
          413: problemAnswer('Too many octets or messages'),
          429: problemAnswer('The account sends too fast'),
          503: problemAnswer('The gateway is busy'),
        },
      },
    },
  },
  components: {
    schemas: {
      Plan: objectOf({
        door: { enum: ['json', 'xml', 'get', 'smpp'] },
        answer: {
          description: 'What the door would answer.',
          anyOf: [
            objectOf({ status: wholeNumber, body: text }),
            objectOf({ command_status: wholeNumber }),
          ],
        },
        messages: listOf(refer('PlannedMessage')),
      }),
      PlannedMessage: {
        type: 'object',
        required: ['to', 'reference', 'outcome', 'errorCode', 'details', 'why', 'leftOut'],
        properties: {
          to: textOrNull,
          reference: textOrNull,
          outcome: { enum: ['accepted', 'rejected', 'withheld'] },
          errorCode: { type: 'integer', description: 'As POST /v1.0/message says it.' },
          details: textOrNull,
          ...facts,
          why: textOrNull,
          leftOut: listOf(objectOf({ channel: channelName, why: text, passedOver: listOf(text) })),
        },
      },
      PlannedStep: objectOf({
        channel: channelName,
        connection: text,
        parts: wholeNumber,
        cost: { type: ['number', 'null'], description: 'Of all parts, if this step is sent.' },
        waitMs: { type: ['integer', 'null'] },
        why: text,
        passedOver: listOf(text),
      }),
    },
  },
};

import { inboundListedDefault, inboundListedMax } from '../inbound/inbound-door.ts';
import {
  optOutsAddedMax,
  optOutsListedDefault,
  optOutsListedMax,
} from '../opt-outs/opt-outs-door.ts';
import {
  answer,
  channelName,
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

const cursor = 'The `next` of the page before';

/** Incoming messages, opt-outs and received files. */
export const inboundOpenApi: OpenApiFragment = {
  paths: {
    '/api/inbound': {
      get: {
        operationId: 'listInbound',
        summary: 'The latest incoming messages and events of the account',
        security: tokenSecurity,
        parameters: [
          queryParameter('from', 'Only from this number', text),
          queryParameter('before', cursor, ownId),
          limitParameter(inboundListedDefault, inboundListedMax),
        ],
        responses: {
          200: answer('The messages, the latest first', 'InboundList'),
          400: problemAnswer('The limit or the cursor is wrong'),
          401: stranger,
        },
      },
    },
    '/api/opt-outs': {
      get: {
        operationId: 'listOptOuts',
        summary: 'Who wants no messages of the account',
        security: tokenSecurity,
        parameters: [
          queryParameter('after', cursor, text),
          limitParameter(optOutsListedDefault, optOutsListedMax),
        ],
        responses: {
          200: answer('The opt-outs by channel and number', 'OptOutList'),
          400: problemAnswer('The limit or the cursor is wrong'),
          401: stranger,
        },
      },
      post: {
        operationId: 'addOptOuts',
        summary: 'Add recipients who want no messages of the account',
        security: tokenSecurity,
        requestBody: {
          required: true,
          content: { 'application/json': { schema: refer('OptOutAddition') } },
        },
        responses: {
          204: { description: 'All of them are on the list' },
          400: problemAnswer('The body is wrong'),
          401: stranger,
          422: problemAnswer('A number is none; nothing was added'),
          507: problemAnswer('The list is full; nothing was added'),
        },
      },
    },
    '/api/opt-outs/{channel}/{number}': {
      parameters: [pathParameter('channel', channelName), pathParameter('number', text)],
      delete: {
        operationId: 'removeOptOut',
        summary: 'Let a recipient get messages again',
        security: tokenSecurity,
        responses: {
          204: { description: 'It is off the list' },
          401: stranger,
          404: problemAnswer('It was not on the list'),
        },
      },
    },
    '/fileproxy/files/{id}': {
      parameters: [pathParameter('id', ownId)],
      get: {
        operationId: 'getReceivedFile',
        summary: 'A file that a handset sent',
        responses: {
          200: { description: 'The file', content: { '*/*': {} } },
          404: problemAnswer('There is no such file'),
        },
      },
      delete: {
        operationId: 'deleteReceivedFile',
        summary: 'Delete a file that a handset sent',
        responses: {
          204: { description: 'It is deleted' },
          404: problemAnswer('There is no such file'),
        },
      },
    },
  },
  components: {
    schemas: {
      InboundList: objectOf({ messages: listOf(refer('InboundMessage')), next: textOrNull }),
      InboundMessage: objectOf({
        id: ownId,
        channel: channelName,
        connection: text,
        from: { ...text, description: 'Digits without prefix, or an id of the channel.' },
        fromName: textOrNull,
        to: text,
        text,
        isBinary: { type: 'boolean' },
        udh: textOrNull,
        receivedAt: instant,
        operator: { ...textOrNull, description: 'MCC and MNC digits.' },
        media: {
          oneOf: [objectOf({ uri: text, contentType: text, title: text }), { type: 'null' }],
        },
        custom: { type: 'object' },
        context: textOrNull,
        event: { ...textOrNull, description: 'The type of an event; null for a message.' },
        answers: { ...textOrNull, description: 'The id of the message it answers.' },
        reference: textOrNull,
        groupings,
        waiting: listOf(
          objectOf({
            for: { enum: ['webhook', 'events webhook', 'session'] },
            attempts: wholeNumber,
          }),
        ),
      }),
      OptOutList: objectOf({ optOuts: listOf(refer('OptOut')), next: textOrNull }),
      OptOut: objectOf({
        channel: channelName,
        number: text,
        at: instant,
        cause: { enum: ['word', 'api'], description: 'A word of the recipient, or this API.' },
      }),
      OptOutAddition: objectOf({
        optOuts: {
          ...listOf(objectOf({ channel: channelName, number: text })),
          minItems: 1,
          maxItems: optOutsAddedMax,
        },
      }),
    },
  },
};

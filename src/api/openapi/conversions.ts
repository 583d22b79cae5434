import {
  conversionsListedDefault,
  conversionsListedMax,
  countsWindowMaxMs,
} from '../conversions/conversions-door.ts';
import {
  answer,
  groupings,
  instant,
  type JsonSchema,
  keyParameter,
  limitParameter,
  listOf,
  type OpenApiFragment,
  objectOf,
  problemAnswer,
  queryParameter,
  refer,
  stranger,
  text,
  textAnswer,
  textOrNull,
  tokenSecurity,
  wholeNumber,
} from './parts.ts';

const refusals = { 401: stranger, 405: problemAnswer('Another method than GET') };
const instantOrNull: JsonSchema = { type: ['string', 'null'], format: 'date-time' };
const days = countsWindowMaxMs / (24 * 60 * 60 * 1000);

const reported = { schema: refer('ConversionReport') };

/** `POST /v1.0/conversion`, `GET /api/conversions` and its counts. */
export const conversionsOpenApi: OpenApiFragment = {
  paths: {
    '/v1.0/conversion': {
      post: {
        operationId: 'reportConversion',
        summary: 'Say that an end user has used what a message said',
        description: 'Names count in any case. The product token may be in the header instead.',
        security: [{ productToken: [] }, {}],
        parameters: [keyParameter],
        requestBody: {
          required: true,
          content: { 'application/json': reported, 'application/xml': reported },
        },
        responses: {
          200: { description: 'The conversion is on disk. The body is empty' },
          400: textAnswer('The body is malformed or a field is wrong'),
          401: textAnswer('No account has these credentials'),
          405: { description: 'Another method than POST' },
          409: textAnswer('The same request is under way'),
          413: textAnswer('The body is too large'),
          422: textAnswer('The Idempotency-Key belongs to another request'),
          429: textAnswer('The account has used too many keys'),
          500: textAnswer('The store failed'),
          503: textAnswer('The gateway is busy, try again'),
        },
      },
    },
    '/api/conversions': {
      get: {
        operationId: 'listConversions',
        summary: 'The latest conversions of the account',
        security: tokenSecurity,
        parameters: [
          queryParameter('reference', 'Only conversions reported with this reference', text),
          queryParameter('to', 'Only conversions reported with this number', text),
          queryParameter('before', 'The `next` of the answer before', text),
          limitParameter(conversionsListedDefault, conversionsListedMax),
        ],
        responses: {
          200: answer('The conversions, the latest first', 'ConversionList'),
          400: problemAnswer('A parameter is wrong'),
          ...refusals,
        },
      },
    },
    '/api/conversions/counts': {
      get: {
        operationId: 'countConversions',
        summary: 'How many messages were sent, delivered and converted',
        description: `Counted by the hour in which they were accepted, over at most ${days} days.`,
        security: tokenSecurity,
        parameters: [
          queryParameter('from', 'The first hour; a day before `until` when absent', text),
          queryParameter('until', 'The end; now when absent', text),
        ],
        responses: {
          200: answer('The counts', 'ConversionCounts'),
          400: problemAnswer('A parameter is wrong'),
          ...refusals,
        },
      },
    },
  },
  components: {
    schemas: {
      ConversionReport: {
        type: 'object',
        xml: { name: 'Conversion' },
        properties: {
          ProductToken: text,
          Customer: text,
          Login: text,
          Password: text,
          Reference: text,
          Msisdn: text,
          ConvertedTimestamp: text,
          NotificationTimestamp: text,
        },
        required: ['ConvertedTimestamp'],
        anyOf: [{ required: ['Reference'] }, { required: ['Msisdn'] }],
      },
      ConversionTimes: objectOf({
        convertedAt: instant,
        notifiedAt: instantOrNull,
        receivedAt: instant,
      }),
      ConversionList: objectOf({
        conversions: listOf(refer('Conversion')),
        next: textOrNull,
      }),
      Conversion: objectOf({
        reference: textOrNull,
        msisdn: textOrNull,
        convertedAt: instant,
        notifiedAt: instantOrNull,
        receivedAt: instant,
        message: {
          oneOf: [
            objectOf({
              id: text,
              connection: text,
              operator: textOrNull,
              customGroupings: groupings,
            }),
            { type: 'null' },
          ],
        },
      }),
      ConversionCounts: objectOf({
        from: instant,
        until: instant,
        total: refer('RouteTotals'),
        routes: listOf(
          objectOf({
            connection: text,
            operator: textOrNull,
            sent: wholeNumber,
            delivered: wholeNumber,
            converted: wholeNumber,
          }),
        ),
        groupings: listOf(
          objectOf({
            customGroupings: { anyOf: [groupings, { type: 'null' }] },
            sent: wholeNumber,
            delivered: wholeNumber,
            converted: wholeNumber,
          }),
        ),
        unmatched: wholeNumber,
      }),
      RouteTotals: objectOf({ sent: wholeNumber, delivered: wholeNumber, converted: wholeNumber }),
    },
  },
};

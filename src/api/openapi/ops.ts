import {
  answer,
  listOf,
  type OpenApiFragment,
  objectOf,
  text,
  textAnswer,
  wholeNumber,
} from './parts.ts';

const openApi = { description: 'OpenAPI 3.1', content: { 'application/json': { schema: {} } } };

/** What those who run the gateway ask, and this document. */
export const opsOpenApi: OpenApiFragment = {
  paths: {
    '/livez': {
      get: {
        operationId: 'isAlive',
        summary: 'Whether the process answers',
        responses: { 200: textAnswer('It does') },
      },
    },
    '/readyz': {
      get: {
        operationId: 'isReady',
        summary: 'Whether traffic may come',
        responses: {
          200: answer('It may', 'Readiness'),
          503: answer('It may not, and why', 'Readiness'),
        },
      },
    },
    '/metrics': {
      get: {
        operationId: 'getMetrics',
        summary: 'Figures in the text format of Prometheus',
        responses: { 200: textAnswer('The figures') },
      },
    },
    '/api/openapi.json': {
      get: {
        operationId: 'getOpenApi',
        summary: 'This document',
        responses: { 200: openApi },
      },
    },
  },
  components: {
    schemas: {
      Readiness: objectOf({
        status: { enum: ['ready', 'not ready'] },
        reasons: listOf(text),
        connectionsOut: listOf(text),
      }),
      Problem: objectOf({ type: text, title: text, status: wholeNumber, detail: text }),
    },
  },
};

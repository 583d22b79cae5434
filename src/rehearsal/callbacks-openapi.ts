import {
  answer,
  instant,
  listOf,
  type OpenApiFragment,
  objectOf,
  refer,
  text,
} from '../api/openapi/parts.ts';

const taken = { 200: { description: 'Taken' } };

/** The callback page's part of the OpenAPI 3.1 document. */
export const callbacksOpenApi: OpenApiFragment = {
  paths: {
    '/api/callbacks': {
      get: {
        operationId: 'listCallbacks',
        summary: "Calls that the rehearsal's own webhook has received",
        description: 'With a query it is a status report of the GET form itself.',
        responses: { 200: answer('The latest calls, oldest first', 'CallbackList') },
      },
      post: {
        operationId: 'takeCallback',
        summary: 'Takes a status report',
        responses: taken,
      },
    },
  },
  components: {
    schemas: {
      CallbackList: objectOf({ callbacks: listOf(refer('Callback')) }),
      Callback: objectOf({ at: instant, method: text, contentType: text, query: text, body: text }),
    },
  },
};

import { z } from 'zod';
import {
  answer,
  type OpenApiFragment,
  pathParameter,
  problemAnswer,
  refer,
  text,
} from '../api/openapi/parts.ts';
import { handsetsPerPageMax } from './handset-api.ts';
import {
  handsetActionSchema,
  handsetPageSchema,
  handsetPatchSchema,
  handsetViewSchema,
  writtenMessageSchema,
} from './handset-schema.ts';

const numberParameter = {
  ...pathParameter('number', text),
  description: 'The number in any form: 0031..., +31..., 31...',
};
const wrong = problemAnswer('What is wrong');

/** The handsets' part of the OpenAPI 3.1 document: its paths and its schemas, as data. */
export const handsetOpenApi: OpenApiFragment = {
  paths: {
    '/api/handsets': {
      get: {
        operationId: 'listHandsets',
        summary: 'Virtual handsets, from the latest used on',
        parameters: [
          {
            name: 'limit',
            in: 'query',
            schema: { type: 'integer', minimum: 1, maximum: handsetsPerPageMax, default: 50 },
          },
          { name: 'before', in: 'query', schema: { type: 'integer', minimum: 0 } },
        ],
        responses: { 200: answer('A page of handsets', 'HandsetPage'), default: wrong },
      },
    },
    '/api/handsets/{number}': {
      parameters: [numberParameter],
      get: {
        operationId: 'getHandset',
        summary: 'One handset with the messages it has received',
        responses: { 200: answer('The handset', 'Handset'), default: wrong },
      },
      patch: {
        operationId: 'changeHandset',
        summary: 'Change how a handset is; makes it when there is none',
        requestBody: requireBody('HandsetPatch'),
        responses: { 200: answer('The handset as it is now', 'Handset'), default: wrong },
      },
    },
    '/api/handsets/{number}/actions': {
      parameters: [numberParameter],
      post: {
        operationId: 'actOnHandset',
        summary: 'Have the user of a handset reply, tap, react or read',
        requestBody: requireBody('HandsetAction'),
        responses: { 204: { description: 'Done' }, default: wrong },
      },
    },
    '/api/handsets/{number}/messages': {
      parameters: [numberParameter],
      post: {
        operationId: 'writeFromHandset',
        summary: 'Write a message on a handset; it comes to the gateway as from an operator',
        requestBody: requireBody('WrittenMessage'),
        responses: { 202: answer('It is on its way', 'WrittenAnswer'), default: wrong },
      },
      delete: {
        operationId: 'deleteHandsetMessages',
        summary: 'Delete what a handset has received',
        responses: { 204: { description: 'Deleted' }, default: wrong },
      },
    },
  },
  components: {
    schemas: {
      Handset: toSchema(handsetViewSchema),
      HandsetPage: toSchema(handsetPageSchema),
      HandsetAction: toSchema(handsetActionSchema),
      HandsetPatch: toSchema(handsetPatchSchema),
      WrittenMessage: toSchema(writtenMessageSchema, 'input'),
      WrittenAnswer: {
        type: 'object',
        properties: { parts: { type: 'integer', description: 'PDUs or calls it takes.' } },
        required: ['parts'],
      },
    },
  },
};

function toSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function requireBody(name: string): object {
  return { required: true, content: { 'application/json': { schema: refer(name) } } };
}

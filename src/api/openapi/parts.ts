import { deliveryChannels } from '../../core/channel-names.ts';
import { keyCharactersMax } from '../idempotency.ts';

/** A JSON Schema (draft 2020-12, which OpenAPI 3.1 uses), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A part of an OpenAPI 3.1 document: some paths, and the schemas they refer to. */
export interface OpenApiFragment {
  readonly paths: Readonly<Record<string, object>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** A reference to a schema of the document. */
export function refer(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object of exactly these fields, all of which are there. */
export function objectOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties) };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** An answer in JSON. */
export function answer(description: string, schemaName: string): object {
  return { description, content: { 'application/json': { schema: refer(schemaName) } } };
}

/** An answer in plain text. */
export function textAnswer(description: string): object {
  return { description, content: { 'text/plain': { schema: { type: 'string' } } } };
}

/** Our own API says what is wrong in the form of RFC 9457. */
export function problemAnswer(description: string): object {
  return { description, content: { 'application/problem+json': { schema: refer('Problem') } } };
}

export function queryParameter(name: string, description: string, schema: JsonSchema): object {
  return { name, in: 'query', description, schema };
}

/** How many a list shows. */
export function limitParameter(absent: number, maximum: number): object {
  const schema = { type: 'integer', minimum: 1, maximum, default: absent };
  return queryParameter('limit', 'How many', schema);
}

export function pathParameter(name: string, schema: JsonSchema): object {
  return { name, in: 'path', required: true, schema };
}

/** The answer to a request without a token that is somebody's. */
export const stranger = problemAnswer('No product token of an account');

/** The header with which a request may come again (docs/reference/idempotency.md). */
export const keyParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'With it the same request gives the same answer for a day',
  schema: { type: 'string', minLength: 1, maxLength: keyCharactersMax },
} as const;

/** The product token in the header, which is how our own API knows an account. */
export const tokenSecurity = [{ productToken: [] }] as const;

export const text: JsonSchema = { type: 'string' };
export const textOrNull: JsonSchema = { type: ['string', 'null'] };
export const wholeNumber: JsonSchema = { type: 'integer' };
export const guid: JsonSchema = { type: 'string', format: 'uuid' };
export const instant: JsonSchema = { type: 'string', format: 'date-time' };
export const channelName: JsonSchema = { enum: deliveryChannels };
/** The ids of our own making: of messages, incoming messages, files. */
export const ownId: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{32}$' };
/** The customer's three groupings of a message. */
export const groupings: JsonSchema = {
  type: 'array',
  items: textOrNull,
  minItems: 3,
  maxItems: 3,
};

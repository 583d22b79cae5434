import { richContentShape } from '../json/rich-schema.ts';
import type { FieldShape, ObjectShape, Shape } from '../json/rich-shapes.ts';
import type { JsonSchema } from './parts.ts';

/** The schema of rich content, made from the shapes that requests are checked with. */
export function describeRichContent(): JsonSchema {
  return describeShape(richContentShape);
}

function describeShape(shape: Shape): JsonSchema {
  if (shape === 'leaf') return { type: ['string', 'number', 'boolean'] };
  if (shape === 'any') return {};
  switch (shape.kind) {
    case 'word':
      return { type: 'string', examples: [...shape.words.values()] };
    case 'list':
      return {
        type: 'array',
        items: describeShape(shape.element),
        ...(shape.itemsMin === 0 ? {} : { minItems: shape.itemsMin }),
        ...(shape.itemsMax === Infinity ? {} : { maxItems: shape.itemsMax }),
      };
    case 'object':
      return describeFields(shape);
  }
}

function describeFields({ fields }: ObjectShape): JsonSchema {
  const required = fields.filter(({ isRequired }) => isRequired).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(describeField)),
    ...(required.length === 0 ? {} : { required }),
  };
}

function describeField({ name, shape }: FieldShape): [string, JsonSchema] {
  return [name, describeShape(shape)];
}

import type { RichContent } from '../../intake/request.ts';
import { isJsonObject, type JsonObject, readKeys } from './keys.ts';
import { richCharactersMax } from './limits.ts';
import { richContentShape } from './rich-schema.ts';
import type { ListShape, ObjectShape, Shape } from './rich-shapes.ts';

/**
 * Checks rich content against contract §7 and writes it down anew: known keys only, in their canonical
 * spelling, each once, without nulls. What only one channel limits is left to that channel, because
 * there it is a failed delivery and not a bad request (contract §7.3).
 */
export function readRichContent(source: JsonObject): RichContent {
  const writer = new RichWriter();
  const json = writer.write(richContentShape, source);
  if (json === null) return { fault: `The richContent${writer.path} ${writer.fault}.` };
  if (json.length > richCharactersMax) {
    return { fault: `The richContent has more than ${richCharactersMax} characters.` };
  }
  const [conversation] = readKeys(source, richContentShape.keys);
  return { json, items: Array.isArray(conversation) ? conversation.length : 0 };
}

/** Writes JSON text by a shape. A null anywhere stops it; then `path` and `fault` say why. */
class RichWriter {
  path = '';
  fault = '';

  write(shape: Shape, value: unknown): string | null {
    if (shape === 'leaf') return this.#writeLeaf(value);
    if (shape === 'any') return JSON.stringify(value) ?? null;
    switch (shape.kind) {
      case 'word':
        return this.#writeLeaf(
          typeof value === 'string' ? (shape.words.get(value.toLowerCase()) ?? value) : value,
        );
      case 'list':
        return this.#writeList(shape, value);
      case 'object':
        return this.#writeObject(shape, value);
    }
  }

  #writeLeaf(value: unknown): string | null {
    if (typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
    if (typeof value !== 'number') return this.#fail('must be text or a number');
    return Number.isFinite(value) ? String(value) : this.#fail('is a number out of range');
  }

  #writeList(shape: ListShape, value: unknown): string | null {
    const list: unknown = shape.takesOne && isJsonObject(value) ? [value] : value;
    if (!Array.isArray(list)) return this.#fail('must be an array');
    if (list.length < shape.itemsMin) return this.#fail('must not be empty');
    if (list.length > shape.itemsMax) return this.#fail(`has more than ${shape.itemsMax} elements`);
    let json = '';
    for (const [index, element] of list.entries()) {
      const written = this.write(shape.element, element);
      if (written === null) return this.#failWithin(`[${index}]`);
      json += index === 0 ? written : `,${written}`;
    }
    return `[${json}]`;
  }

  #writeObject(shape: ObjectShape, value: unknown): string | null {
    if (!isJsonObject(value)) return this.#fail('must be an object');
    const values = readKeys(value, shape.keys);
    for (const [slot, { aliasSlot }] of shape.fields.entries()) {
      if (aliasSlot >= 0) values[slot] ??= values[aliasSlot];
    }
    let json = '';
    for (const [slot, { name, shape: inner, isRequired }] of shape.fields.entries()) {
      const field = values[slot];
      if (field === undefined || field === null || (isRequired && field === '')) {
        if (!isRequired) continue;
        this.#fail('is missing');
        return this.#failWithin(`.${name}`);
      }
      const written = this.write(inner, field);
      if (written === null) return this.#failWithin(`.${name}`);
      json += `${json === '' ? '' : ','}"${name}":${written}`;
    }
    const wrong = shape.check?.((name) => {
      return values[shape.fields.findIndex((field) => field.name === name)];
    });
    return wrong === undefined || wrong === null ? `{${json}}` : this.#fail(wrong);
  }

  #fail(fault: string): null {
    this.fault = fault;
    return null;
  }

  #failWithin(step: string): null {
    this.path = step + this.path;
    return null;
  }
}

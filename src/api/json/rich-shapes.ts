import { createKeyTable, type KeyTable } from './keys.ts';

/**
 * The forms of rich content, as data. A leaf is text, a number or a truth value and goes on as it came; `any` is
 * for what the provider alone understands.
 */
export type Shape = 'leaf' | 'any' | WordShape | ListShape | ObjectShape;

/** Text that is one of some words, in any case; a word that is not known goes on as it came. */
export interface WordShape {
  readonly kind: 'word';
  readonly words: ReadonlyMap<string, string>;
}

export interface ListShape {
  readonly kind: 'list';
  readonly element: Shape;
  readonly itemsMin: number;
  readonly itemsMax: number;
  /** A single object is taken for a list of one. */
  readonly takesOne: boolean;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly fields: readonly FieldShape[];
  readonly keys: KeyTable;
  readonly check: Check | null;
}

export interface FieldShape {
  /** The canonical spelling. */
  readonly name: string;
  readonly shape: Shape;
  readonly isRequired: boolean;
  /** The slot of its other name, -1 when it has none. */
  readonly aliasSlot: number;
}

/** Looks at a whole object: says what is wrong, after the object's path, or null. */
export type Check = (read: (name: string) => unknown) => string | null;

/** What a field is, where it is more than a shape. */
export interface FieldOptions {
  readonly shape: Shape;
  readonly isRequired?: boolean;
  /** Another name under which clients send it. */
  readonly alias?: string;
}

/** An object with these fields; keys that are not among them are dropped. */
export function describeObject(
  fields: Readonly<Record<string, Shape | FieldOptions>>,
  check: Check | null = null,
): ObjectShape {
  const described: FieldShape[] = [];
  const slots: [string, number][] = [];
  const entries = Object.entries(fields);
  for (const [slot, [name, field]] of entries.entries()) {
    slots.push([name, slot]);
    const options: FieldOptions =
      typeof field === 'object' && 'shape' in field ? field : { shape: field };
    let aliasSlot = -1;
    if (options.alias !== undefined) {
      aliasSlot = entries.length + slots.length;
      slots.push([options.alias, aliasSlot]);
    }
    const isRequired = options.isRequired ?? false;
    described.push({ name, shape: options.shape, isRequired, aliasSlot });
  }
  const keys = createKeyTable(Object.fromEntries(slots));
  return { kind: 'object', fields: described, keys, check };
}

export function describeWord(...words: readonly string[]): WordShape {
  return { kind: 'word', words: new Map(words.map((word) => [word.toLowerCase(), word])) };
}

export function describeList(
  element: Shape,
  options: { itemsMin?: number; itemsMax?: number; takesOne?: boolean } = {},
): ListShape {
  const { itemsMin = 0, itemsMax = Infinity, takesOne = false } = options;
  return { kind: 'list', element, itemsMin, itemsMax, takesOne };
}

/** Objects of nothing but leaves, which most are. */
export function describeLeaves(...names: readonly string[]): ObjectShape {
  return describeObject(Object.fromEntries(names.map((name) => [name, 'leaf'])));
}

/** A JSON object as `JSON.parse` made it. Its keys were chosen by a stranger: look, never copy. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The keys that one kind of object may have, and the slot each is read into. */
export interface KeyTable {
  readonly slots: ReadonlyMap<string, number>;
  /** An undefined for each slot; to copy it is faster than to fill an array that grows. */
  readonly absent: readonly undefined[];
}

/** A table of the keys in `slots`, by their spelling in the specification. */
export function createKeyTable(slots: Readonly<Record<string, number>>): KeyTable {
  const bySpelling = new Map<string, number>();
  let slotCount = 0;
  for (const [key, slot] of Object.entries(slots)) {
    // Both spellings, so that the common ones are found without being folded.
    bySpelling.set(key, slot);
    bySpelling.set(foldKey(key), slot);
    slotCount = Math.max(slotCount, slot + 1);
  }
  return { slots: bySpelling, absent: Array.from({ length: slotCount }, () => undefined) };
}

/**
 * Reads the known keys of an object without regard to case; of several spellings the last one wins
 * and all else is ignored (contract §3.1). Absent ones are undefined.
 */
export function readKeys(object: JsonObject, keys: KeyTable): unknown[] {
  const values: unknown[] = keys.absent.slice();
  for (const key in object) {
    const slot = findSlot(key, keys);
    if (slot !== undefined) values[slot] = object[key];
  }
  return values;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function findSlot(key: string, keys: KeyTable): number | undefined {
  return keys.slots.get(key) ?? keys.slots.get(foldKey(key));
}

/** Lower case in ASCII alone: elsewhere `toLowerCase` makes a `k` of the Kelvin sign. */
function foldKey(key: string): string {
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 0x7f) return key;
  return key.toLowerCase();
}

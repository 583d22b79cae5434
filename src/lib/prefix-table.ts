/** Values by the prefix of a number, such as a country by its calling code. */
export interface PrefixTable<T> {
  /** The value of the longest known prefix of `digits`; undefined when none is known. */
  find(digits: string): T | undefined;
}

const digitZero = 48;

/**
 * Builds a table once, for many look-ups: a tree of ten branches a digit in one flat array, so
 * that a look-up reads as many array cells as the prefix has digits and allocates nothing. Throws
 * TypeError for a prefix that is empty, not all digits, or there twice.
 */
export function createPrefixTable<T extends object | string>(
  entries: Iterable<readonly [prefix: string, value: T]>,
): PrefixTable<T> {
  const branches: number[] = Array.from({ length: 10 }, () => 0);
  const values: (T | undefined)[] = [undefined];
  for (const [prefix, value] of entries) {
    if (!/^\d+$/.test(prefix)) throw new TypeError(`'${prefix}' is not a prefix of a number`);
    let node = 0;
    for (const digit of prefix) {
      const branch = node * 10 + Number(digit);
      let next = branches[branch] ?? 0;
      if (next === 0) {
        next = values.push(undefined) - 1;
        branches[branch] = next;
        for (let i = 0; i < 10; i++) branches.push(0);
      }
      node = next;
    }
    if (values[node] !== undefined) throw new TypeError(`the prefix ${prefix} is there twice`);
    values[node] = value;
  }
  const tree = Int32Array.from(branches);
  return {
    find(digits) {
      let found: T | undefined;
      let node = 0;
      for (let i = 0; i < digits.length; i++) {
        const digit = digits.charCodeAt(i) - digitZero;
        if (digit < 0 || digit > 9) break;
        node = tree[node * 10 + digit] ?? 0;
        if (node === 0) break;
        found = values[node] ?? found;
      }
      return found;
    },
  };
}

/**
 * Every message the rig sends carries its number: the last eight digits of its destination, of its
 * reference and of its text. So a sink can tell "all arrived, none twice" from a bitmap instead of
 * a map of strings, and a ledger can join what three processes saw.
 */
export const indexDigits = 8;
export const indexMax = 10 ** indexDigits - 1;

/** Writes a message number as eight ASCII digits. */
export function writeIndex(into: Uint8Array, at: number, index: number): void {
  let rest = index;
  for (let i = at + indexDigits - 1; i >= at; i -= 1) {
    const tens = Math.floor(rest / 10);
    into[i] = 0x30 + rest - tens * 10;
    rest = tens;
  }
}

/** The number in the eight digits that end before `end`; -1 when they are not eight digits. */
export function readIndex(bytes: Uint8Array, end: number): number {
  let index = 0;
  for (let i = end - indexDigits; i < end; i += 1) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    index = index * 10 + digit;
  }
  return index;
}

/** The number at the end of a reference, a phone number or a text; -1 when there is none. */
export function indexOfText(text: string): number {
  const tail = text.slice(-indexDigits);
  return /^\d{8}$/.test(tail) ? Number(tail) : -1;
}

/** Which message numbers have been seen, and how often one came again. */
export class IndexSet {
  #bits = new Uint8Array(1 << 12);
  #distinct = 0;
  #repeated = 0;
  #unnumbered = 0;

  get distinct(): number {
    return this.#distinct;
  }

  get repeated(): number {
    return this.#repeated;
  }

  /** Messages that carried no number. */
  get unnumbered(): number {
    return this.#unnumbered;
  }

  /** Notes a number; -1 stands for a message without one. */
  add(index: number): void {
    if (index < 0) {
      this.#unnumbered += 1;
      return;
    }
    const at = index >>> 3;
    if (at >= this.#bits.length) this.#grow(at);
    const byte = this.#bits[at] ?? 0;
    const bit = 1 << (index & 7);
    if ((byte & bit) !== 0) {
      this.#repeated += 1;
      return;
    }
    this.#bits[at] = byte | bit;
    this.#distinct += 1;
  }

  has(index: number): boolean {
    return index >= 0 && ((this.#bits[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  clear(): void {
    this.#bits.fill(0);
    this.#distinct = 0;
    this.#repeated = 0;
    this.#unnumbered = 0;
  }

  #grow(at: number): void {
    const larger = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
    larger.set(this.#bits);
    this.#bits = larger;
  }
}

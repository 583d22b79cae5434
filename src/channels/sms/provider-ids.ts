import type { ReceiptAnswer } from '../contract.ts';
import type { SmsSettings } from './settings.ts';

/** Begins what stands for the id of a part that was accepted without one. */
export const noIdPrefix = 'none:';
/** After so many matches that agree on a form, only that form is tried. */
export const pinnedAfterMatches = 100;
/** After so many receipts in a row that match nothing, a learned form is in doubt again. */
export const forgottenAfterMisses = 100;

/** The keys to look a receipt's part up by, best first. */
export interface ProviderIdKeys {
  readonly keys: readonly string[];
  /** So many of them match by themselves; the rest only if the destination agrees. */
  readonly exact: number;
  /** For each key, the forms that lead to it, as a bit mask; empty when there is nothing to learn. */
  readonly formMasks: readonly number[];
}

/** How an id in a receipt may have to be rewritten to be the one in the response. */
interface Form {
  readonly radix: 'same' | 'hex' | 'dec';
  readonly letters: 'same' | 'lower' | 'upper';
  readonly zeros: 'same' | 'bare' | 'padded';
}

/** An id as it is, then with other letters or zeros (sms-operators §5). */
const sameForms: readonly Form[] = combine(
  ['same'],
  ['same', 'lower', 'upper'],
  ['same', 'bare', 'padded'],
);
/** A decimal id in the receipt, hexadecimal in the response. */
const hexForms: readonly Form[] = combine(['hex'], ['lower', 'upper'], ['bare', 'padded']);
/** A hexadecimal id in the receipt, decimal in the response. */
const decForms: readonly Form[] = combine(['dec'], ['same'], ['bare', 'padded']);

/** The forms of each setting; the first `exact` of them need no destination to agree. */
const formsOf = {
  auto: { forms: [...sameForms, ...hexForms, ...decForms], exact: 1 },
  same: { forms: sameForms, exact: 1 },
  'hex-dec': { forms: [...hexForms, ...sameForms.slice(0, 1)], exact: hexForms.length },
  'dec-hex': { forms: [...decForms, ...sameForms.slice(0, 1)], exact: decForms.length },
} as const;

/** Widths of numbers in 32 and 64 bits, for padding before a response has shown the operator's. */
const commonWidths: readonly number[] = [8, 10, 16, 20];

/**
 * How one operator writes its ids. Nearly every gateway has lost receipts here: ids come back in
 * another radix, case or width than they were given out in. What really matched is learned, so
 * that in the long run each receipt costs one look-up and no conversion can match by chance.
 */
export class ProviderIds {
  readonly #forms: readonly Form[];
  readonly #exactForms: number;
  #widths = commonWidths;
  #pinned: Form | null = null;
  #candidates: number;
  #matches = 0;
  #misses = 0;

  constructor(idForm: SmsSettings['idForm']) {
    const { forms, exact } = formsOf[idForm];
    this.#forms = forms;
    this.#exactForms = exact;
    this.#candidates = allOf(forms);
  }

  /** Whether one form has been learned and is the only one in use. */
  get isPinned(): boolean {
    return this.#pinned !== null;
  }

  /** An id that a response gave out: it shows how wide ids are. */
  sawResponseId(id: string): void {
    if (this.#widths.length !== 1 || this.#widths[0] !== id.length) this.#widths = [id.length];
  }

  /** The keys for the ids of one receipt, the most trusted id first. */
  keysOf(ids: readonly string[]): ProviderIdKeys {
    if (this.#pinned !== null) return this.#keysOfPinned(ids, this.#pinned);
    const keys: string[] = [];
    const formMasks: number[] = [];
    let exact = 0;
    for (const [index, form] of this.#forms.entries()) {
      for (const id of ids) {
        for (const key of writeId(id, form, this.#widths)) {
          const known = keys.indexOf(key);
          if (known === -1) {
            keys.push(key);
            formMasks.push(1 << index);
          } else {
            formMasks[known] = (formMasks[known] ?? 0) | (1 << index);
          }
        }
      }
      if (index < this.#exactForms) exact = keys.length;
    }
    return { keys, exact, formMasks };
  }

  /** What became of a receipt that was looked up by `keys`. */
  learn(keys: ProviderIdKeys, answer: ReceiptAnswer): void {
    if (answer.kind === 'parked') {
      this.#misses++;
      if (this.#misses >= forgottenAfterMisses) this.#forget();
      return;
    }
    this.#misses = 0;
    const mask = keys.formMasks[answer.keyIndex];
    if (mask === undefined || this.#pinned !== null) return;
    const agreed = this.#candidates & mask;
    // A match that contradicts the earlier ones begins the count anew.
    this.#matches = agreed === 0 ? 1 : this.#matches + 1;
    this.#candidates = agreed === 0 ? mask : agreed;
    if (this.#matches < pinnedAfterMatches) return;
    this.#pinned = this.#forms.find((_, index) => (this.#candidates & (1 << index)) !== 0) ?? null;
  }

  #keysOfPinned(ids: readonly string[], form: Form): ProviderIdKeys {
    const keys: string[] = [];
    for (const id of ids) {
      const written = writeId(id, form, this.#widths);
      // An id that has no such form is looked up as it is.
      for (const key of written.length === 0 ? [id] : written)
        if (!keys.includes(key)) keys.push(key);
    }
    return { keys, exact: keys.length, formMasks: [] };
  }

  #forget(): void {
    this.#pinned = null;
    this.#misses = 0;
    this.#matches = 0;
    this.#candidates = allOf(this.#forms);
  }
}

/** An id without what SMSCs put around it: quotes, blanks, NUL. */
export function cleanId(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isAround(text.charCodeAt(start))) start++;
  while (end > start && isAround(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** `id` in a form, once for each width when it is padded; nothing when it has no such form. */
function writeId(id: string, form: Form, widths: readonly number[]): readonly string[] {
  const { radix, zeros } = form;
  if (radix === 'same' && zeros === 'same') return [foldLetters(id, form)];
  // UUIDs and the like are no numbers: without their first zero they are lost.
  const digits = radix === 'hex' ? decimal : hexadecimal;
  if (!digits.test(id)) return [];
  const bare = foldLetters(readBare(id, radix), form);
  if (zeros !== 'padded') return [bare];
  return widths.filter((width) => width > bare.length).map((width) => bare.padStart(width, '0'));
}

function readBare(id: string, radix: Form['radix']): string {
  switch (radix) {
    case 'same':
      return id.replace(/^0+(?=.)/, '');
    // Ids have 64 bits: Number would round them.
    case 'hex':
      return BigInt(id).toString(16);
    case 'dec':
      return BigInt(`0x${id}`).toString();
  }
}

function foldLetters(id: string, form: Form): string {
  if (form.letters === 'same') return id;
  return form.letters === 'lower' ? id.toLowerCase() : id.toUpperCase();
}

const decimal = /^\d+$/;
const hexadecimal = /^[\da-f]+$/i;

function isAround(code: number): boolean {
  return code <= 0x20 || code === 0x22 || code === 0x27;
}

function allOf(forms: readonly Form[]): number {
  return (1 << forms.length) - 1;
}

function combine(
  radixes: readonly Form['radix'][],
  lettersOf: readonly Form['letters'][],
  zerosOf: readonly Form['zeros'][],
): Form[] {
  const forms: Form[] = [];
  for (const radix of radixes) {
    for (const zeros of zerosOf) {
      for (const letters of lettersOf) forms.push({ radix, letters, zeros });
    }
  }
  return forms;
}

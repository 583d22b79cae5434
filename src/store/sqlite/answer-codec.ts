import type { KeptAnswer, KnownKey, Once } from '../contract.ts';
import type { Cell, CellReader } from './cells.ts';

export function writeOnce(out: Cell[], once: Once): void {
  const { account, key, fingerprint, expiresAt, keysMax, answer } = once;
  out.push(account, key, fingerprint, expiresAt, keysMax);
  writeAnswer(out, answer);
}

export function readOnce(cells: CellReader): Once {
  return {
    account: cells.text(),
    key: cells.text(),
    fingerprint: cells.text(),
    expiresAt: cells.number(),
    keysMax: cells.number(),
    answer: readAnswer(cells),
  };
}

export function writeKnownKey(out: Cell[], known: KnownKey | null): void {
  out.push(known === null ? null : known.kind);
  if (known?.kind === 'repeated') writeAnswer(out, known.answer);
}

export function readKnownKey(cells: CellReader): KnownKey | null {
  const kind = cells.textOrNull();
  switch (kind) {
    case null:
      return null;
    case 'repeated':
      return { kind, answer: readAnswer(cells) };
    case 'key-reused':
    case 'keys-too-many':
      return { kind };
    default:
      throw new TypeError(`unknown word in the store: ${kind}`);
  }
}

function writeAnswer(out: Cell[], { status, headers, body }: KeptAnswer): void {
  out.push(status, JSON.stringify(headers), body);
}

export function readAnswer(cells: CellReader): KeptAnswer {
  return { status: cells.number(), headers: JSON.parse(cells.text()), body: cells.text() };
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showWrites } from './shown-writes.ts';

const message = { channel: 'SMS', from: '31612345678', to: 'Bakery', text: 'Two\nloaves' } as const;

const cases = [
  { what: 'a message that went out is shown, its control characters too', parts: 1, lines: 1 },
  { what: 'a message of several parts is shown once', parts: 3, lines: 1 },
  { what: 'a message that nobody could take is not shown', parts: 0, lines: 0 },
];

for (const { what, parts, lines } of cases) {
  test(what, async () => {
    const shown: string[] = [];
    const write = showWrites(
      async () => parts,
      (line) => shown.push(line),
    );
    assert.equal(await write(message), parts);
    const line = 'handset +31612345678 → Bakery: "Two\\u000aloaves"';
    assert.deepEqual(shown, Array(lines).fill(line));
  });
}

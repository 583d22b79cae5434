import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knownErrorCodes, readError } from './error-table.ts';

/** whatsapp-cloud §5, row by row: "code kind error". */
const table = `
0 A 5|3 A 5|10 A 5|190 A 5|200 A 5|299 A 5|1 R 25|2 R 25|4 T 28|33 A 5|100 F 20|368 A 5|80007 T 28
130403 F 23|130429 T 28|130472 F 5|130497 F 29|131000 R 25|131005 A 5|131008 F 20|131009 F 20|131016 R 25
131021 F 23|131026 F 23|131030 F 23|131031 A 5|131037 A 5|131042 A 5|131045 A 5|131047 F 20|131048 A 28
131049 F 28|131050 F 23|131051 F 20|131053 R 20|131056 P 28|131057 T 25|131062 F 23|132000 F 20|132001 F 20
132005 F 20|132007 F 29|132012 F 20|132015 F 29|132016 F 29|132018 F 20|132068 F 20|132069 T 28|133004 R 25
133005 A 5|133006 A 5|133008 A 5|133009 A 5|133010 A 5|133015 A 5|133016 A 5|134011 A 5|135000 F 20`
  .trim()
  .split(/[|\n]/)
  .map((row) => row.split(' '));

for (const [code, kind, error] of table) {
  test(`error ${code} is ${kind} ${error}`, () => {
    const meaning = readError(Number(code), 400);
    assert.deepEqual([meaning.kind, meaning.error], [kind, Number(error)]);
  });
}

test('every code of the table is in the test', () => {
  const tested = new Set(table.map(([code]) => Number(code)));
  assert.deepEqual(
    knownErrorCodes.filter((code) => !tested.has(code)),
    [],
  );
});

for (const [code, status, kind, error] of [
  [null, 401, 'A', 5],
  [null, 403, 'F', 5],
  [null, 429, 'T', 28],
  [null, 400, 'F', 5],
  [null, 500, 'R', 25],
  [null, 503, 'R', 25],
  [424242, 404, 'F', 5],
  [424242, 500, 'R', 25],
  [199, 400, 'F', 5],
  [300, 400, 'F', 5],
  [null, null, 'F', 5],
] as const) {
  test(`without a known code (${code}), HTTP ${status} decides: ${kind} ${error}`, () => {
    const meaning = readError(code, status);
    assert.deepEqual([meaning.kind, meaning.error], [kind, error]);
  });
}

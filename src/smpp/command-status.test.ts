import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandStatus, nameCommandStatus } from './command-status.ts';

test('every status has its own number and its own name', () => {
  const statuses = Object.entries(commandStatus);
  assert.equal(new Set(Object.values(commandStatus)).size, statuses.length);
  for (const [name, status] of statuses) assert.equal(nameCommandStatus(status), name);
});

test('a status that the specification does not name is shown in hexadecimal', () => {
  assert.equal(nameCommandStatus(0x0412), '0x00000412');
  assert.equal(nameCommandStatus(0xffffffff), '0xffffffff');
});

import assert from 'node:assert/strict';
import type { Door, DoorRequest, DoorResponse } from '../../src/api/door.ts';
import { createDoorRig, type DoorRig } from '../doors/door-rig.ts';

/** The store forgets after so many requests, or the memory of the test would grow. */
const requestsPerStore = 2_000;

const errorLine = /^Error: ERROR \P{Cc}+$/u;

export interface FuzzedDoor {
  /** Sends a request and checks all that must be true of any answer; whether it was accepted. */
  send(request: Partial<DoorRequest>): Promise<boolean>;
}

/** A door of `/gateway.ashx` on a real intake, router and store. */
export function createFuzzedDoor(createDoor: (parts: DoorRig['parts']) => Door): FuzzedDoor {
  let rig: DoorRig | undefined;
  let door: Door | undefined;
  let requests = 0;
  return {
    async send(request) {
      requests++;
      if (requests % requestsPerStore === 0) rig = undefined;
      if (rig === undefined || door === undefined) {
        rig = await createDoorRig();
        door = createDoor(rig.parts);
      }
      const before = rig.accepted.length;
      const answer = await door({
        method: 'POST',
        path: '/gateway.ashx',
        query: '',
        headers: {},
        body: Buffer.alloc(0),
        peer: '192.0.2.1',
        ...request,
      });
      assert.deepEqual(rig.failures, []);
      const isAccepted = rig.accepted.length > before;
      checkAnswer(answer, isAccepted);
      return isAccepted;
    },
  };
}

/** Blank if and only if something was accepted; else one line of text. */
function checkAnswer({ status, headers, body }: DoorResponse, isAccepted: boolean): void {
  assert.ok(status === 200 || (status === 413 && !isAccepted), String(status));
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(body === '', isAccepted, `answered "${body}"`);
  if (!isAccepted) assert.match(body, errorLine);
  for (const value of Object.values(headers)) assert.match(value, /^[\x20-\x7e]+$/);
}

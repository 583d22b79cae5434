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

/** A door on a real intake, router and store; `check` is given each answer and how many messages were accepted. */
export function createFuzzedDoor(
  createDoor: (parts: DoorRig['parts']) => Door,
  check: (answer: DoorResponse, accepted: number) => void = checkPlainAnswer,
): FuzzedDoor {
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
        path: '/',
        query: '',
        headers: {},
        body: Buffer.alloc(0),
        peer: '192.0.2.1',
        ...request,
      });
      assert.deepEqual(rig.failures, []);
      const accepted = rig.accepted.length - before;
      check(answer, accepted);
      for (const value of Object.values(answer.headers)) assert.match(value, /^[\x20-\x7e]+$/);
      return accepted > 0;
    },
  };
}

/** Of `/gateway.ashx`: blank if and only if something was accepted; else one line of text. */
function checkPlainAnswer({ status, headers, body }: DoorResponse, accepted: number): void {
  const isAccepted = accepted > 0;
  assert.ok(status === 200 || (status === 413 && !isAccepted), String(status));
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(body === '', isAccepted, `answered "${body}"`);
  if (!isAccepted) assert.match(body, errorLine);
}

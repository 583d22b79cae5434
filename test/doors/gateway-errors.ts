import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createGatewayRig,
  type GatewayRig,
  type GatewayRigOptions,
  type RawAnswer,
  type RawRequest,
  token,
} from './gateway-rig.ts';

/* What holds for errors of the XML and the GET gateway alike: their tables are run here. */

export const unknown = 'Error: ERROR Unknown error';
export const noAccount = 'Error: ERROR No account found for the given authentication';
export const insufficient = 'Error: ERROR Insufficient balance.';
export const unrouteable = 'Error: ERROR Message is unrouteable.';

/** Of nobody. */
export const otherToken = token.replace('5', '6');
export const emptyTrial: GatewayRigOptions = { account: { wallet: 'trial' }, messagesLeft: 0 };

/** One of the two doors, as these tests know it. */
export interface ErrorDoor {
  /** A request that is accepted. */
  readonly good: string;
  send(
    rig: GatewayRig,
    request: string | Buffer,
    options?: Partial<RawRequest>,
  ): Promise<RawAnswer>;
}

export interface ErrorCase {
  readonly row: number;
  readonly title: string;
  readonly request: string | Buffer;
  readonly options?: GatewayRigOptions;
  readonly expected: string;
  /** What stands in `X-Chappe-Reason`. */
  readonly reason?: string;
  /** The nearest thing that is accepted. */
  readonly twin: string | Buffer;
  readonly twinOptions?: GatewayRigOptions;
}

/** A request with the fault of its row and all that come after it in the table. */
export type OrderCase = readonly [
  row: number | string,
  request: string,
  expected: string,
  options?: GatewayRigOptions,
];

export function testErrors({ send }: ErrorDoor, cases: readonly ErrorCase[]): void {
  for (const { row, title, request, options, expected, reason, twin, twinOptions } of cases) {
    test(`row ${row}: ${title}`, async () => {
      const rig = await createGatewayRig(options);
      const { status, headers, body } = await send(rig, request);
      assert.deepEqual([status, body], [200, expected]);
      assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.equal(headers.get('content-length'), String(Buffer.byteLength(expected)));
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('x-chappe-reason'), reason);
      assert.deepEqual([rig.accepted, rig.failures], [[], []]);

      const other = await createGatewayRig(twinOptions);
      const accepted = await send(other, twin);
      assert.deepEqual([accepted.status, accepted.body], [200, ''], 'the twin');
      assert.ok(other.accepted.length > 0);
    });
  }
}

/** What becomes of a request that is right, when something else is not. */
export function testRefusals({ good, send }: ErrorDoor, methods: readonly string[]): void {
  for (const method of methods) {
    test(`${method} gets 400 and nothing, and sends nothing`, async () => {
      const rig = await createGatewayRig();
      const answer = await send(rig, good, { method });
      assert.deepEqual([answer.status, answer.body], [400, '']);
      assert.equal(answer.headers.get('content-length'), '0');
      assert.deepEqual(rig.accepted, []);
    });
  }

  test('a broken store: unknown error, and the log is told', async () => {
    const broken = new Error('the disk is gone');
    const rig = await createGatewayRig({ commit: (transaction) => transaction.reject(broken) });
    const answer = await send(rig, good);
    assert.deepEqual([answer.status, answer.body], [200, unknown]);
    assert.deepEqual(rig.failures, [broken]);
  });

  for (const [admission, status, text] of [
    ['busy', 503, 'Error: ERROR The gateway is busy, try again.'],
    ['too-fast', 429, 'Error: ERROR Too many requests.'],
  ] as const) {
    test(`${admission}: ${status} with Retry-After, and a body that is not blank`, async () => {
      const rig = await createGatewayRig({ admit: () => admission });
      const answer = await send(rig, good);
      assert.deepEqual([answer.status, answer.body], [status, text]);
      assert.equal(answer.headers.get('retry-after'), '1');
    });
  }
}

export function testOrder({ send }: ErrorDoor, cases: readonly OrderCase[]): void {
  describe('the order of errors: the earlier row wins, wherever it stands', () => {
    for (const [row, request, expected, options] of cases) {
      test(`row ${row}: ${expected}`, async () => {
        const rig = await createGatewayRig(options);
        assert.equal((await send(rig, request)).body, expected);
        assert.deepEqual(rig.accepted, []);
      });
    }
  });
}

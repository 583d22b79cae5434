import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type Clock, systemClock } from './clock.ts';
import { cleanUp, createClient, get, startHttp } from './test-guarded-http.ts';

afterEach(cleanUp);

describe('a name', () => {
  it('is refused when one of its addresses is inside, wherever it stands', async () => {
    let visits = 0;
    const port = await startHttp(
      (_request, response) => response.end(),
      () => visits++,
    );
    for (const addresses of [
      ['127.0.0.1', '10.0.0.1'],
      ['10.0.0.1', '127.0.0.1'],
      ['127.0.0.1', '::ffff:10.0.0.1'],
      ['127.0.0.1', 'fe80::1%eth0'],
      ['127.0.0.1', 'nonsense'],
    ]) {
      const client = createClient({ resolver: async () => addresses });
      const outcome = await get(client, `http://hook.example:${port}/`);
      assert.equal(outcome.kind, 'forbidden', addresses.join());
    }
    assert.equal(visits, 0);
  });

  it('that changes its mind after the check gains nothing', async () => {
    // 127.0.0.1 stands for a public address, 127.0.0.2 for one inside the house.
    const visitors: (string | undefined)[] = [];
    const port = await startHttp(
      (_request, response) => {
        response.setHeader('connection', 'close');
        response.end();
      },
      (socket) => visitors.push(socket.localAddress),
      '0.0.0.0',
    );
    const clock = createShiftedClock();
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1', '127.0.0.2'], ['127.0.0.1']];
    let questions = 0;
    const client = createClient({
      clock,
      allowedNetworks: ['127.0.0.1/32'],
      resolver: async () => answers[questions++] ?? [],
    });
    const url = `http://rebind.example:${port}/`;
    assert.equal((await get(client, url)).kind, 'answered');
    assert.equal((await get(client, url)).kind, 'answered');
    assert.equal(questions, 1);
    clock.shift(60_000);
    assert.equal((await get(client, url)).kind, 'forbidden');
    assert.equal((await get(client, url)).kind, 'forbidden');
    assert.equal((await get(client, url)).kind, 'answered');
    assert.equal(questions, 4);
    assert.deepEqual(visitors, ['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  it('is asked for once by connections that open together', async () => {
    const port = await startHttp((_request, response) => response.end());
    let questions = 0;
    const client = createClient({
      resolver: async () => {
        questions++;
        return ['127.0.0.1'];
      },
    });
    const url = `http://hook.example:${port}/`;
    await Promise.all(Array.from({ length: 8 }, () => get(client, url)));
    assert.equal(questions, 1);
  });

  it('that is not found fails, and is asked for again', async () => {
    let questions = 0;
    const client = createClient({
      resolver: async () => {
        questions++;
        throw new Error('no such name');
      },
    });
    for (let count = 0; count < 2; count++) {
      assert.deepEqual(await get(client, 'http://gone.example:8080/'), {
        kind: 'failed',
        reason: 'no such name',
      });
    }
    assert.equal(questions, 2);
  });

  it('whose name server says nothing ends with the deadline', async () => {
    const client = createClient({ resolver: () => new Promise(() => {}) });
    const outcome = await get(client, 'http://silent.example:8080/', 50);
    assert.deepEqual(outcome, { kind: 'failed', reason: 'no answer in time' });
  });
});

function createShiftedClock(): Clock & { shift(ms: number): void } {
  let shiftMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + shiftMs,
    monotonic: () => systemClock.monotonic() + shiftMs,
    shift(ms) {
      shiftMs += ms;
    },
  };
}

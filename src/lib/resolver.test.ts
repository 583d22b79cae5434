import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { createAddressGuard, loopbackNetworks } from './addresses.ts';
import { createSystemResolver } from './resolver.ts';

describe('the system resolver', () => {
  it('knows this machine, whether there is a network or not', async () => {
    const guard = createAddressGuard(loopbackNetworks);
    const addresses = await createSystemResolver()('localhost');
    assert.ok(addresses.length > 0);
    for (const address of addresses) {
      assert.notEqual(isIP(address), 0);
      assert.equal(guard.refusal(address), null);
    }
  });

  it('rejects a name that nobody has, as often as it is asked', async () => {
    const resolve = createSystemResolver();
    const questions = Array.from({ length: 6 }, (_, index) => resolve(`no${index}.invalid`));
    for (const answer of await Promise.allSettled(questions)) {
      assert.equal(answer.status, 'rejected');
    }
  });
});

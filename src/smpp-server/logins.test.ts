import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SmppAccess } from '../core/account.ts';
import { sampleAccess, sampleAccount } from '../core/test-account.ts';
import { systemClock } from '../lib/clock.ts';
import { commandStatus } from '../smpp/command-status.ts';
import {
  accountFailuresMax,
  addressFailuresMax,
  addressForgivenMs,
  hashingMax,
  hashingQueueMax,
} from './limits.ts';
import { Logins } from './logins.ts';

const { ESME_RBINDFAIL, ESME_RINVPASWD, ESME_RINVSYSID, ESME_RSYSERR } = commandStatus;

/** Logins whose hashing is counted, and waits while `gate` is closed. */
function stage(access: Partial<SmppAccess> = {}) {
  const seen = { hashed: 0, atOnce: 0, atOnceMax: 0, now: 0 };
  let gate: Promise<void> | null = null;
  const clock = { ...systemClock, monotonic: () => seen.now };
  const logins = new Logins(
    [{ account: sampleAccount({ smpp: sampleAccess(access) }), passwordHash: 'right' }],
    clock,
    async (password, hash) => {
      seen.hashed++;
      seen.atOnce++;
      seen.atOnceMax = Math.max(seen.atOnceMax, seen.atOnce);
      await (gate ?? Promise.resolve());
      seen.atOnce--;
      return password === hash;
    },
  );
  const check = async (fields: { address?: string; systemId?: string; password?: string } = {}) => {
    const attempt = { address: '192.0.2.1', systemId: 'bakery', password: 'right', ...fields };
    const found = await logins.check(attempt);
    return typeof found === 'number' ? found : found.id;
  };
  return {
    seen,
    check,
    close(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

describe('who may bind', () => {
  test('the right password is let in, a wrong one not, nor a name that is unknown', async () => {
    const { check } = stage();
    assert.equal(await check(), 'bakery');
    assert.equal(await check({ password: 'wrong' }), ESME_RINVPASWD);
    assert.equal(await check({ systemId: 'butcher' }), ESME_RINVSYSID);
  });

  test('only from the networks of the account, if it names any', async () => {
    const { check, seen } = stage({ allowedNetworks: ['192.0.2.0/25', '2001:db8::/32'] });
    assert.equal(await check({ address: '192.0.2.127' }), 'bakery');
    assert.equal(await check({ address: '2001:db8::1' }), 'bakery');
    const { hashed } = seen;
    assert.equal(await check({ address: '192.0.2.128' }), ESME_RBINDFAIL);
    assert.equal(await check({ address: '2001:db9::1' }), ESME_RBINDFAIL);
    assert.equal(seen.hashed, hashed, 'nothing was hashed');
  });
});

describe('what strangers can make us hash', () => {
  test('one address: so many tries, then none until time has passed', async () => {
    const { check, seen } = stage();
    for (let tries = 0; tries < addressFailuresMax; tries++) {
      assert.equal(await check({ password: `wrong${tries}` }), ESME_RINVPASWD);
    }
    for (let tries = 0; tries < 1_000; tries++) {
      assert.equal(await check({ password: `more${tries}` }), ESME_RBINDFAIL);
    }
    assert.equal(seen.hashed, addressFailuresMax);
    seen.now += addressForgivenMs;
    assert.equal(await check({ password: 'again' }), ESME_RINVPASWD);
    assert.equal(await check({ password: 'and again' }), ESME_RBINDFAIL);
  });

  test('names that do not exist count as well', async () => {
    const { check } = stage();
    for (let tries = 0; tries < addressFailuresMax; tries++) await check({ systemId: 'x' });
    assert.equal(await check(), ESME_RBINDFAIL);
    assert.equal(await check({ address: '192.0.2.9' }), 'bakery', 'others are not held up');
  });

  test('many addresses, one account: any number of tries is few hashes', async () => {
    const { check, seen } = stage();
    assert.equal(await check({ address: '198.51.100.7' }), 'bakery');
    for (let tries = 0; tries < 200_000; tries++) {
      const address = `10.${tries >> 16}.${(tries >> 8) & 255}.${tries & 255}`;
      await check({ address, password: `wrong${tries}` });
    }
    assert.ok(seen.hashed <= accountFailuresMax + 1, `${seen.hashed} hashes`);
    assert.equal(await check({ address: '203.0.113.1' }), ESME_RBINDFAIL, 'strangers wait');
    assert.equal(await check({ address: '198.51.100.7' }), 'bakery', 'the customer does not');
  });

  test('tries at the same moment are counted before they are answered', async () => {
    const { check, close, seen } = stage();
    const open = close();
    const tries = Array.from({ length: 50 }, (_, index) => check({ password: `wrong${index}` }));
    await new Promise<void>((resolve) => systemClock.soon(resolve));
    open();
    const answers = await Promise.all(tries);
    assert.equal(seen.hashed, addressFailuresMax);
    assert.equal(seen.atOnceMax, hashingMax);
    assert.equal(answers.filter((answer) => answer === ESME_RBINDFAIL).length, 40);
  });

  test('many good binds at once cost one hash, and later ones none', async () => {
    const { check, close, seen } = stage();
    const open = close();
    const binds = Array.from({ length: 50 }, () => check());
    open();
    assert.deepEqual(new Set(await Promise.all(binds)), new Set(['bakery']));
    assert.equal(await check({ address: '198.51.100.3' }), 'bakery');
    assert.equal(seen.hashed, 1);
  });

  test('so many checks wait and no more', async () => {
    const { check, close } = stage();
    // Known places are not counted by account, and each address has its own tries.
    const count = hashingMax + hashingQueueMax + 1;
    const places = Array.from({ length: count }, (_, index) => `192.0.2.${index}`);
    for (const address of places) assert.equal(await check({ address }), 'bakery');
    const open = close();
    const tries = places.map((address) => check({ address, password: `wrong ${address}` }));
    assert.equal(await tries.at(-1), ESME_RSYSERR);
    open();
    const answers = await Promise.all(tries);
    assert.equal(answers.filter((answer) => answer === ESME_RSYSERR).length, 1);
  });
});

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { findFreePort } from '../rig/gateway-process.ts';
import { findMessage, sendAccepted, textTo, untilShown, untilState } from './customer.ts';
import { closeOperators, production, startOperator } from './operator.ts';
import { cleanUp, createPlace, startProgram } from './program.ts';
import { until } from './until.ts';

afterEach(async () => {
  await cleanUp();
  await closeOperators();
});

describe('a restart', () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`after ${signal}: what was accepted is delivered, once`, async () => {
      const port = await findFreePort();
      const options = production(port);
      const first = await startProgram(options);
      const numbers = ['0031612345001', '0031612345002', '0031612345003'];
      await sendAccepted(
        first,
        numbers.map((number) => textTo(number, 'Hoi', { reference: number })),
      );
      first.signal(signal);
      assert.equal(await first.ended, signal === 'SIGTERM' ? 0 : signal);

      const { smsc } = await startOperator({ ledger: true, receiptDelayMs: 10 }, port);
      const second = await startProgram({ ...options, dataDir: first.dataDir });
      for (const number of numbers) await untilState(second, number, ['delivered']);
      assert.deepEqual(
        smsc.ledger.submits.map(({ destination }) => `00${destination}`).toSorted(),
        numbers,
      );
    });
  }

  const inDoubt = [
    { onUnknown: 'resend', times: 2 },
    { onUnknown: 'wait', times: 1 },
  ] as const;
  for (const { onUnknown, times } of inDoubt) {
    test(`onUnknown ${onUnknown}: a window open at SIGKILL is sent ${times === 1 ? 'once' : 'twice'}`, async () => {
      const { smsc, port } = await startOperator({ ledger: true, latencyMs: 3_600_000 });
      const options = production(port, { onUnknown, window: 10, validityMinMs: 1_000 });
      const first = await startProgram(options);
      const numbers = Array.from({ length: 30 }, (_, i) => `00316123450${i + 10}`);
      await sendAccepted(
        first,
        numbers.map((number) => textTo(number, 'Hoi', { reference: number })),
      );
      const timesOf = (number: string) =>
        smsc.ledger.submits.filter(({ destination }) => `00${destination}` === number).length;
      await until('the window is open', () => smsc.ledger.submits.length === 10);
      const open = numbers.filter((number) => timesOf(number) === 1);
      first.signal('SIGKILL');
      await first.ended;

      smsc.change({ latencyMs: 0, receiptDelayMs: 10 });
      const second = await startProgram({ ...options, dataDir: first.dataDir });
      const others = numbers.filter((number) => !open.includes(number));
      for (const number of others) await untilState(second, number, ['delivered']);
      assert.equal(open.length, 10);
      assert.deepEqual(new Set(open.map(timesOf)), new Set([times]));
      assert.deepEqual(new Set(others.map(timesOf)), new Set([1]));
    });
  }

  test('keeps the demo token, which it made and printed', async () => {
    const dataDir = createPlace();
    const tokenOf = async () => {
      const program = await startProgram({ dataDir });
      const [, token] = await program.prints(/Token +([0-9a-f-]{36})\n/);
      await sendAccepted(program, [textTo('0031612345678', 'Hoi')], token);
      assert.equal(await program.stop(), 0);
      return token;
    };
    const made = await tokenOf();
    assert.equal(await tokenOf(), made);
    assert.equal(statSync(join(dataDir, 'demo-token')).mode & 0o777, 0o600);
    const given = '11111111-2222-4333-8444-555555555555';
    const third = await startProgram({ dataDir, environment: { CHAPPE_DEMO_TOKEN: given } });
    await sendAccepted(third, [textTo('0031612345678', 'Hoi')], given);
  });

  test('of CHAPPE_STORE=memory: forgets, and leaves no database', async () => {
    const token = '11111111-2222-4333-8444-555555555555';
    const environment = { CHAPPE_STORE: 'memory:', CHAPPE_DEMO_TOKEN: token };
    const first = await startProgram({ environment });
    const message = textTo('0031612345678', 'Kept in memory', { reference: 'm' });
    await sendAccepted(first, [message], token);
    await untilShown(first, '0031612345678');
    await untilState(first, 'm', ['delivered'], token);
    assert.equal(await first.stop(), 0);
    assert.equal(existsSync(join(first.dataDir, 'chappe.db')), false);
    const second = await startProgram({ environment, dataDir: first.dataDir });
    assert.equal(await findMessage(second, 'm', token), null);
  });
});

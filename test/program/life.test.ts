import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { findFreePort } from '../rig/gateway-process.ts';
import { Smsc } from '../rig/smsc.ts';
import type { SmscChanges } from '../rig/smsc-settings.ts';
import { findMessage, sendAccepted, textTo, untilShown, untilState } from './customer.ts';
import { cleanUp, createPlace, type ProgramOptions, startProgram, tokenSecret } from './program.ts';
import { until } from './until.ts';

const operators: Smsc[] = [];

afterEach(async () => {
  await cleanUp();
  for (const operator of operators.splice(0)) await operator.close();
});

/** An operator of the rig, on a port of its own or on `port`. */
async function startOperator(
  changes: SmscChanges,
  port = 0,
): Promise<{ smsc: Smsc; port: number }> {
  const smsc = new Smsc(changes);
  operators.push(smsc);
  return { smsc, port: await smsc.listen(port) };
}

/** A gateway in production: one account, one operator. */
function production(operatorPort: number): ProgramOptions {
  return {
    config: {
      accounts: [{ id: 'shop', token: tokenSecret }],
      connections: [
        {
          name: 'operator',
          channel: 'SMS',
          settings: {
            hosts: [`127.0.0.1:${operatorPort}`],
            tls: false,
            systemId: 'chappe',
            reconnectFirstMs: 50,
            reconnectLongestMs: 200,
          },
        },
      ],
      routes: [{ channel: 'SMS', connection: 'operator' }],
    },
  };
}

/** Kinds and states of what happened to a message, in order. */
function eventsOf(
  message: { events: readonly { kind: string; state: string }[] } | null,
): string[] {
  return (message?.events ?? []).map(({ kind, state }) => `${kind} ${state}`);
}

describe('what watches over it', () => {
  test('livez, readyz and metrics', async () => {
    const program = await startProgram();
    const live = await fetch(`${program.url}/livez`);
    assert.equal(live.status, 200);
    assert.equal(await live.text(), 'ok\n');
    const ready = await fetch(`${program.url}/readyz`);
    assert.equal(ready.status, 200);
    assert.deepEqual(await ready.json(), { status: 'ready', reasons: [] });

    const readCount = async () => {
      const metrics = await fetch(`${program.url}/metrics`);
      assert.equal(metrics.status, 200);
      assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
      const text = await metrics.text();
      assert.doesNotMatch(text, /31612345678/);
      return Number(/^chappe_messages_accepted_total (\d+)$/m.exec(text)?.[1]);
    };
    assert.equal(await readCount(), 0);
    const token = /Token +(\S+)/.exec(program.stdout)?.[1];
    await sendAccepted(program, [textTo('0031612345678', 'Hoi')], token);
    await until('it is counted', async () => (await readCount()) === 1);
  });
});

describe('SIGTERM', () => {
  test('outstanding submits are answered and recorded before the end, with 0', async () => {
    const { smsc, port } = await startOperator({ latencyMs: 600, receiptDelayMs: 60_000 });
    const options = production(port);
    const first = await startProgram(options);
    await smsc.when(() => smsc.bound === 1);
    const references = ['a', 'b', 'c'];
    await sendAccepted(
      first,
      references.map((reference, i) => textTo(`003161234567${i}`, 'Hoi', { reference })),
    );
    await smsc.when(() => smsc.counts.submits === 3);
    assert.equal(await first.stop(), 0);
    assert.match(first.stderr, /^Stopping: /);
    await smsc.when(() => smsc.bound === 0);

    const second = await startProgram({ ...options, dataDir: first.dataDir });
    await smsc.when(() => smsc.bound === 1);
    for (const reference of references) {
      const events = eventsOf(await findMessage(second, reference));
      assert.ok(events.includes('submitted accepted'), events.join());
    }
    // What follows is sent; what was answered before is not sent again.
    smsc.change({ latencyMs: 0 });
    await sendAccepted(second, [textTo('0031612345679', 'Hoi', { reference: 'd' })]);
    await smsc.when(() => smsc.counts.submits > 3);
    assert.equal(smsc.counts.submits, 4);
    assert.equal(smsc.seen.repeated, 0);
  });

  test('a second one does not wait for answers that never come, and ends with 1', async () => {
    const { smsc, port } = await startOperator({ latencyMs: 3_600_000 });
    const program = await startProgram(production(port));
    await smsc.when(() => smsc.bound === 1);
    await sendAccepted(program, [textTo('0031612345678', 'Hoi')]);
    await smsc.when(() => smsc.counts.submits === 1);
    program.signal('SIGTERM');
    // Two signals at once would be one.
    await until('it stops', () => program.stderr.includes('Stopping'));
    const startedAt = performance.now();
    assert.equal(await program.stop(), 1);
    assert.ok(performance.now() - startedAt < 5_000, 'it waited for the operator');
  });
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

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { findMessage, sendAccepted, textTo } from './customer.ts';
import { closeOperators, production, startOperator } from './operator.ts';
import {
  cleanUp,
  createPlace,
  type Ending,
  type Program,
  startCommand,
  startProgram,
  token,
  tokenSecret,
  writeConfig,
} from './program.ts';
import { until } from './until.ts';

afterEach(async () => {
  await cleanUp();
  await closeOperators();
});

/** Kinds and states of what happened to a message, in order. */
function eventsOf(
  message: { events: readonly { kind: string; state: string }[] } | null,
): string[] {
  return (message?.events ?? []).map(({ kind, state }) => `${kind} ${state}`);
}

/** The connections that a gateway which is ready says are out. */
async function readConnectionsOut({ url }: Program): Promise<string> {
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 200);
  const { connectionsOut, ...rest } = (await ready.json()) as { connectionsOut: string[] };
  assert.deepEqual(rest, { status: 'ready', reasons: [] });
  return connectionsOut.join();
}

describe('what watches over it', () => {
  test('livez, readyz and metrics', async () => {
    const program = await startProgram();
    const live = await fetch(`${program.url}/livez`);
    assert.equal(live.status, 200);
    assert.equal(await live.text(), 'ok\n');
    await until('every connection is up', async () => (await readConnectionsOut(program)) === '');

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

test('without any operator it is ready, takes messages, and names the connections', async () => {
  const { smsc, port } = await startOperator({});
  const program = await startProgram(production(port));
  await smsc.when(() => smsc.bound === 1);
  await until('it is up', async () => (await readConnectionsOut(program)) === '');
  await smsc.close();
  await until('it is out', async () => (await readConnectionsOut(program)) === 'operator');
  await sendAccepted(program, [textTo('0031612345678', 'Hoi')]);
});

describe('SIGTERM', () => {
  test('while it starts, it finishes that, and stops with 0', async () => {
    const { smsc, port } = await startOperator({});
    const dataDir = createPlace();
    const { config } = production(port);
    const starting = startCommand(['serve'], {
      CHAPPE_HTTP_PORT: '0',
      CHAPPE_SMPP_PORT: '0',
      CHAPPE_DATA_DIR: dataDir,
      CHAPPE_CONFIG: writeConfig(config ?? {}),
      [tokenSecret.env]: token,
    });
    await until('it opens the store', () => existsSync(join(dataDir, 'chappe.db-lock')));
    starting.signal('SIGTERM');
    assert.equal(await starting.ended, 0);
    assert.match(starting.stderr, /^Stopping: /);
    await smsc.when(() => smsc.bound === 0);
  });

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
    // Had it waited for the operator as long as it may, it would end with 0.
    assert.equal(await program.stop(), 1);
    assert.doesNotMatch(program.stderr, /did not stop cleanly/);
  });
});

describe('Ctrl-C', () => {
  /** Presses it, and has it come again as soon as it is seen that it did; the exit code. */
  async function pressTwice(): Promise<Ending> {
    const { smsc, port } = await startOperator({ latencyMs: 500 });
    const program = await startProgram(production(port));
    await smsc.when(() => smsc.bound === 1);
    await sendAccepted(program, [textTo('0031612345678', 'Hoi')]);
    await smsc.when(() => smsc.counts.submits === 1);
    program.signal('SIGINT');
    await until('it stops', () => program.stderr.includes('Stopping'));
    program.signal('SIGINT');
    return program.ended;
  }

  test('that npm hands on a second time is one: it ends with 0', async () => {
    // Where the machine is so busy that the second one comes late, it counts; but not each time.
    let code: Ending = 1;
    for (let tries = 0; tries < 5 && code !== 0; tries++) code = await pressTwice();
    assert.equal(code, 0);
  });
});

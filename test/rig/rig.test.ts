import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CallRecord } from './callbacks.ts';
import { Callbacks } from './callbacks.ts';
import { startServerProcess } from './gateway-process.ts';
import type { RequestRecord } from './load.ts';
import { Load } from './load.ts';
import { readUsage } from './process-usage.ts';
import { createJsonTemplate } from './request-template.ts';
import { type RigPart, startRigProcess } from './rig-process.ts';
import { Smsc } from './smsc.ts';
import { type SmscLedger, tokenOf } from './smsc-ledger.ts';
import { startStubGateway } from './stub-gateway.ts';

test('within one process every message comes round as exactly one report', async (t) => {
  const smsc = new Smsc({ receiptDelayMs: 5 });
  const callbacks = new Callbacks();
  t.after(() => Promise.all([smsc.close(), callbacks.close()]));
  const stub = await startStubGateway({
    smscPort: await smsc.listen(0),
    reportUrl: `http://127.0.0.1:${await callbacks.listen(0)}/status`,
    refuseReceipts: 3,
  });
  t.after(() => stub.close());
  const load = new Load({
    host: '127.0.0.1',
    port: stub.port,
    connections: 4,
    messages: 1000,
    template: createJsonTemplate({ host: 'stub', token: 'stub', perRequest: 10 }),
  });
  await load.run();
  await callbacks.when(() => callbacks.counts.calls >= 1000);
  assert.deepEqual([smsc.seen.distinct, smsc.seen.repeated], [1000, 0]);
  assert.deepEqual([callbacks.seen.distinct, callbacks.seen.repeated], [1000, 0]);
  assert.equal(callbacks.counts.byStatus[2], 1000);
  assert.equal(smsc.counts.receiptsRefused, 3);
});

test('as processes of their own the parts keep ledgers that can be joined', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'chappe-rig-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const settings = '--settings={"ledger":true,"receiptDelayMs":0}';
  const [smsc, callbacks] = await Promise.all([
    start(t, 'smsc-sink', [settings]),
    start(t, 'callback-sink', ['--settings={"ledger":true}']),
  ]);
  const stub = await startStubGateway({
    smscPort: Number(smsc.hello['port']),
    reportUrl: `http://127.0.0.1:${Number(callbacks.hello['port'])}/status`,
  });
  t.after(() => stub.close());
  const customer = await start(t, 'customer', [
    `--port=${stub.port}`,
    '--token=stub',
    '--messages=20',
    '--connections=2',
  ]);
  const done = await customer.ask('done');
  assert.ok(typeof done === 'object' && done !== null && 'accepted' in done);
  assert.equal(done.accepted, 20);
  for (;;) {
    const stats = await callbacks.ask('stats');
    assert.ok(typeof stats === 'object' && stats !== null && 'distinct' in stats);
    if (stats.distinct === 20) break;
  }
  const read = async (part: typeof smsc, name: string) => {
    await part.ask('ledger', join(dir, name));
    return JSON.parse(readFileSync(join(dir, name), 'utf8'));
  };
  const requests: RequestRecord[] = await read(customer, 'requests');
  const { submits, receipts }: SmscLedger = await read(smsc, 'submits');
  const calls: CallRecord[] = await read(callbacks, 'calls');
  const expected = Array.from({ length: 20 }, (_, i) => String(i).padStart(8, '0'));
  assert.deepEqual(
    requests.map(({ firstIndex }) => String(firstIndex).padStart(8, '0')).toSorted(),
    expected,
  );
  assert.deepEqual(submits.map(({ text }) => tokenOf(text)).toSorted(), expected);
  assert.deepEqual(calls.map(({ reference }) => reference.slice(1)).toSorted(), expected);
  assert.equal(receipts.filter(({ event }) => event === 'sent').length, 20);
});

test('a rig process takes new settings, and says so when it does not know a command', async (t) => {
  const smsc = await start(t, 'smsc-sink', []);
  await smsc.ask('set', '{"latencyMs":7}');
  assert.deepEqual(await smsc.ask('nonsense'), { error: 'no command nonsense' });
  const { error } = Object(await smsc.ask('set', '{'));
  assert.match(error, /JSON/);
});

test('a server process can be asked to stop, and killed; its use of the machine is known', async () => {
  const args = ['-e', 'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1e6)'];
  const asked = startServerProcess(process.execPath, args);
  const usage = readUsage([asked.pid, process.pid]);
  assert.ok(usage.cpuSeconds > 0 && usage.residentMb > 1 && usage.peakMb >= usage.residentMb);
  const killed = startServerProcess(process.execPath, args);
  await killed.kill();
  assert.equal(await killed.exited, 'SIGKILL');
  await asked.stop();
  assert.throws(() => readUsage([asked.pid]));
});

async function start(t: TestContext, part: RigPart, args: string[]) {
  const process = await startRigProcess(part, args);
  t.after(() => process.stop());
  return process;
}

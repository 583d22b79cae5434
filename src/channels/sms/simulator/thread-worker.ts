import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../../lib/clock.ts';
import { nodeNet } from '../../../lib/node-net.ts';
import { createSeededRandom, createSystemRandom } from '../../../lib/random.ts';
import { createLocalHandsetSource } from '../../../rehearsal/handset-source.ts';
import { createHandsets } from '../../../rehearsal/handsets.ts';
import { createSmscSimulator } from './simulator.ts';
import type { SeenMessage, ThreadCall, ThreadRequest, ThreadStart } from './thread-protocol.ts';

/** Messages are told in batches, this long after the first of a batch. */
const batchMs = 10;

/** A batch that has grown to this is told at once. */
const batchMax = 1_000;

if (parentPort === null) throw new Error('this file runs in a worker thread');
await serve(parentPort, workerData);

async function serve(port: NonNullable<typeof parentPort>, start: ThreadStart): Promise<void> {
  const handsets = createHandsets({
    clock: systemClock,
    handsetsMax: start.handsetsMax,
    inboxMax: start.inboxMax,
  });
  const source = createLocalHandsetSource(handsets);
  const smsc = createSmscSimulator({
    net: nodeNet,
    clock: systemClock,
    random: start.seed === null ? createSystemRandom() : createSeededRandom(start.seed),
    handsets,
    settings: start.settings,
  });
  let batch: SeenMessage[] = [];
  let stopWatching: (() => void) | null = null;

  function tellBatch(): void {
    if (batch.length > 0) port.postMessage({ news: 'seen', messages: batch });
    batch = [];
  }

  function watch(on: boolean): void {
    stopWatching?.();
    stopWatching = null;
    if (!on) return;
    stopWatching = handsets.onMessage((number, message) => {
      if (batch.push({ number, message }) === 1) systemClock.after(batchMs, tellBatch);
      if (batch.length >= batchMax) tellBatch();
    });
  }

  async function answer(body: ThreadCall): Promise<unknown> {
    switch (body.call) {
      case 'set':
        return smsc.set(body.change);
      case 'injectMo':
        return smsc.injectMo(body.message);
      case 'disturb':
        return smsc.disturb(body.disturbance, body.systemId ?? undefined);
      case 'restart':
        return smsc.restart(body);
      case 'stats':
        return smsc.stats();
      case 'listHandsets': {
        const { limit, before } = body;
        return source.list(before === null ? { limit } : { limit, before });
      }
      case 'showHandset':
        return source.show(body.number);
      case 'changeHandset':
        return source.change(body.number, body.patch);
      case 'clearHandset':
        return source.clear(body.number);
      case 'watch':
        return watch(body.on);
      case 'close':
        await smsc.close();
        tellBatch();
        port.unref();
        return;
    }
  }

  port.on('message', ({ id, body }: ThreadRequest) => {
    answer(body).then(
      (value) => port.postMessage({ news: 'answer', id, value }),
      (error: unknown) => port.postMessage({ news: 'refusal', id, reason: String(error) }),
    );
  });
  try {
    const { port: bound } = await smsc.listen(start.address);
    port.postMessage({ news: 'ready', port: bound });
  } catch (error) {
    port.postMessage({ news: 'failed', reason: String(error) });
  }
}

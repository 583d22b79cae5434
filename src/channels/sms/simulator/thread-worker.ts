import { parentPort, workerData } from 'node:worker_threads';
import type { Channel } from '../../../core/channel-names.ts';
import { systemClock } from '../../../lib/clock.ts';
import { nodeNet } from '../../../lib/node-net.ts';
import { createSeededRandom, createSystemRandom } from '../../../lib/random.ts';
import type { ChannelActors } from '../../../rehearsal/handset-actions.ts';
import { createLocalHandsetSource } from '../../../rehearsal/handset-source.ts';
import { createHandsets } from '../../../rehearsal/handsets.ts';
import type { Join, Neighbour } from '../../../rehearsal/neighbour.ts';
import { createSmscSimulator } from './simulator.ts';
import { createSmsActor } from './sms-actor.ts';
import type { SeenMessage, ThreadCall, ThreadRequest, ThreadStart } from './thread-protocol.ts';

/**
 * The first message is told at once, so that whoever looks on sees it before the reports it causes; what comes within
 * this time behind it is told in one batch.
 */
const batchMs = 10;

/** A batch that has grown to this is told before. */
const batchMax = 1_000;

if (parentPort === null) throw new Error('this file runs in a worker thread');
await serve(parentPort, workerData);

async function serve(port: NonNullable<typeof parentPort>, start: ThreadStart): Promise<void> {
  const handsets = createHandsets({
    clock: systemClock,
    handsetsMax: start.handsetsMax,
    inboxMax: start.inboxMax,
  });
  const random = start.seed === null ? createSystemRandom() : createSeededRandom(start.seed);
  const smsc = createSmscSimulator({
    net: nodeNet,
    clock: systemClock,
    random,
    handsets,
    settings: start.settings,
  });
  const neighbours = new Map<Channel, Neighbour>();
  const actors: ChannelActors = { SMS: createSmsActor((message) => smsc.injectMo(message)) };
  const source = createLocalHandsetSource(handsets, actors);
  let batch: SeenMessage[] = [];
  let isGathering = false;
  let stopWatching: (() => void) | null = null;

  function tellBatch(): void {
    port.postMessage({ news: 'seen', messages: batch });
    batch = [];
  }

  function gather(): void {
    isGathering = batch.length > 0;
    if (!isGathering) return;
    tellBatch();
    systemClock.after(batchMs, gather);
  }

  function watch(on: boolean): void {
    stopWatching?.();
    stopWatching = null;
    if (!on) return;
    stopWatching = handsets.onMessage((number, message) => {
      batch.push({ number, message });
      if (!isGathering) gather();
      else if (batch.length >= batchMax) tellBatch();
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
      case 'actOnHandset':
        return source.act(body.number, body.action);
      case 'join': {
        const { join }: { join: Join } = await import(body.module);
        const neighbour = await join({ clock: systemClock, random, handsets }, body.settings);
        neighbours.set(body.channel, neighbour);
        actors[body.channel] = neighbour.actor;
        return neighbour.port;
      }
      case 'setNeighbour':
        return neighbours.get(body.channel)?.set(body.change);
      case 'watch':
        return watch(body.on);
      case 'close':
        await Promise.all([...neighbours.values()].map((neighbour) => neighbour.close()));
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

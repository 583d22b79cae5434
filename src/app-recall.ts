import type { Connection } from './channels/contract.ts';
import type { Store } from './store/contract.ts';

/** Tells connections that ask for it which handsets wrote over them before the start. Rejects when the store fails. */
export async function recallHandsets(
  store: Pick<Store['inbound'], 'lastHeard'>,
  connections: readonly Pick<Connection, 'name' | 'recall'>[],
  now: number,
): Promise<void> {
  const asking = connections.flatMap(({ name, recall }) =>
    recall === undefined ? [] : [{ name, recall }],
  );
  if (asking.length === 0) return;
  const heard = await store.lastHeard({
    connections: asking.map(({ name }) => name),
    since: now - Math.max(...asking.map(({ recall }) => recall.withinMs)),
    limit: Math.max(...asking.map(({ recall }) => recall.handsetsMax)),
  });
  const byConnection = Map.groupBy(heard, ({ connection }) => connection);
  for (const { name, recall } of asking) recall.take(byConnection.get(name) ?? []);
}

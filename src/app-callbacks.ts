import type { Door, DoorResponse } from './api/door.ts';
import type { CallbackAnswer, Connection } from './channels/contract.ts';

/** Where providers call: the name of the connection follows. */
export const callbacksPath = '/callbacks';

/** The largest body that a provider sends: Meta's (whatsapp-cloud §7.2). */
export const providerBodyBytesMax: number = 3 * 1024 * 1024;

/** How many calls of providers came to what, by connection. */
export type CallbackCounts = Map<string, Record<CallbackAnswer['verdict'], number>>;

export function countNoCallbacks(): Record<CallbackAnswer['verdict'], number> {
  return { taken: 0, forged: 0, malformed: 0, failed: 0 };
}

/** Hands what providers send to their connections, which alone can tell whether it is real. */
export function createProviderDoor(
  find: (name: string) => Connection | undefined,
  counts: CallbackCounts,
): Door {
  return async ({ method, path, query, headers, body }) => {
    const name = path.slice(callbacksPath.length + 1);
    const connection = find(name);
    if (connection?.callback === undefined) return answer(404, '');
    const said = await connection.callback({ method, query, headers, body });
    const counted = counts.get(name);
    if (counted !== undefined) counted[said.verdict]++;
    return answer(said.status, said.body);
  };
}

function answer(status: number, body: string): DoorResponse {
  const headers = { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' };
  return { status, headers, body };
}

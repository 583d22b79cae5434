import type { Socket } from 'node:net';
import type { HttpLimits } from './limits.ts';

/** The connections of all ports of the listener, from their first octet on: a handshake is one, too. */
export class Connections {
  readonly #limits: Pick<HttpLimits, 'connectionsMax' | 'connectionsPerAddressMax'>;
  readonly #open = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();

  constructor(limits: Pick<HttpLimits, 'connectionsMax' | 'connectionsPerAddressMax'>) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Counts a new connection; false when there is no room for it. A proxy may have as many as there are. */
  add(socket: Socket, isProxy: boolean): boolean {
    const address = socket.remoteAddress ?? '';
    const count = (this.#perAddress.get(address) ?? 0) + 1;
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    if (this.#open.size >= connectionsMax) return false;
    if (count > connectionsPerAddressMax && !isProxy) return false;
    this.#perAddress.set(address, count);
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
    return true;
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy();
  }
}

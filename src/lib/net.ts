/**
 * TCP behind an interface, so that the same SMPP client and SMSC run over real sockets and over
 * the simulation's faulty network.
 */
export interface Net {
  /** Opens a connection. The handler's `open` or `close` is called later, never within this call. */
  connect(target: ConnectTarget, handler: WireHandler): Wire;
  /** Listens; resolves with the address that was really taken (port 0 picks a free one). */
  listen(address: ListenAddress, accept: (wire: Wire) => WireHandler): Promise<NetListener>;
}

export interface ConnectTarget {
  host: string;
  port: number;
  /** Absent: plain TCP. */
  tls?: { ca?: string; serverName?: string };
  connectTimeoutMs: number;
}

export interface ListenAddress {
  host: string;
  port: number;
  tls?: { cert: string; key: string };
}

export interface NetListener {
  readonly port: number;
  /** Stops listening and destroys what is still connected. */
  close(): Promise<void>;
}

/** One side of an open connection. */
export interface Wire {
  /** "address:port" of the other side, or what was asked for while connecting. */
  readonly peer: string;
  /** Bytes written and not yet taken by the network: the measure of a slow reader. */
  readonly bufferedBytes: number;
  write(bytes: Uint8Array): void;
  /** Sends what was written, then closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
}

/** What a wire's owner is told. After `close` nothing follows. */
export interface WireHandler {
  open?(): void;
  data(chunk: Buffer): void;
  drain?(): void;
  close(error: Error | null): void;
}

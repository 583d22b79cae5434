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
  /** Absent: plain TCP. */
  tls?: ListenTls;
  /** Whether a connection from this address may stay, before anything of it is read; absent: all may. */
  admit?(address: string): boolean;
}

/** What a listener proves itself with: PEM texts, and what it agrees to. */
export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
  /** Absent: 1.2. */
  readonly minVersion?: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL's list; absent: the runtime's own. */
  readonly ciphers?: string;
}

export interface ListenTls extends TlsCredentials {
  /** Told of what comes in the place of these, until the returned function is called; absent: they stay. */
  onRenewal?(apply: (next: TlsCredentials) => void): () => void;
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

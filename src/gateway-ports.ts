import { type Config, ConfigError, type PortSettings } from './config.ts';
import { AddressLimits } from './lib/address-limits.ts';
import { systemClock } from './lib/clock.ts';
import type { Log } from './lib/log.ts';
import type { Wire, WireHandler } from './lib/net.ts';
import { nodeNet } from './lib/node-net.ts';
import { TlsFault } from './lib/tls-files.ts';
import { keepTls, type TlsKeeper } from './lib/tls-keeper.ts';

/** The certificates of the ports that speak TLS. */
export interface Certificates {
  readonly http: TlsKeeper | null;
  readonly smpp: TlsKeeper | null;
  readonly all: readonly TlsKeeper[];
}

/**
 * Loads the certificates and begins to watch them.
 * @throws {ConfigError} with the faults of all of them.
 */
export async function keepCertificates(config: Config, log: Log): Promise<Certificates> {
  const faults: string[] = [];
  const keep = async (name: string, { tls }: PortSettings): Promise<TlsKeeper | null> => {
    if (tls === null) return null;
    try {
      return await keepTls({ name, files: tls, clock: systemClock, log });
    } catch (error) {
      if (!(error instanceof TlsFault)) throw error;
      faults.push(error.message);
      return null;
    }
  };
  const http = await keep('http', config.http);
  const smpp = await keep('smpp', config.smpp);
  const all = [http, smpp].filter((one) => one !== null);
  if (faults.length > 0) {
    for (const one of all) one.stop();
    throw new ConfigError(faults);
  }
  return { http, smpp, all };
}

export function createAddressLimits(config: Config, log: Log): AddressLimits {
  const { burst, ...rates } = config.file.limits.perAddress;
  return new AddressLimits({ ...rates, burst: burst ?? rates.requestsPerSecond }, systemClock, log);
}

/** The ports of customers' binds; a port that is not there is null. */
export interface SmppPorts {
  readonly port: number | null;
  readonly tlsPort: number | null;
  close(): Promise<void>;
}

/** Listens for binds. Rejects when a port cannot be had, and has none then. */
export async function openSmppPorts(
  { host, port, tls }: PortSettings,
  certificate: TlsKeeper | null,
  addresses: AddressLimits,
  accept: (wire: Wire) => WireHandler,
): Promise<SmppPorts> {
  const address = { host, admit: (from: string) => addresses.admitConnection(from) };
  const plain = tls?.only === true ? null : await nodeNet.listen({ ...address, port }, accept);
  if (tls === null || certificate === null) {
    return { port: plain?.port ?? null, tlsPort: null, close: async () => plain?.close() };
  }
  try {
    const secure = await nodeNet.listen(
      { ...address, port: tls.port, tls: certificate.tls },
      accept,
    );
    return {
      port: plain?.port ?? null,
      tlsPort: secure.port,
      async close() {
        await Promise.all([plain?.close(), secure.close()]);
      },
    };
  } catch (error) {
    await plain?.close();
    throw error;
  }
}

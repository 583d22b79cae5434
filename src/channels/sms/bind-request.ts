import type { ConnectTarget } from '../../lib/net.ts';
import type { BindReceiver, BindTransceiver, BindTransmitter } from '../../smpp/pdus.ts';
import { interfaceVersion34, type Unnumbered } from '../../smpp/pdus.ts';
import type { SessionLimits } from '../../smpp/session-limits.ts';
import type { BindCommand } from '../../smpp/session-rules.ts';
import type { SmscHost } from './setting-readers.ts';
import type { SmsSettings } from './settings.ts';

/** The operator's requests without our answer; a healthy SMSC has a far smaller window. */
const unansweredMax = 5_000;
const unbindMs = 5_000;

/** Where to connect to. */
export function readTarget(settings: SmsSettings, host: SmscHost): ConnectTarget {
  const { tls, tlsCa, tlsServerName, connectTimeoutMs } = settings;
  if (!tls) return { ...host, connectTimeoutMs };
  const ca = tlsCa === '' ? {} : { ca: tlsCa };
  const serverName = tlsServerName === '' ? {} : { serverName: tlsServerName };
  return { ...host, tls: { ...ca, ...serverName }, connectTimeoutMs };
}

/** What the session waits for and how much it takes. */
export function readLimits(settings: SmsSettings): Partial<SessionLimits> {
  return {
    windowMax: settings.window,
    unansweredMax,
    responseMs: settings.responseTimeoutMs,
    bindMs: settings.connectTimeoutMs,
    enquireLinkMs: settings.enquireLinkMs,
    enquireLinkTimeoutMs: settings.enquireLinkTimeoutMs,
    unbindMs,
  };
}

/** The request that makes the connection a bind. */
export function writeBind(
  command: BindCommand,
  settings: SmsSettings,
): Unnumbered<BindReceiver | BindTransceiver | BindTransmitter> {
  const { addressRangePlan } = settings;
  return {
    command,
    system_id: settings.systemId,
    password: settings.password,
    system_type: settings.systemType,
    interface_version: interfaceVersion34,
    addr_ton: addressRangePlan.ton,
    addr_npi: addressRangePlan.npi,
    address_range: settings.addressRange,
  };
}

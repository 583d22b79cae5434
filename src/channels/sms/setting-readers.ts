import { type DeliveryError, isDeliveryError } from '../../core/status.ts';
import { isRecord, type Reading } from '../setting-fields.ts';

export interface SmscHost {
  readonly host: string;
  readonly port: number;
}

/** Type of number and numbering plan indicator (SMPP 3.4 §5.2.5, §5.2.6). */
export interface NumberingPlan {
  readonly ton: number;
  readonly npi: number;
}

/** A TLV that is added to each submit. */
export interface ExtraTlv {
  readonly tag: number;
  readonly value: Buffer;
}

/** T: try later, Q: throttled, P: refused for ever, S: the session or the configuration is at fault. */
export type StatusKind = 'T' | 'Q' | 'P' | 'S';

/** What an operator's own command_status means. */
export interface StatusRule {
  readonly match: number;
  readonly kind: StatusKind;
  readonly error: DeliveryError;
}

/** What an operator's own `err` means; `match` is lower case and without leading zeros. */
export interface ErrorRule {
  readonly match: string;
  readonly error: DeliveryError;
}

/** "host:port", or "[address]:port" for IPv6. */
export function readHost(raw: unknown): Reading<SmscHost> {
  const fault = { fault: 'must be "host:port", like "smsc.example.net:3550"' };
  if (typeof raw !== 'string') return fault;
  const found = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,253})):(\d{1,5})$/.exec(raw);
  const host = found?.[1] ?? found?.[2];
  const port = Number(found?.[3]);
  if (host === undefined || port < 1 || port > 65_535) return fault;
  return { value: { host, port } };
}

/** A name, which an address is not; empty is allowed. */
export function readHostName(raw: unknown): Reading<string> {
  const isName = typeof raw === 'string' && /^(?:[A-Za-z0-9._-]{0,252}[A-Za-z])?$/.test(raw);
  return isName ? { value: raw } : { fault: 'must be a host name, like "smsc.example.net"' };
}

/** "ton/npi", like "5/0". */
export function readNumberingPlan(raw: unknown): Reading<NumberingPlan> {
  const found = typeof raw === 'string' ? /^(\d)\/(\d{1,2})$/.exec(raw) : null;
  const ton = Number(found?.[1]);
  const npi = Number(found?.[2]);
  if (found === null || ton > 6 || npi > 18) {
    return { fault: 'must be "TON/NPI" with TON 0 to 6 and NPI 0 to 18, like "1/1"' };
  }
  return { value: { ton, npi } };
}

export function readRate(raw: unknown): Reading<number> {
  if (typeof raw === 'number' && raw >= 0.1 && raw <= 100_000) return { value: raw };
  return { fault: 'must be a number from 0.1 to 100000, or null for no limit' };
}

export function readSender(raw: unknown): Reading<string> {
  if (typeof raw === 'string' && raw !== '' && raw.length <= 20) return { value: raw };
  return { fault: 'must be a sender of 1 to 20 characters, between quotes' };
}

export function readTimeZone(raw: unknown): Reading<string> {
  const fault = { fault: 'must be a time zone, like "Europe/Amsterdam", "+02:00" or "UTC"' };
  if (typeof raw !== 'string') return fault;
  try {
    return { value: Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(raw).timeZoneId };
  } catch {
    return fault;
  }
}

/** `{tag, text}` sends a C-Octet String, `{tag, hex}` raw octets. */
export function readTlv(raw: unknown): Reading<ExtraTlv> {
  if (!isRecord(raw)) return { fault: 'must be {tag, text} or {tag, hex}' };
  const { tag, text, hex } = raw;
  if (typeof tag !== 'number' || !Number.isInteger(tag) || tag < 1 || tag > 0xffff) {
    return { fault: 'must have a `tag` from 1 to 65535' };
  }
  if (typeof text === 'string' && hex === undefined && text.length <= 255) {
    return { value: { tag, value: Buffer.from(`${text}\0`, 'latin1') } };
  }
  if (typeof hex === 'string' && text === undefined && /^(?:[\da-f]{2}){0,255}$/i.test(hex)) {
    return { value: { tag, value: Buffer.from(hex, 'hex') } };
  }
  return { fault: 'must have either `text` or `hex`, of at most 255 octets' };
}

export function readStatusRule(raw: unknown): Reading<StatusRule> {
  if (!isRecord(raw)) return { fault: 'must be {match, kind, code}' };
  const { match, kind, code } = raw;
  if (typeof match !== 'number' || !Number.isInteger(match) || match < 1 || match > 0xffff_ffff) {
    return { fault: 'must have the command_status as a number in `match`, like 0x411' };
  }
  if (kind !== 'T' && kind !== 'Q' && kind !== 'P' && kind !== 'S') {
    return { fault: 'must have a `kind` of T, Q, P or S' };
  }
  if (!isErrorNumber(code)) return { fault: errorFault };
  return { value: { match, kind, error: code } };
}

export function readErrorRule(raw: unknown): Reading<ErrorRule> {
  if (!isRecord(raw)) return { fault: 'must be {match, code}' };
  const { match, code } = raw;
  if ((typeof match !== 'string' && typeof match !== 'number') || match === '') {
    return { fault: 'must have the err as the operator writes it in `match`' };
  }
  if (!isErrorNumber(code)) return { fault: errorFault };
  return { value: { match: foldErrorText(String(match)), error: code } };
}

/** The form in which `err` is compared: lower case, without leading zeros. */
export function foldErrorText(text: string): string {
  return text
    .trim()
    .toLowerCase()
    .replace(/^0+(?=.)/, '');
}

const errorFault = 'must have a `code` that is an error number of status reports, such as 5 or 23';

function isErrorNumber(value: unknown): value is DeliveryError {
  return typeof value === 'number' && isDeliveryError(value);
}

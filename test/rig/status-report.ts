import type { HttpMessage } from './http-reader.ts';

/** A status report as a customer reads it, whatever form it came in. */
export interface ReceivedReport {
  /** As the gateway gave it back; empty when there was none. */
  readonly reference: string;
  /** The number of the status; -1 when the report could not be understood. */
  readonly status: number;
  readonly error: string;
}

/**
 * Reads a report in JSON, XML or as query parameters (contract §8.2, §8.3, §8.5), or Kannel's
 * dlr-url, whose parameters are the ones the customer put there.
 */
export function readReport(message: HttpMessage): ReceivedReport {
  try {
    if (message.startLine.startsWith('GET ')) return readQuery(message.startLine);
    const text = message.body.toString('utf8');
    return text.startsWith('{') ? readJson(text) : readXml(text);
  } catch {
    // Broken JSON or percent signs: what was sent is no report, which is what the caller counts.
    return unreadable;
  }
}

const unreadable: ReceivedReport = { reference: '', status: -1, error: '' };

function readQuery(startLine: string): ReceivedReport {
  const query = /\?(\S*)/.exec(startLine)?.[1] ?? '';
  const found: Record<string, string> = {};
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0) found[pair.slice(0, equals).toLowerCase()] = pair.slice(equals + 1);
  }
  const { reference = '', status, statusdescription = '' } = found;
  if (status === undefined) return unreadable;
  return {
    reference: decodeURIComponent(reference),
    status: Number(status),
    error: statusdescription,
  };
}

function readJson(text: string): ReceivedReport {
  const document: unknown = JSON.parse(text);
  const report = field(field(document, 'messages'), 'msg');
  const status = field(report, 'status');
  const code = field(status, 'code');
  if (typeof code !== 'string') return unreadable;
  return {
    reference: asText(field(report, 'reference')),
    status: Number(code),
    error: asText(field(status, 'errorCode')),
  };
}

function readXml(text: string): ReceivedReport {
  const code = element(text, 'CODE');
  if (code === '') return unreadable;
  return {
    reference: element(text, 'REFERENCE'),
    status: Number(code),
    error: element(text, 'ERRORCODE'),
  };
}

function element(text: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Reflect.get(value, key);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

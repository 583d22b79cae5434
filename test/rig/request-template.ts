import { indexDigits, writeIndex } from './message-index.ts';

/**
 * A request with holes for message numbers: rendered once, and then each request only overwrites
 * the digits, so that making load costs the generator next to nothing.
 */
export interface RequestTemplate {
  /** Messages in one request. */
  readonly perRequest: number;
  /** A copy of the request to write numbers into; one per connection. */
  create(): Buffer;
  /** Numbers the messages of `request` from `firstIndex` upwards. */
  fill(request: Buffer, firstIndex: number): void;
  /** How many messages an answer accepts. */
  accepted(status: number, body: Buffer): number;
}

export interface JsonTarget {
  readonly host: string;
  readonly token: string;
  readonly perRequest: number;
  /** Letters before the number in each reference; with the digits at most 32. */
  readonly referencePrefix?: string;
}

/** A request to the JSON gateway with `perRequest` messages to one recipient each (contract §3). */
export function createJsonTemplate(target: JsonTarget): RequestTemplate {
  const { perRequest, referencePrefix = 'b' } = target;
  const msg = Array.from({ length: perRequest }, () => ({
    from: SENDER,
    to: [{ number: `00316${HOLE}` }],
    body: { type: 'auto', content: `${TEXT}${HOLE}` },
    allowedChannels: ['SMS'],
    reference: `${referencePrefix}${HOLE}`,
  }));
  const body = JSON.stringify({
    messages: { authentication: { productToken: target.token }, msg },
  });
  const head = [
    'POST /v1.0/message HTTP/1.1',
    `Host: ${target.host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return createTemplate(head, body, perRequest, (status, answer) => {
    if (status !== 200) return 0;
    return Number(/"Created (\d+) message/.exec(answer.toString('latin1'))?.[1] ?? 0);
  });
}

export interface KannelTarget {
  readonly host: string;
  readonly user: string;
  readonly password: string;
  readonly perRequest: number;
  /** Where Kannel reports to; null asks for no reports. */
  readonly reportUrl: string | null;
}

/**
 * Kannel's sendsms. Several recipients stand in one `to`; as they share one dlr-url, the report is
 * then known by the number (%P, the handset), which ends in the same digits as our references.
 */
export function createKannelTemplate(target: KannelTarget): RequestTemplate {
  const { perRequest, reportUrl } = target;
  const to = Array.from({ length: perRequest }, () => `316${HOLE}`).join('+');
  const reference = perRequest === 1 ? `b${HOLE}` : '%p';
  const parameters = [
    `username=${target.user}`,
    `password=${target.password}`,
    `from=${SENDER}`,
    `to=${to}`,
    `text=${encodeURIComponent(TEXT)}${perRequest === 1 ? HOLE : 'several'}`,
  ];
  if (reportUrl !== null) {
    const url = `${reportUrl}?status=%d&reference=${reference}`;
    parameters.push(`dlr-mask=${KANNEL_FINAL_STATES}`, `dlr-url=${encodeURIComponent(url)}`);
  }
  const head = [`GET /cgi-bin/sendsms?${parameters.join('&')} HTTP/1.1`, `Host: ${target.host}`];
  return createTemplate(head, '', perRequest, (status) => (status === 202 ? perRequest : 0));
}

/** Replaced by the eight digits of a message number. */
const HOLE = 'X'.repeat(indexDigits);
const SENDER = 'Chappe';
const TEXT = 'Your bread is ready, we keep it until six. Order ';

/** Delivered (1), undelivered (2) and rejected by the operator (16), as our own statuses 1 to 3. */
const KANNEL_FINAL_STATES = 19;

function createTemplate(
  head: readonly string[],
  body: string,
  perRequest: number,
  accepted: RequestTemplate['accepted'],
): RequestTemplate {
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  const holes: number[] = [];
  for (let at = bytes.indexOf(HOLE); at >= 0; at = bytes.indexOf(HOLE, at + indexDigits)) {
    holes.push(at);
  }
  const holesPerMessage = holes.length / perRequest;
  return {
    perRequest,
    accepted,
    create: () => Buffer.from(bytes),
    fill(request, firstIndex) {
      for (let hole = 0; hole < holes.length; hole += 1) {
        const index = firstIndex + Math.floor(hole / holesPerMessage);
        writeIndex(request, holes[hole] ?? 0, index);
      }
    },
  };
}

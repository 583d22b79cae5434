import { createGatewayDoor, gatewayPaths } from '../../src/api/gateway-door.ts';
import { createGetDoor } from '../../src/api/get/get-door.ts';
import { renderRefusal } from '../../src/api/plain-answers.ts';
import type { XmlLimits } from '../../src/api/xml/limits.ts';
import { createXmlDoor } from '../../src/api/xml/xml-door.ts';
import { defaultHttpLimits, type HttpLimits } from '../../src/http/limits.ts';
import { type HttpListener, listenHttp } from '../../src/http/listener.ts';
import { createRouteFinder } from '../../src/http/router.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { sendRaw } from '../hostile/raw.ts';
import { createDoorRig, type DoorRig, type DoorRigOptions, token } from './door-rig.ts';

export { acceptedAt, everyRoute, token } from './door-rig.ts';

export interface GatewayRigOptions extends DoorRigOptions {
  limits?: Partial<XmlLimits>;
  http?: Partial<HttpLimits>;
}

/** An answer, to the octet. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** All that came after the headers, as text in UTF-8. */
  readonly body: string;
}

/** The XML and GET gateways behind the listener that serves them, on a port. */
export interface GatewayRig extends Omit<DoorRig, 'parts'> {
  readonly port: number;
  /** POSTs a document to the gateway. */
  post(document: string | Buffer, request?: Partial<RawRequest>): Promise<RawAnswer>;
  /** Asks with these parameters, or with a query string as it is. */
  get(query: string | Record<string, string>, request?: Partial<RawRequest>): Promise<RawAnswer>;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** Whole lines. */
  readonly headers: readonly string[];
}

const open: HttpListener[] = [];

/** Closes all that `createGatewayRig` opened. For `afterEach`. */
export async function closeRigs(): Promise<void> {
  await Promise.all(open.splice(0).map((listener) => listener.close(0)));
}

export async function createGatewayRig(options: GatewayRigOptions = {}): Promise<GatewayRig> {
  const { parts, ...rig } = await createDoorRig(options);
  const { limits } = options;
  const door = createGatewayDoor(
    createXmlDoor({ ...parts, clock: systemClock, ...(limits === undefined ? {} : { limits }) }),
    createGetDoor(parts),
  );
  const listener = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    limits: { ...defaultHttpLimits, ...options.http },
    findRoute: createRouteFinder(
      gatewayPaths.map((path) => ({ path, door, refuse: renderRefusal })),
    ),
    onFailure: (_path, error) => rig.failures.push(error),
    after: (delayMs, run) => systemClock.after(delayMs, run),
  });
  open.push(listener);
  const { port } = listener;
  return {
    port,
    async post(document, { method = 'POST', path = gatewayPaths[0], headers = [] } = {}) {
      return exchange(port, `${method} ${path}`, headers, Buffer.from(document));
    },
    async get(query, { method = 'GET', path = gatewayPaths[0], headers = [] } = {}) {
      const text = typeof query === 'string' ? query : String(new URLSearchParams(query));
      return exchange(port, `${method} ${path}?${text}`, headers, Buffer.alloc(0));
    },
    ...rig,
  };
}

async function exchange(
  port: number,
  line: string,
  headers: readonly string[],
  body: Buffer,
): Promise<RawAnswer> {
  const lines = [
    `${line} HTTP/1.1`,
    'Host: gateway',
    'Connection: close',
    ...(body.length > 0 ? [`Content-Length: ${body.length}`] : []),
    ...headers,
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return readAnswer(await sendRaw(port, Buffer.concat([head, body])));
}

/** Reads what came back, one character for each octet. */
export function readAnswer(received: string): RawAnswer {
  const end = received.indexOf('\r\n\r\n');
  const [first = '', ...lines] = received.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = Buffer.from(received.slice(end + 4), 'latin1').toString('utf8');
  return { status: Number(first.split(' ')[1]), headers, body };
}

/** A document with the token and whatever else stands in `MESSAGES`. */
export function wrap(...inner: string[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<MESSAGES>
  <AUTHENTICATION><PRODUCTTOKEN>${token}</PRODUCTTOKEN></AUTHENTICATION>
  ${inner.join('\n  ')}
</MESSAGES>`;
}

const goodFields = {
  FROM: '<FROM>Bakery</FROM>',
  TO: '<TO>0031612345678</TO>',
  BODY: '<BODY>Your bread is ready</BODY>',
};

/** A good `MSG`, some of whose elements are others, as they are to be written; empty ones are left out. */
export function msg(elements: Record<string, string> = {}): string {
  return `<MSG>${Object.values({ ...goodFields, ...elements }).join('')}</MSG>`;
}

/** Good parameters, some of which are others; undefined ones are left out. */
export function parameters(fields: Record<string, string | undefined> = {}): string {
  const all = {
    producttoken: token,
    from: 'Bakery',
    to: '0031612345678',
    body: 'Your bread is ready',
    ...fields,
  };
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`)
    .join('&');
}

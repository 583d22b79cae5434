import { createConversionDoor } from '../../src/api/conversion/conversion-door.ts';
import type { ConversionLimits } from '../../src/api/conversion/limits.ts';
import { createConversionLogins } from '../../src/api/conversion/logins.ts';
import { createConversionsDoor } from '../../src/api/conversions/conversions-door.ts';
import type { DoorRequest } from '../../src/api/door.ts';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { createMessagesDoor } from '../../src/api/messages/messages-door.ts';
import { hashPassword } from '../../src/lib/password.ts';
import { createMemoryStore } from '../../src/store/memory/memory-store.ts';
import { acceptedAt, demo, token } from './door-rig.ts';

/** The doors of conversions on one store. */
export function createConversionRig(limits: Partial<ConversionLimits> = {}) {
  const store = createMemoryStore();
  const clock = { now: () => acceptedAt };
  const accounts = {
    byToken: (given: string) => (given.toLowerCase() === token ? demo : null),
    byId: () => null,
    all: () => [demo],
  };
  const failures: unknown[] = [];
  let isBusy = false;
  const { conversions, history, answers } = store;
  const door = createConversionDoor({
    accounts,
    logins: createConversionLogins([
      {
        customer: '12345',
        login: 'Brand',
        passwordHash: hashPassword('secret', 2),
        account: demo,
      },
    ]),
    conversions,
    history,
    idempotency: createIdempotency({ answers, clock }),
    clock,
    isBusy: () => isBusy,
    limits,
    onFailure: (error) => failures.push(error),
  });
  const list = createConversionsDoor({ conversions, accounts, clock });
  const messages = createMessagesDoor(history, accounts, conversions);

  async function get(path: string, query = '') {
    const headers = { 'x-cm-producttoken': token };
    const request = requestOf({ method: 'GET', path, query, headers });
    const { status, body } = await (path.includes('messages') ? messages : list)(request);
    return { status, ...JSON.parse(body) };
  }
  return {
    store,
    failures,
    beBusy: () => {
      isBusy = true;
    },
    ask: (fields: Partial<DoorRequest>) => door(requestOf(fields)),
    report: (body: string | Buffer, headers: DoorRequest['headers'] = {}) =>
      door(requestOf({ body: Buffer.from(body), headers })),
    get,
    /** The newest conversion, as "reference msisdn time message". */
    async newest(): Promise<string | null> {
      const [one] = await conversions.find({ account: 'demo', limit: 1 });
      if (one === undefined) return null;
      const { reference, msisdn, convertedAt, message } = one;
      return `${reference} ${msisdn} ${new Date(convertedAt).toISOString()} ${message?.id ?? null}`;
    },
  };
}

export function requestOf(fields: Partial<DoorRequest>): DoorRequest {
  const empty = { query: '', headers: {}, body: Buffer.alloc(0), peer: '192.0.2.1' };
  return { method: 'POST', path: '/v1.0/conversion', ...empty, ...fields };
}

export function jsonOf(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ProductToken: token,
    Reference: 'r',
    ConvertedTimestamp: '2026-03-01T10:16:00',
    ...fields,
  });
}

export function xmlOf(fields: Record<string, string | undefined> = {}): string {
  const all = {
    ProductToken: token,
    Reference: 'r',
    ConvertedTimestamp: '2026-03-01T10:16:00.000',
    ...fields,
  };
  const elements = Object.entries(all).map(([name, value]) =>
    value === undefined ? '' : `<${name}>${value}</${name}>`,
  );
  return `<Conversion>${elements.join('')}</Conversion>`;
}

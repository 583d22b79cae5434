import assert from 'node:assert/strict';
import { createConversionDoor } from '../../src/api/conversion/conversion-door.ts';
import { createConversionLogins } from '../../src/api/conversion/logins.ts';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { hashPassword } from '../../src/lib/password.ts';
import type { Random } from '../../src/lib/random.ts';
import type { ReportedConversion } from '../../src/store/conversion-contract.ts';
import { acceptedAt, demo, token } from '../doors/door-rig.ts';
import { pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

const fields = {
  ProductToken: token,
  Reference: 'order4711',
  Msisdn: '0031612345678',
  ConvertedTimestamp: '2026-03-01T10:16:00.123',
  NotificationTimestamp: '2026-03-01 10:16:01+05:30',
};
const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
const login = '<Customer>12345</Customer><Login>Brand</Login><Password>secret</Password>';

const seeds = [
  JSON.stringify(fields),
  JSON.stringify({ ...fields, Msisdn: 31612345678, Extra: { a: [null, 'é🍞'] } }),
  JSON.stringify({ Customer: 12345, Login: 'Brand', Password: 'secret', Reference: 'r' }),
  `\ufeff<?xml version="1.0"?>\n<Conversion>${elements.join('\n')}</Conversion>`,
  `<CONVERSION>${login}<Reference><![CDATA[r]]>&amp;&#x20ac;</Reference><ConvertedTimestamp>2026-03-01T10:16Z</ConvertedTimestamp></CONVERSION>`,
  `<!DOCTYPE c [<!ENTITY a "aa">]><Conversion>${elements.join('')}&a;</Conversion>`,
].map((text) => Buffer.from(text));

const contentTypes = ['', 'application/json', 'text/xml; charset=utf-8', 'text/plain'];
const counts = { tried: 0, recorded: 0, malformed: 0, unauthorised: 0 };
const clock = { now: () => acceptedAt };

const door = createConversionDoor({
  accounts: {
    byToken: (given) => (given.toLowerCase() === token ? demo : null),
    byId: () => null,
    all: () => [demo],
  },
  logins: createConversionLogins([
    { customer: '12345', login: 'Brand', passwordHash: hashPassword('secret', 2), account: demo },
  ]),
  conversions: {
    async record({ reported }) {
      check(reported);
      return { kind: 'recorded' };
    },
  },
  history: { find: () => Promise.resolve([]) },
  idempotency: createIdempotency({ answers: { find: () => Promise.resolve(null) }, clock }),
  clock,
  isBusy: () => false,
  onFailure(error) {
    throw error;
  },
});

/** What is recorded is always whole. */
function check({ account, reference, msisdn, convertedAt, notifiedAt }: ReportedConversion): void {
  assert.equal(account, 'demo');
  assert.ok(reference !== null || msisdn !== null);
  assert.ok(reference === null || (reference.length > 0 && reference.length <= 100));
  assert.match(msisdn ?? '3161234', /^\d{7,15}$/);
  assert.ok(Number.isSafeInteger(convertedAt) && Number.isSafeInteger(notifiedAt ?? 0));
}

/** A good report, one of whose fields holds a piece of the input. */
function inField(input: Buffer, random: Random): Buffer {
  const text = input.toString('utf8');
  const start = random.uint32() % (text.length + 1);
  const piece = text.slice(start, start + (random.uint32() % 30));
  const report = { ...fields, [pick(Object.keys(fields), random)]: piece };
  return Buffer.from(JSON.stringify(report));
}

/** The conversion door, with JSON and XML. */
export const conversionTarget: FuzzTarget = {
  about: 'POST /v1.0/conversion: JSON and XML, whatever the content type says',
  seeds,
  async attempt(input, random) {
    const contentType = pick(contentTypes, random);
    const { status, body } = await door({
      method: 'POST',
      path: '/v1.0/conversion',
      query: '',
      headers: { 'content-type': contentType },
      body: random.uint32() % 2 === 0 ? input : inField(input, random),
      peer: '192.0.2.1',
    });
    counts.tried++;
    assert.equal(body === '', status === 200, 'an empty body is a good one');
    if (status === 200) counts.recorded++;
    else if (status === 400) counts.malformed++;
    else if (status === 401) counts.unauthorised++;
    else assert.equal(status, 413);
  },
  summarise() {
    const percent = Math.round((100 * counts.recorded) / Math.max(1, counts.tried));
    return `${percent} % recorded, ${counts.malformed} refused, ${counts.unauthorised} of nobody`;
  },
};

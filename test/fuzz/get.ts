import assert from 'node:assert/strict';
import { createGetDoor } from '../../src/api/get/get-door.ts';
import { readQuery } from '../../src/api/get/query.ts';
import type { Random } from '../../src/lib/random.ts';
import { token } from '../doors/door-rig.ts';
import { createFuzzedDoor } from './gateway.ts';
import { pick } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

/** A token of nobody. */
const otherToken = token.replace('5', '6');

const good = `producttoken=${token}&body=Your+bread+is+ready&to=0031612345678&from=Bakery&reference=r1`;

const queries = [
  good,
  `PRODUCTTOKEN=${token.toUpperCase()}&BODY=${'a%E2%82%AC'.repeat(90)}&To=%2B31612345678&fROM=31612345678`,
  `producttoken=${otherToken}&body=x&to=0031612345678&from=Bakery`,
  'producttoken=&body=%&to=%0d%0a&from=%00&appkey=1',
];

/** What queries are made of; every other one is put together out of these. */
const pieces = [
  `producttoken=${token}`,
  'producttoken',
  'from=Bakery',
  'FROM=',
  'to=0031612345678',
  'to=%30031612345678',
  'To=x',
  'body=Your+bread',
  'body=%F0%9F%8D%9E',
  'body=%C3',
  'body=%zz%',
  'reference=r%201',
  'reference=',
  `appkey=${otherToken}`,
  'msg=1',
  'dcs=8',
  '__proto__=1',
  '=',
  '%3D=%26',
  '\u00e9',
];

const door = createFuzzedDoor(createGetDoor);
const counts = { sent: 0, accepted: 0 };

/** The query and the door of the GET gateway. */
export const getTarget: FuzzTarget = {
  about: 'HTTP GET: query string and door, several requests one after the other',
  seeds: [good, good, good, ...queries].map((text) => Buffer.from(text)),
  async attempt(input, random) {
    const query = random.uint32() % 2 === 0 ? compose(random) : input.toString('latin1');
    checkReader(query);
    counts.sent++;
    if (await door.send({ method: 'GET', query })) counts.accepted++;
    // What came before is of no consequence to who comes next.
    if (random.uint32() % 8 === 0) {
      assert.ok(await door.send({ method: 'GET', query: good }), 'the good one');
    }
  },
  summarise() {
    return `${Math.round((100 * counts.accepted) / Math.max(1, counts.sent))} % accepted`;
  },
};

/** Where a query is ASCII and its values UTF-8, it means what the URL standard says, joined by commas. */
function checkReader(query: string): void {
  const { values, fault } = readQuery(query);
  // The standard's parser takes text, and drops a byte order mark that we leave to those who check values.
  if (!/^[\x20-\x7e]*$/.test(query) || /%EF%BB%BF/i.test(query)) return;
  const standard = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query.replace(/^\?/, '%3F'))) {
    const key = name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
    standard.set(key, [...(standard.get(key) ?? []), value]);
  }
  for (const [name, value] of Object.entries(values)) {
    const expected = standard.get(name)?.join(',') ?? null;
    if (fault === null || !expected?.includes('\ufffd')) assert.equal(value, expected, name);
  }
}

function compose(random: Random): string {
  const chosen = random.uint32() % 4 === 0 ? [] : good.split('&');
  // Now and then one that is needed gives way to another.
  for (let left = random.uint32() % 4; left > 0; left--) {
    chosen.splice(random.uint32() % 8, random.uint32() % 2, pick(pieces, random));
  }
  return chosen.join('&');
}

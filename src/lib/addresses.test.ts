import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createAddressGuard, loopbackNetworks } from './addresses.ts';

const guard = createAddressGuard([]);

/** First and last address of a special block with the public neighbours it must not swallow. */
const ipv4Blocks: readonly [
  first: string,
  last: string,
  below: string | null,
  above: string | null,
][] = [
  ['0.0.0.0', '0.255.255.255', null, '1.0.0.0'],
  ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
  ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
  ['192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
  ['192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
  ['198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['224.0.0.0', '239.255.255.255', '223.255.255.255', null],
  ['240.0.0.0', '255.255.255.255', null, null],
];

const refusedIpv6 = [
  '::',
  '::1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '::ffff:0:127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b::808:808',
  '64:ff9b:1::1',
  '100::1',
  '100:0:0:1::1',
  '1fff:ffff::1',
  '2001::1',
  '2001:0:4136:e378:8000:63bf:3fff:fdd2',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '2001:1ff:ffff::1',
  '2001:db8::1',
  '2001:db8:ffff::1',
  '2002:7f00:1::1',
  '2002:ffff::1',
  '2620:4f:8000::1',
  '3fff::1',
  '3fff:fff::1',
  '4000::1',
  '5f00::1',
  'fc00::1',
  'fd00:ec2::254',
  'fd20:ce::254',
  'fdff:ffff::1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fec0::1',
  'ff02::1',
  'ff0e::1',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];

const publicIpv6 = [
  '2001:200::1',
  '2001:db7::1',
  '2001:db9::1',
  '2003::1',
  '2600::1',
  '2620:4f:7fff::1',
  '2620:4f:8001::1',
  '2a00:1450:4001:80b::200e',
  '3ffe:ffff::1',
  '3fff:1000::1',
];

describe('the addresses that may be connected to', () => {
  for (const [first, last, below, above] of ipv4Blocks) {
    it(`refuses ${first} to ${last} and nothing beside them`, () => {
      assert.notEqual(guard.refusal(first), null);
      assert.notEqual(guard.refusal(last), null);
      if (below !== null) assert.equal(guard.refusal(below), null);
      if (above !== null) assert.equal(guard.refusal(above), null);
    });
  }

  it('agrees with the blocks about every other IPv4 address, mapped into IPv6 or not', () => {
    const ranges = ipv4Blocks.map(([first, last]) => [toNumber(first), toNumber(last)] as const);
    const anywhere = fc.oneof(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc
        .tuple(fc.constantFrom(...ranges.flat()), fc.integer({ min: -3, max: 3 }))
        .map(([edge, step]) => Math.min(Math.max(edge + step, 0), 0xffff_ffff)),
    );
    fc.assert(
      fc.property(anywhere, (value) => {
        const isSpecial = ranges.some(([first, last]) => first <= value && value <= last);
        assert.equal(guard.refusal(toText(value)) !== null, isSpecial);
        assert.notEqual(guard.refusal(`::ffff:${toText(value)}`), null);
      }),
      { numRuns: 3_000 },
    );
  });

  for (const address of refusedIpv6) {
    it(`refuses ${address}`, () => assert.notEqual(guard.refusal(address), null));
  }

  for (const address of publicIpv6) {
    it(`lets ${address} through`, () => assert.equal(guard.refusal(address), null));
  }

  it('refuses what is no address', () => {
    for (const text of [
      '',
      'localhost',
      '1.2.3',
      '0x7f.0.0.1',
      '[::1]',
      '8.8.8.8 ',
      '8.8.8.8:80',
    ]) {
      assert.notEqual(guard.refusal(text), null, text);
    }
  });

  it('says which block an address belongs to', () => {
    assert.equal(guard.refusal('127.0.0.1'), '127.0.0.1 is loopback (127.0.0.0/8)');
  });
});

describe('networks allowed by the settings', () => {
  it('opens these networks and no others', () => {
    const open = createAddressGuard([...loopbackNetworks, '10.1.0.0/16', 'fd12::/16']);
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '10.1.2.3', 'fd12::5', '8.8.8.8']) {
      assert.equal(open.refusal(address), null, address);
    }
    for (const address of ['10.2.0.1', '192.168.0.1', 'fd13::5', '169.254.169.254', '::2']) {
      assert.notEqual(open.refusal(address), null, address);
    }
  });

  for (const network of [
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '::/129',
    'x/8',
    '10.0.0.0/8/8',
  ]) {
    it(`does not take "${network}" for a network`, () => {
      assert.throws(() => createAddressGuard([network]), RangeError);
    });
  }
});

function toNumber(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createClientAddresses, proxyHopsMax } from './client-address.ts';

const clients = createClientAddresses(['10.0.0.0/8', 'fd00::/8']);

describe('whose request it is', () => {
  for (const [title, peer, header, expected] of [
    ['nobody trusted: the header is a lie', '192.0.2.9', '198.51.100.1', '192.0.2.9'],
    ['a proxy names the client', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['a proxy without a header', '10.0.0.1', undefined, '10.0.0.1'],
    ['a proxy over an IPv6 socket', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['an IPv6 proxy', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['two proxies', '10.0.0.1', '198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['the client forged one in front', '10.0.0.1', '203.0.113.7, 198.51.100.1', '198.51.100.1'],
    ['the client forged a proxy', '10.0.0.1', '10.9.9.9, 198.51.100.1', '198.51.100.1'],
    ['the client is inside', '10.0.0.1', '10.0.0.77', '10.0.0.77'],
    ['with a port', '10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['with brackets', '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['mapped', '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['nonsense is not believed', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['nonsense behind a client', '10.0.0.1', '198.51.100.1, x', '10.0.0.1'],
    ['nonsense in front of a proxy', '10.0.0.1', 'x, 10.0.0.2', '10.0.0.2'],
    ['empty', '10.0.0.1', '', '10.0.0.1'],
    ['only a comma', '10.0.0.1', ',', '10.0.0.1'],
    ['digits beyond an address', '10.0.0.1', '999.1.1.1', '10.0.0.1'],
  ] as const) {
    test(title, () => assert.equal(clients.of(peer, header), expected));
  }

  test('without trusted proxies no header is believed', () => {
    assert.equal(createClientAddresses([]).of('10.0.0.1', '198.51.100.1'), '10.0.0.1');
  });

  test('a long chain of proxies is followed so far and no further', () => {
    const chain = (hops: number) => `198.51.100.1${', 10.0.0.2'.repeat(hops)}`;
    assert.equal(clients.of('10.0.0.1', chain(proxyHopsMax - 1)), '198.51.100.1');
    assert.equal(clients.of('10.0.0.1', chain(proxyHopsMax)), '10.0.0.2');
  });
});

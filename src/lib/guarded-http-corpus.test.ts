import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { systemClock } from './clock.ts';
import { createGuardedHttp, type GuardedHttp } from './guarded-http.ts';

/**
 * Spellings of targets inside the house (reliability §4 row 4, §6 S3). Each is called for real, with plain http
 * allowed and every name resolving to this machine; "PORT" is where a listener counts who comes.
 */
const insideIpv4 = [
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.0.0.2',
  '127.1.2.3',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.254',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
];

const insideIpv6 = [
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '0000:0000:0000:0000:0000:0000:0000:0001',
  '::0001',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:7F00:0001',
  '0:0:0:0:0:ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '::ffff:10.0.0.1',
  '::ffff:0:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  '2001:0:7f00:1::',
  '2001:db8::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  'fd20:ce::254',
];

const tricks = [
  // Names that lead inside.
  'http://localhost:PORT/',
  'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/',
  'http://localhost.localdomain:PORT/',
  'http://foo.localhost:PORT/',
  'http://ip6-localhost:PORT/',
  'http://127.0.0.1.nip.example:PORT/',
  'http://7f000001.rebind.example:PORT/',
  'http://metadata.google.internal:PORT/computeMetadata/v1/',
  'http://kubernetes.default.svc:PORT/',
  'http://xn--lcalhost-f4a:PORT/',
  'http://a.b.c.d.e.f.example:PORT/',
  // Dots and digits that normalise to plain ones (UTS 46).
  'http://127。0。0。1:PORT/',
  'http://127．0．0．1:PORT/',
  'http://127｡0｡0｡1:PORT/',
  'http://１２７.0.0.1:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://𝟏𝟐𝟕.0.0.1:PORT/',
  'http://127.0.0.1。:PORT/',
  'http://ｌｏｃａｌｈｏｓｔ:PORT/',
  'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/',
  'http://local\u00adhost:PORT/',
  'http://loc\u200balhost:PORT/',
  'http://[::ﬀff:7f00:1]:PORT/',
  // Percent signs in the host.
  'http://%31%32%37.0.0.1:PORT/',
  'http://127%2e0%2e0%2e1:PORT/',
  'http://%6c%6f%63%61%6c%68%6f%73%74:PORT/',
  'http://127.0.0.1%00.example:PORT/',
  'http://127.0.0.1%0d%0a.example:PORT/',
  'http://%5b::1%5d:PORT/',
  // User names that look like hosts.
  'http://example.com@127.0.0.1:PORT/',
  'http://example.com:80@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT@example.com/',
  'http://example.com:443%40@127.0.0.1:PORT/',
  'http://a:b@localhost:PORT/',
  'http://:@127.0.0.1:PORT/',
  'http://:secret@example.com:PORT/',
  'http://user@example.com:PORT/',
  'http://example.com%00@127.0.0.1:PORT/',
  'http://[::1]@127.0.0.1:PORT/',
  // Slashes, backslashes and blanks.
  'http:\\\\127.0.0.1:PORT\\',
  'http:/127.0.0.1:PORT/',
  'http:127.0.0.1:PORT/',
  'http:////127.0.0.1:PORT/',
  'http://///127.0.0.1:PORT/',
  'http://example.com\\@127.0.0.1:PORT/',
  'http://127.0.0.1:PORT\\@example.com/',
  'http://127.0.0.1:PORT#@example.com/',
  'http://127.0.0.1:PORT?@example.com/',
  'http://127.0.0.1:PORT/@example.com',
  'http://127.0.0.1:PORT;@example.com/',
  ' http://127.0.0.1:PORT/ ',
  '\u0000http://127.0.0.1:PORT/',
  'ht\ntp://127.0.0.1:PORT/',
  'http://127.\t0.0.1:PORT/',
  'http://127.0.0.1:PORT/\r\nHost: example.com',
  'http://127.0.0.1\n:PORT/',
  'HTTP://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT',
  'http://127.0.0.1:0PORT/',
  // Short, long and odd forms of addresses.
  'http://0:PORT/',
  'http://0.0:PORT/',
  'http://0x0:PORT/',
  'http://00:PORT/',
  'http://1:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://127.000.000.001:PORT/',
  'http://0177.0.0.01:PORT/',
  'http://0x7f.1:PORT/',
  'http://0x7f.0x0.0x0.0x1:PORT/',
  'http://0x7F000001:PORT/',
  'http://0X7f.0.0.1:PORT/',
  'http://00000000177.0.0.1:PORT/',
  'http://0x0000000007f.0.0.1:PORT/',
  'http://2130706433:PORT/',
  'http://017700000001:PORT/',
  'http://127.0.0.01:PORT/',
  'http://127.65535:PORT/',
  'http://127.0.0.256:PORT/',
  'http://256.256.256.256:PORT/',
  'http://4294967296:PORT/',
  'http://127.0.0.1.1:PORT/',
  'http://0x:PORT/',
  'http://127..0.1:PORT/',
  'http://.127.0.0.1:PORT/',
  // Zone ids and broken IPv6.
  'http://[fe80::1%25lo]:PORT/',
  'http://[fe80::1%lo]:PORT/',
  'http://[::1%25lo0]:PORT/',
  'http://[::1]/:PORT/',
  'http://[::1:PORT/',
  'http://::1:PORT/',
  'http://[::1].:PORT/',
  'http://[::1]example.com:PORT/',
  'http://[127.0.0.1]:PORT/',
  'http://[0x7f000001]:PORT/',
  'http://[::127.0.0.01]:PORT/',
  'http://[v1.127.0.0.1]:PORT/',
  // Ports that are not for web servers.
  'http://example.com:22/',
  'http://example.com:25/',
  'http://example.com:53/',
  'http://example.com:1/',
  'http://example.com:1023/',
  'https://example.com:389/',
  'http://example.com:0/',
  'http://example.com:65536/',
  'http://example.com:-1/',
  // Other schemes.
  'file:///etc/passwd',
  'ftp://127.0.0.1:PORT/',
  'gopher://127.0.0.1:PORT/_GET',
  'data:text/plain,x',
  'javascript:1',
  'blob:http://127.0.0.1:PORT/x',
  'ws://127.0.0.1:PORT/',
  'unix:/var/run/docker.sock',
  'http+unix://%2Fvar%2Frun%2Fdocker.sock/',
  'view-source:http://127.0.0.1:PORT/',
  'jar:http://127.0.0.1:PORT/!/',
  'dict://127.0.0.1:PORT/',
  'tftp://127.0.0.1:PORT/x',
  // No URL at all.
  '',
  'http://',
  'http:///',
  '//127.0.0.1:PORT/',
  '/hook',
  '127.0.0.1:PORT',
  'localhost:PORT/',
  'http://?x=1',
  'http://#',
  `http://127.0.0.1:PORT/${'a'.repeat(3000)}`,
];

const corpus: readonly string[] = [
  ...insideIpv4.flatMap((address) => spellIpv4(address).map((host) => `http://${host}:PORT/hook`)),
  ...insideIpv6.map((address) => `http://[${address}]:PORT/hook`),
  ...tricks,
];

describe('targets inside the house', () => {
  let visits = 0;
  const listener = createServer((_request, response) => {
    response.setHeader('connection', 'close');
    response.end();
  });
  listener.on('connection', () => visits++);
  let port = 0;
  let http: GuardedHttp;

  before(async () => {
    listener.listen(0);
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
    http = createGuardedHttp({
      allowedNetworks: [],
      plainHttp: true,
      clock: systemClock,
      resolver: async () => ['127.0.0.1'],
    });
  });

  after(async () => {
    await http.close();
    listener.close();
  });

  it('the corpus has at least 200 spellings, all different', () => {
    assert.equal(new Set(corpus).size, corpus.length);
    assert.ok(corpus.length >= 200, `${corpus.length}`);
  });

  for (const spelling of corpus) {
    it(`are not called as ${JSON.stringify(spelling.slice(0, 80))}`, async () => {
      const url = spelling.replaceAll('PORT', String(port));
      for (const variant of [url, url === '' ? '?q=1' : `${url}?q=1`, `${url}#f`]) {
        const outcome = await http.send({
          method: 'POST',
          url: variant,
          headers: {},
          body: 'x',
          timeoutMs: 5_000,
        });
        assert.equal(outcome.kind, 'forbidden', JSON.stringify(outcome));
      }
    });
  }

  it('have had no visitor after all that', () => {
    assert.equal(visits, 0);
  });

  it('are called when the settings allow it, so the listener does count', async () => {
    const open = createGuardedHttp({
      allowedNetworks: ['127.0.0.0/8'],
      plainHttp: true,
      clock: systemClock,
      resolver: async () => ['127.0.0.1'],
    });
    for (const host of ['127.0.0.1', '0x7f.1', 'localhost', 'hook.example', '127。0。0。1']) {
      const url = `http://${host}:${port}/hook`;
      const request = { method: 'GET', url, headers: {}, body: null, timeoutMs: 5_000 } as const;
      assert.deepEqual(await open.send(request), { kind: 'answered', status: 200 });
    }
    await open.close();
    assert.equal(visits, 5);
  });
});

/** The ways in which the URL standard lets an IPv4 address be written. */
function spellIpv4(address: string): readonly string[] {
  const octets = address.split('.').map(Number);
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  return [
    address,
    String(whole),
    `0x${whole.toString(16)}`,
    `0${whole.toString(8)}`,
    octets.map((octet) => `0x${octet.toString(16)}`).join('.'),
    octets.map((octet) => `0${octet.toString(8)}`).join('.'),
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${address}.`,
  ];
}

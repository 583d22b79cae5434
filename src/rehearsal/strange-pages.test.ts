import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DoorRequest } from '../api/door.ts';
import { json } from '../api/problem.ts';
import { keepStrangePagesOut } from './strange-pages.ts';

const door = keepStrangePagesOut(async () => json(200, {}), ['Gw.bakery.example']);

function ask(headers: DoorRequest['headers']) {
  const request = { method: 'POST', path: '/api/handsets', query: '', body: Buffer.alloc(0) };
  return door({ ...request, headers, peer: '127.0.0.1', isSuspect: false });
}

const local = '127.0.0.1:8080';

const cases: readonly (readonly [what: string, headers: DoorRequest['headers'], status: number])[] =
  [
    ['a program at an address', { host: local }, 200],
    ['a program at an IPv6 address', { host: '[::1]:8080' }, 200],
    ['a program at an address of the network', { host: '192.168.1.7' }, 200],
    ['localhost', { host: 'LocalHost:8080' }, 200],
    ['a name of loopback', { host: 'chappe.localhost:8080' }, 200],
    ['a container by its name', { host: 'chappe:8080' }, 200],
    ['the name in the settings', { host: 'gw.Bakery.example' }, 200],
    ['the name in the settings, written out', { host: 'gw.bakery.example.:8080' }, 200],
    ['HTTP/1.0 without a name', {}, 200],
    [
      'our own page',
      { host: local, origin: `http://${local}`, 'sec-fetch-site': 'same-origin' },
      200,
    ],
    [
      'our own page behind TLS',
      { host: 'gw.bakery.example', origin: 'https://gw.bakery.example' },
      200,
    ],
    [
      'an address typed in',
      { host: local, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
      200,
    ],
    ['a link', { host: local, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 200],
    ['a name that leads here (rebinding)', { host: 'evil.example:8080' }, 403],
    ['its page, too', { host: 'evil.example', origin: 'http://evil.example' }, 403],
    ['a name above ours', { host: 'bakery.example' }, 403],
    ['a name below ours', { host: 'evil.gw.bakery.example' }, 403],
    ['a name that looks like an address', { host: '127.0.0.1.evil.example' }, 403],
    ['a name that ends as loopback does', { host: 'evillocalhost.example' }, 403],
    ['a form of another page', { host: local, origin: 'https://evil.example' }, 403],
    ['a page of another port', { host: local, origin: 'http://127.0.0.1:3000' }, 403],
    ['a sandboxed page', { host: local, origin: 'null' }, 403],
    [
      'a page whose name ends in ours',
      { host: 'chappe', origin: 'http://evil.example/chappe' },
      403,
    ],
    [
      'a picture',
      { host: local, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
      403,
    ],
  ];

describe('who may call the stage, which asks for no token', () => {
  for (const [what, headers, status] of cases) {
    it(`${what}: ${status}`, async () => {
      assert.equal((await ask(headers)).status, status);
    });
  }
});

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, test } from 'node:test';
import { createVirtualClock } from '../rehearsal/virtual-clock.ts';
import { createPlainLog } from './log.ts';
import type { TlsCredentials } from './net.ts';
import { ecCertificate, ecKey, rsaCertificate, rsaKey } from './test-certificates.ts';
import { keepTls, tlsCheckPeriodMs, tlsWarningMs } from './tls-keeper.ts';

const startAt = Date.UTC(2027, 0, 1);
const dayMs = 24 * 60 * 60 * 1_000;

async function keep(at = startAt) {
  const clock = createVirtualClock({ startAt: at });
  const lines: string[] = [];
  const files = new Map([
    ['c', ecCertificate],
    ['k', ecKey],
  ]);
  const keeper = await keepTls({
    name: 'http',
    files: { certificate: 'c', key: 'k', minVersion: '1.2' },
    clock,
    log: createPlainLog('info', (line) => lines.push(line)),
    readText: async (path) => files.get(path) ?? '',
  });
  const served: TlsCredentials[] = [];
  keeper.tls.onRenewal?.((next) => served.push(next));
  return { clock, lines, files, keeper, served };
}

describe('a certificate that is watched', () => {
  test('files that stay are looked at and change nothing', async () => {
    const { clock, lines, served } = await keep();
    await clock.advance(10 * tlsCheckPeriodMs);
    assert.deepEqual([served, lines], [[], []]);
  });

  test('new files are served within the period, and told once', async () => {
    const { clock, lines, files, served, keeper } = await keep();
    files.set('c', rsaCertificate).set('k', rsaKey);
    await clock.advance(tlsCheckPeriodMs - 1);
    assert.equal(served.length, 0);
    await clock.advance(3 * tlsCheckPeriodMs);
    assert.equal(served.length, 1);
    assert.equal(served[0]?.cert, rsaCertificate);
    assert.equal(keeper.tls.key, rsaKey);
    assert.equal(keeper.expiresAt, new X509Certificate(rsaCertificate).validToDate.getTime());
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^The certificate was renewed\. listener=http until=/);
  });

  test('while one of the two is old the old pair is kept, which is told once', async () => {
    const { clock, lines, files, served, keeper } = await keep();
    files.set('c', rsaCertificate);
    await clock.advance(5 * tlsCheckPeriodMs);
    assert.equal(served.length, 0);
    assert.equal(keeper.tls.cert, ecCertificate);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^error: The new certificate cannot be used; the old one is kept/);
    files.set('k', rsaKey);
    await clock.advance(tlsCheckPeriodMs);
    assert.equal(served.length, 1);
  });

  test('who asks gets a word at once, each time', async () => {
    const { lines, files, keeper, served } = await keep();
    await keeper.reload();
    files.set('c', 'broken');
    await keeper.reload();
    await keeper.reload();
    files.set('c', rsaCertificate).set('k', rsaKey);
    await keeper.reload();
    assert.deepEqual(
      lines.map((line) => line.split('.')[0]),
      [
        'The certificate has not changed',
        'error: The new certificate cannot be used; the old one is kept',
        'error: The new certificate cannot be used; the old one is kept',
        'The certificate was renewed',
      ],
    );
    assert.equal(served.length, 1);
  });

  test('who listens no more is not told, and nothing is read after the stop', async () => {
    const { clock, files, keeper, served } = await keep();
    const more: TlsCredentials[] = [];
    keeper.tls.onRenewal?.((next) => more.push(next))();
    files.set('c', rsaCertificate).set('k', rsaKey);
    keeper.stop();
    await clock.advance(10 * tlsCheckPeriodMs);
    assert.deepEqual([served, more], [[], []]);
  });

  test('its end is told two weeks before, once a day, and after it', async () => {
    const endsAt = new X509Certificate(ecCertificate).validToDate.getTime();
    const { clock, lines } = await keep(endsAt - tlsWarningMs - tlsCheckPeriodMs);
    assert.equal(lines.length, 0);
    await clock.advance(tlsCheckPeriodMs);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^warn: The certificate ends soon or has ended: renew it\./);
    await clock.advance(2 * dayMs);
    assert.equal(lines.length, 3);
  });
});

test('a start with files that do not fit is no start', async () => {
  const clock = createVirtualClock({ startAt });
  const log = createPlainLog('info', () => {});
  const files = { certificate: 'c', key: 'k', minVersion: '1.2' } as const;
  const readText = async () => '';
  await assert.rejects(keepTls({ name: 'http', files, clock, log, readText }), /no certificate/);
  assert.equal(clock.pending, 0);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkSmsSettings, smsSettingFields } from './settings.ts';

const least = { hosts: ['smsc.example.net:3550'], systemId: 'chappe' };

function faultsOf(raw: unknown): readonly string[] {
  const checked = checkSmsSettings(raw);
  return 'faults' in checked ? checked.faults : [];
}

test('hosts and a system id are enough; the rest is as the reference has it', () => {
  const settings = checkSmsSettings(least);
  assert.ok(!('faults' in settings));
  assert.deepEqual(settings.hosts, [{ host: 'smsc.example.net', port: 3550 }]);
  assert.equal(settings.tls, true, 'plain text is opt-in');
  assert.equal(settings.bindMode, 'trx');
  assert.equal(settings.window, 10);
  assert.equal(settings.rate, null);
  assert.equal(settings.enquireLinkMs, 30_000);
  assert.equal(settings.enquireLinkTimeoutMs, 10_000);
  assert.equal(settings.responseTimeoutMs, 30_000);
  assert.deepEqual([settings.reconnectFirstMs, settings.reconnectLongestMs], [1_000, 60_000]);
  assert.deepEqual(settings.shortCodePlan, { ton: 3, npi: 0 });
  assert.deepEqual(settings.alphanumericPlan, { ton: 5, npi: 0 });
  assert.deepEqual(settings.internationalPlan, { ton: 1, npi: 1 });
  assert.equal(settings.nationalPlan, null);
  assert.deepEqual(
    [settings.concat, settings.defaultAlphabet, settings.validity],
    ['udh8', 'gsm', 'relative'],
  );
  assert.deepEqual([settings.idForm, settings.onUnknown], ['auto', 'resend']);
});

test('every setting has a label and a sentence, and the password is a secret', () => {
  for (const [name, field] of Object.entries(smsSettingFields)) {
    assert.match(name, /^[a-z][A-Za-z]*$/);
    assert.notEqual(field.label, '');
    assert.match(field.help, /\.$/, name);
  }
  const secrets = Object.entries(smsSettingFields).filter(([, field]) => 'secret' in field);
  assert.deepEqual(
    secrets.map(([name]) => name),
    ['password'],
  );
});

test('the README has every setting with its default and its sentence', () => {
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
  const rows = readme.slice(readme.indexOf('## Settings')).match(/^\| `.*$/gm) ?? [];
  const expected = Object.entries(smsSettingFields).map(([name, field]) => {
    const shown = !('default' in field)
      ? 'required'
      : `\`${JSON.stringify(writeDefault(field.default))}\``;
    return `| \`${name}\` | ${shown} | ${field.help} |`;
  });
  assert.deepEqual(rows, expected);
});

function writeDefault(value: unknown): unknown {
  const isPlan = typeof value === 'object' && value !== null && 'ton' in value && 'npi' in value;
  return isPlan ? `${String(value.ton)}/${String(value.npi)}` : value;
}

test('what is missing is named', () => {
  const faults = faultsOf({});
  assert.equal(faults.length, 2);
  assert.match(faults[0] ?? '', /^`hosts` is missing: The SMSC as "host:port"/);
  assert.match(faults[1] ?? '', /^`systemId` is missing/);
});

test('each fault is a sentence that says what to do', () => {
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ['hosts', [], /at least 1/],
    ['hosts', 'smsc:2775', /a list/],
    ['hosts', ['smsc'], /item 1: it must be "host:port"/],
    ['hosts', ['a:1', 'smsc:0'], /item 2/],
    ['hosts', ['smsc:65536'], /host:port/],
    ['hosts', [2775], /host:port/],
    ['tls', 'yes', /true or false/],
    ['tlsServerName', '10.0.0.1', /host name/],
    ['tlsServerName', '::1', /host name/],
    ['bindMode', 'rx', /one of trx, tx\+rx/],
    ['binds', 0, /from 1 to 64/],
    ['binds', 65, /from 1 to 64/],
    ['binds', 1.5, /whole number/],
    ['systemId', '', /not be empty/],
    ['systemId', 5, /must be text/],
    ['password', 'x'.repeat(65), /at most 64/],
    ['password', 'a\0b', /no NUL/],
    ['systemType', 'łódź', /Latin-1/],
    ['window', 0, /from 1 to 10000/],
    ['window', 10_001, /from 1 to 10000/],
    ['window', '10', /whole number/],
    ['rate', 0, /0\.1 to 100000/],
    ['rate', 'fast', /or null/],
    ['shortCodePlan', '7/0', /TON 0 to 6/],
    ['shortCodePlan', '3/19', /NPI 0 to 18/],
    ['shortCodePlan', '3', /TON\/NPI/],
    ['nationalPlan', 21, /TON\/NPI/],
    ['allowedSenders', [''], /1 to 20 characters/],
    ['tlvs', [{ tag: 0, text: 'x' }], /`tag` from 1/],
    ['tlvs', [{ tag: 5 }], /either `text` or `hex`/],
    ['tlvs', [{ tag: 5, hex: 'abc' }], /either `text` or `hex`/],
    ['tlvs', [{ tag: 5, hex: 'ab', text: 'x' }], /either `text` or `hex`/],
    ['tlvs', ['x'], /\{tag, text\}/],
    ['receiptTimeZone', 'Mars/Olympus', /time zone/],
    ['receiptTimeZone', 2, /time zone/],
    ['operatorTag', 0x1_0000, /65535/],
    ['tariffTag', 0x1_0000, /65535/],
    ['tariffTag', 0, /1/],
    ['statusErrors', [{ match: '0x411', kind: 'P', code: 22 }], /as a number in `match`/],
    ['statusErrors', [{ match: 0x411, kind: 'X', code: 22 }], /T, Q, P or S/],
    ['statusErrors', [{ match: 0x411, kind: 'P', code: 32 }], /`code`/],
    ['statusErrors', [5], /\{match, kind, code\}/],
    ['receiptErrors', [{ match: '', code: 5 }], /in `match`/],
    ['receiptErrors', [{ match: 'x', code: '5' }], /`code`/],
    ['receiptErrors', ['x'], /\{match, code\}/],
    ['unknown', 1, /is not a setting/],
  ];
  for (const [name, value, expected] of cases) {
    const faults = faultsOf({ ...least, [name]: value });
    assert.equal(faults.length, 1, `${name}: ${faults.join(' ')}`);
    assert.match(faults[0] ?? '', expected);
    assert.ok(faults[0]?.startsWith(`\`${name}\` `));
    assert.ok(faults[0]?.endsWith('.'));
  }
});

test('values at their limits are taken', () => {
  const good: Record<string, unknown>[] = [
    { hosts: ['[::1]:2775', '10.0.0.1:65535', 'a-b.c_d:1'] },
    { binds: 64, window: 10_000, rate: 0.1 },
    { rate: 100_000 },
    { rate: null, nationalPlan: '2/1', operatorTag: 0x1401 },
    { password: 'x'.repeat(64), serviceType: '12345' },
    {
      tlvs: [
        { tag: 0x1400, text: 'x' },
        { tag: 0xffff, hex: '' },
      ],
    },
    { receiptTimeZone: '+05:30', tlsServerName: 'smsc.example.net' },
    { statusErrors: [{ match: 0x411, kind: 'P', code: 22 }] },
    {
      receiptErrors: [
        { match: 34, code: 26 },
        { match: 'SPAM', code: 28 },
      ],
    },
  ];
  for (const change of good) assert.deepEqual(faultsOf({ ...least, ...change }), []);
});

test('pairs of limits that contradict each other are refused', () => {
  assert.match(
    faultsOf({ ...least, reconnectFirstMs: 5_000, reconnectLongestMs: 4_000 })[0] ?? '',
    /reconnectLongestMs/,
  );
  assert.match(
    faultsOf({ ...least, validityMinMs: 5_000, validityMaxMs: 4_000 })[0] ?? '',
    /validityMaxMs/,
  );
  assert.deepEqual(faultsOf({ ...least, validityMinMs: 5_000, validityMaxMs: 5_000 }), []);
});

test('all faults are found at once, and no secret is in them', () => {
  const faults = faultsOf({ ...least, password: 'top secret\0', window: 0, bogus: true });
  assert.equal(faults.length, 3);
  assert.ok(!faults.join().includes('top secret'));
});

test('anything at all is either settings or faults', () => {
  for (const raw of [null, undefined, 5, 'x', [], () => {}]) assert.equal(faultsOf(raw).length, 1);
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...Object.keys(smsSettingFields)), fc.anything()),
      (raw) => {
        const checked = checkSmsSettings(raw);
        return 'faults' in checked ? checked.faults.length > 0 : checked.systemId !== '';
      },
    ),
  );
});

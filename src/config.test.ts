import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ConfigError, loadConfig } from './config.ts';
import { hashPassword } from './lib/password.ts';

const dir = mkdtempSync(join(tmpdir(), 'chappe-config-'));
after(() => rmSync(dir, { recursive: true }));

function withFile(yaml: string, environment: Record<string, string> = {}) {
  const path = join(dir, 'chappe.yaml');
  writeFileSync(path, yaml);
  return loadConfig({ CHAPPE_CONFIG: path, ...environment });
}

function faultsOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.faults.join('\n');
  }
  assert.fail('it was taken');
}

const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';

const complete = `
accounts:
  - id: bakery
    token: { env: BAKERY_TOKEN }
    statusWebhook: { url: "https://bakery.example/reports" }
connections:
  - name: operator
    channel: SMS
    settings: { hosts: ["127.0.0.1:2776"], systemId: me, password: { env: OPERATOR_PASSWORD } }
routes:
  - { channel: SMS, connection: operator }
`;
const secrets = { BAKERY_TOKEN: token, OPERATOR_PASSWORD: 'pw' };

describe('where settings come from', () => {
  test('without any, the rehearsal starts on the defaults', () => {
    const config = loadConfig({});
    assert.equal(config.isRehearsal, true);
    assert.deepEqual(config.http, { host: '127.0.0.1', port: 8080, tls: null });
    assert.deepEqual(config.smpp, { host: '127.0.0.1', port: 2775, tls: null });
    assert.equal(config.store.kind, 'sqlite');
    assert.equal(config.logLevel, 'info');
  });

  test('the file changes the defaults, the environment changes the file', () => {
    const yaml = `${complete}\nhttp: { port: 9000, host: 0.0.0.0 }\nlogLevel: warn\n`;
    const config = withFile(yaml, { ...secrets, CHAPPE_HTTP_PORT: '9001' });
    assert.deepEqual(config.http, { host: '0.0.0.0', port: 9001, tls: null });
    assert.equal(config.logLevel, 'warn');
    assert.equal(config.isRehearsal, false);
  });

  test('secrets come from the environment or from a file beside the configuration', () => {
    writeFileSync(join(dir, 'token.txt'), `${token}\n`);
    const yaml = complete.replace('{ env: BAKERY_TOKEN }', '{ file: token.txt }');
    const config = withFile(yaml, { OPERATOR_PASSWORD: 'pw' });
    assert.equal(config.file.accounts[0]?.token, token);
    assert.equal(config.file.connections[0]?.settings['password'], 'pw');
  });

  test('an empty variable is one that is not set', () => {
    const config = loadConfig({
      CHAPPE_HTTP_HOST: '',
      CHAPPE_HTTP_PORT: '',
      CHAPPE_DATA_DIR: '',
      CHAPPE_STORE: '',
      CHAPPE_CONFIG: '',
      CHAPPE_DEMO_TOKEN: '',
      CHAPPE_DEMO_WEBHOOK: '',
      CHAPPE_LOG_LEVEL: '',
    });
    assert.deepEqual(config, loadConfig({}));
    assert.equal(config.http.host, '127.0.0.1');
  });

  for (const [text, store] of [
    ['memory:', { kind: 'memory' }],
    ['sqlite:/tmp/x.db', { kind: 'sqlite', file: '/tmp/x.db' }],
  ] as const) {
    test(`the store ${text}`, () => {
      assert.deepEqual(loadConfig({ CHAPPE_STORE: text }).store, store);
    });
  }
});

describe('what stops the start says what to do', () => {
  const cases: [string, () => unknown, RegExp][] = [
    [
      'a misspelt variable',
      () => loadConfig({ CHAPPE_HTTP_PROT: '1' }),
      /CHAPPE_HTTP_PROT is not a setting/,
    ],
    [
      'a port that is none',
      () => loadConfig({ CHAPPE_HTTP_PORT: '80800' }),
      /give a port from 0 to 65535/,
    ],
    [
      'a port in words',
      () => loadConfig({ CHAPPE_SMPP_PORT: 'smpp' }),
      /CHAPPE_SMPP_PORT is "smpp"/,
    ],
    ['an unknown store', () => loadConfig({ CHAPPE_STORE: 'mysql:' }), /use "sqlite:"/],
    ['an unknown log level', () => loadConfig({ CHAPPE_LOG_LEVEL: 'loud' }), /silent, error, warn/],
    [
      'a token that is no GUID',
      () => loadConfig({ CHAPPE_DEMO_TOKEN: 'abc' }),
      /GUID with hyphens/,
    ],
    [
      'a webhook of the rehearsal that is no address',
      () => loadConfig({ CHAPPE_DEMO_WEBHOOK: 'ftp://here' }),
      /CHAPPE_DEMO_WEBHOOK is "ftp:\/\/here": give an address/,
    ],
    ['a cell beyond twelve bits', () => loadConfig({ CHAPPE_CELL: '4096' }), /0 to 4095/],
    [
      'a file that is not there',
      () => loadConfig({ CHAPPE_CONFIG: '/none.yaml' }),
      /cannot be used/,
    ],
    ['a file that is not YAML', () => withFile('a: [1'), /cannot be used/],
    ['an unknown field', () => withFile(`${complete}\ncolour: red`, secrets), /colour/],
    [
      'a secret in plain text',
      () => withFile(complete.replace('{ env: BAKERY_TOKEN }', token), secrets),
      /plain text/,
    ],
    [
      'a secret that is not set',
      () => withFile(complete, { BAKERY_TOKEN: token }),
      /OPERATOR_PASSWORD, which is not set/,
    ],
    [
      'a route to nowhere',
      () => withFile(complete.replace('connection: operator', 'connection: nobody'), secrets),
      /no connection is named "nobody"/,
    ],
    [
      'two accounts of one name',
      () =>
        withFile(
          complete.replace(
            'connections:',
            `  - id: bakery\n    token: { env: OTHER }\nconnections:`,
          ),
          { ...secrets, OTHER: token.replace('5', '6') },
        ),
      /used twice/,
    ],
    ['no connection at all', () => withFile('rehearsal: false'), /has no connections/],
  ];
  for (const [name, run, expected] of cases) {
    test(name, () => assert.match(faultsOf(run), expected));
  }

  test('a wrong level and store are blamed on the file that has them', () => {
    const faults = faultsOf(() => withFile(`${complete}\nlogLevel: loud\nstore: here`, secrets));
    assert.match(faults, /^`store` is "here": use "sqlite:"/m);
    assert.match(faults, /^`logLevel` is "loud": use one of silent/m);
  });

  /** Lines 1 to 4 of a file; each fault is on line 3. */
  const faultyLines: readonly (readonly [line: string, fault: string])[] = [
    ['colour: red', '`colour`: is not a setting; known here are rehearsal, dataDir, '],
    ['http: { prot: 1 }', '`http.prot`: is not a setting; known here are host, port, publicUrl, '],
    ['http: { port: 70000 }', '`http.port`: must be at most 65535.'],
    ['http: { port: "80" }', '`http.port`: must be a number.'],
    ['http: { port: 80.5 }', '`http.port`: must be a whole number.'],
    ['http: { host: 1 }', '`http.host`: must be text: put it between quotes.'],
    ['http: { host: [a] }', '`http.host`: must be text.'],
    ['http:', '`http`: is empty: give it a value, or leave it out.'],
    ['http: 80', '`http`: must be settings, each as "name: value".'],
    ['http: { tls: { port: 1 } }', '`http.tls.certificate`: is missing.'],
    ['accounts: { id: a }', '`accounts`: must be a list.'],
    ['accounts: [{ id: a }]', '`accounts.0.token`: is missing.'],
    ['accounts: [{ id: a, token: { env: NAUGHT } }]', '`accounts.0.token`: refers to the environ'],
    ['accounts: [{ id: a, token: abc }]', '`accounts.0.token`: holds a secret in plain text: '],
    ['retention: { messageDays: 3 }', '`retention.messageDays`: must be at least 11.'],
    ['health: { failedShare: 0 }', '`health.failedShare`: must be above 0.'],
    ['webhooks: { plainHttp: maybe }', '`webhooks.plainHttp`: must be true or false.'],
    ['webhooks: { allowedNetworks: [10.0.0.1] }', '`webhooks.allowedNetworks.0`: must be a netw'],
    ['routes: [{ channel: Sms }]', '`routes.0.channel`: must be one of SMS, WhatsApp, RCS, '],
    ['routes: [{ channel: SMS, senders: [""] }]', '`routes.0.senders.0`: must have at least 1 c'],
    ['routes: [{ channel: SMS, senders: [] }]', '`routes.0.senders`: must have at least 1 entry'],
  ];
  for (const [line, fault] of faultyLines) {
    test(`${line} is told with its line`, () => {
      const yaml = `# A file.\ndataDir: here\n${line}\ncell: 1\n`;
      const sentence = faultsOf(() => withFile(yaml)).split('\n')[0] ?? '';
      assert.match(sentence, /^In \S+chappe\.yaml, line 3, /);
      assert.ok(sentence.includes(` 3, ${fault}`), sentence);
    });
  }

  test('the line is that of the entry itself, also behind an alias', () => {
    const yaml = `connections:\n  - &one\n    name: a\n    channel: Sms\n  - *one\nrehearsal: true\n`;
    const faults = faultsOf(() => withFile(yaml)).split('\n');
    assert.match(faults[0] ?? '', /line 4, `connections\.0\.channel`: must be one of/);
    assert.match(faults[1] ?? '', /line 3, `connections\.0\.settings`: is missing/);
    assert.match(faults[2] ?? '', /line 4, `connections\.1\.channel`: must be one of/);
    assert.match(faults[3] ?? '', /line 5, `connections\.1\.settings`: is missing/);
  });

  for (const [what, yaml] of [
    ['account "demo"', 'accounts: [{ id: demo, token: { env: BAKERY_TOKEN } }]'],
    [
      'systemId "demo"',
      'accounts: [{ id: a, token: { env: BAKERY_TOKEN }, smpp: { systemId: demo, passwordHash: HASH } }]',
    ],
    ['connection "rehearsal"', 'connections: [{ name: rehearsal, channel: SMS, settings: {} }]'],
    [
      'connection "rehearsal-whatsapp"',
      'connections: [{ name: rehearsal-whatsapp, channel: SMS, settings: {} }]',
    ],
  ] as const) {
    test(`in a rehearsal the ${what} is taken, in production it is not`, () => {
      const file = yaml.replace('HASH', hashPassword('bread123', 16));
      const taken = `The ${what} is one that a rehearsal has already: choose another name.`;
      assert.equal(
        faultsOf(() => withFile(`rehearsal: true\n${file}`, secrets)),
        taken,
      );
      const other = file.includes('connections')
        ? ''
        : 'connections: [{ name: a, channel: SMS, settings: {} }]';
      assert.doesNotThrow(() => withFile(`rehearsal: false\n${file}\n${other}`, secrets));
    });
  }

  test('all faults are told at once', () => {
    const faults = faultsOf(() => loadConfig({ CHAPPE_HTTP_PORT: 'x', CHAPPE_STORE: 'y' }));
    assert.match(faults, /CHAPPE_HTTP_PORT/);
    assert.match(faults, /CHAPPE_STORE/);
  });

  test('a variable that the file refers to is not taken for a misspelt setting', () => {
    const yaml = complete.replace('BAKERY_TOKEN', 'CHAPPE_BAKERY_TOKEN');
    const config = withFile(yaml, { CHAPPE_BAKERY_TOKEN: token, OPERATOR_PASSWORD: 'pw' });
    assert.equal(config.file.accounts[0]?.token, token);
  });

  test('a password inside a store address is not repeated', () => {
    assert.doesNotMatch(
      faultsOf(() => loadConfig({ CHAPPE_STORE: 'mysql://me:secret@host/db' })),
      /secret/,
    );
  });
});

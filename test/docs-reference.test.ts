import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { queryMessageTexts } from '../src/api/get/get-door.ts';
import { describeRejection, requestErrors } from '../src/api/json/errors.ts';
import { plainTexts, renderRefusal } from '../src/api/plain-answers.ts';
import { xmlMessageTexts, xmlTexts } from '../src/api/xml/errors.ts';
import type { SettingField } from '../src/channels/setting-fields.ts';
import { smsSettingFields } from '../src/channels/sms/settings.ts';
import { whatsappSettingFields } from '../src/channels/whatsapp/settings.ts';
import { environmentSettings } from '../src/config.ts';
import { configFile } from '../src/config-file.ts';
import { deliveryErrors } from '../src/core/status.ts';
import { defaultHttpLimits } from '../src/http/limits.ts';
import type { PlainReason } from '../src/intake/rejection.ts';
import { hashPassword } from '../src/lib/password.ts';
import { handsetPatchSchema } from '../src/rehearsal/handset-schema.ts';
import { magicErrorOf } from '../src/rehearsal/magic-numbers.ts';
import { commandStatus } from '../src/smpp/command-status.ts';

/** The pages of docs/reference say what the code says: no more, no less. */
const root = fileURLToPath(new URL('..', import.meta.url));

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** The rows of all tables of a page whose first cell is code, as cells. */
function listRows(file: string, first = /^`.*`$/): string[][] {
  return (read(file).match(/^\|.*\|$/gm) ?? [])
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter(([cell = '']) => first.test(cell));
}

function bare(cell = ''): string {
  return cell.replaceAll('`', '');
}

/** The keys of data in lists and objects, as paths such as "accounts.token". */
function listPaths(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => listPaths(one, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    const name = path === '' ? key : `${path}.${key}`;
    return [name, ...listPaths(one, name)];
  });
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function listSchemaPaths(schema: Schema, path = ''): string[] {
  const inItems = schema.items === undefined ? [] : listSchemaPaths(schema.items, path);
  const named = Object.entries(schema.properties ?? {}).flatMap(([key, one]) => {
    const name = path === '' ? key : `${path}.${key}`;
    return [name, ...listSchemaPaths(one, name)];
  });
  return [...inItems, ...named];
}

describe('settings.md', () => {
  const page = read('docs/reference/settings.md');

  test('has every variable of the environment, in their order', () => {
    const named = listRows('docs/reference/settings.md', /^`CHAPPE_/).map(([name]) => bare(name));
    assert.deepEqual(named, [...environmentSettings]);
  });

  test('shows every setting of the file', () => {
    const shown = new Set(listPaths(parse(/^```yaml\n(.*?)^```/ms.exec(page)?.[1] ?? '')));
    const schema: Schema = JSON.parse(JSON.stringify(z.toJSONSchema(configFile, { io: 'input' })));
    const all = listSchemaPaths(schema);
    assert.ok(all.includes('accounts.statusWebhook.signingKey'));
    const missing = all.filter((path) => !shown.has(path) && !path.startsWith('http.limits.'));
    assert.deepEqual(missing, []);
    const limits = all.filter((path) => path.startsWith('http.limits.'));
    assert.deepEqual(
      limits.map((path) => path.slice('http.limits.'.length)).toSorted(comparePlain),
      Object.keys(defaultHttpLimits).toSorted(comparePlain),
    );
  });
});

function comparePlain(a: string, b: string): number {
  return a < b ? -1 : 1;
}

for (const [page, fields] of [
  ['sms-connection.md', smsSettingFields],
  ['whatsapp-connection.md', whatsappSettingFields],
] as const) {
  test(`${page} has every setting with its values, its default and its sentence`, () => {
    const rows = listRows(`docs/reference/${page}`);
    const expected = Object.entries<Field>(fields).map(([name, field]) => {
      return [`\`${name}\``, describeValues(field), describeDefault(field), field.help];
    });
    assert.deepEqual(rows, expected);
  });
}

type Field = SettingField<unknown>;

function describeValues(field: Field): string {
  const { kind, min, max, choices = [] } = field;
  switch (kind) {
    case 'number':
      return min === undefined
        ? 'number'
        : `${min.toLocaleString('en')} to ${max?.toLocaleString('en')}`;
    case 'choice':
      return choices.map((choice) => `\`${choice}\``).join(', ');
    case 'toggle':
      return '`true`, `false`';
    case 'address':
      return 'TON/NPI';
    case 'list':
    case 'table':
      return min === undefined || min === 0 ? 'list' : `list, at least ${min}`;
    case 'text':
      return 'text';
  }
}

function describeDefault(field: Field): string {
  if (!('default' in field)) return 'required';
  const value = field.default;
  const isPlan = typeof value === 'object' && value !== null && 'ton' in value && 'npi' in value;
  const shown = isPlan ? `${String(value.ton)}/${String(value.npi)}` : value;
  return `\`${JSON.stringify(shown)}\``;
}

describe('smpp.md', () => {
  test('has the right number for each command_status', () => {
    const rows = listRows('docs/reference/smpp.md', /^ESME_/);
    assert.ok(rows.length > 20);
    for (const [name = '', number] of rows) {
      const known = Object.entries(commandStatus).find(([one]) => one === name);
      assert.equal(Number(number), known?.[1], name);
    }
  });

  test('has the defaults of an account', () => {
    const smpp = { systemId: 'x', passwordHash: hashPassword('x', 2) };
    const token = '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11';
    const [account] = configFile.parse({ accounts: [{ id: 'x', token, smpp }] }).accounts;
    const settings = Object.entries(account?.smpp ?? {});
    const rows = listRows('docs/reference/smpp.md', /./).filter(([, , setting]) =>
      setting?.startsWith('`smpp.'),
    );
    const numbers = rows.filter(([, value]) => value !== 'all');
    assert.equal(numbers.length, 3);
    for (const [, value, setting] of numbers) {
      const [, found] = settings.find(([name]) => `smpp.${name}` === bare(setting)) ?? [];
      assert.equal(Number(value), found, setting ?? '');
    }
  });
});

describe('json.md', () => {
  const page = read('docs/reference/json.md');

  test('has every error of a request with its status, its number and its text', () => {
    const rows = listRows('docs/reference/json.md', /^\d{3}$/).filter((row) => row.length === 4);
    assert.deepEqual(
      rows.map(([status, errorCode, details]) => `${status} ${errorCode} ${details}`).toSorted(),
      Object.values(requestErrors)
        .map(({ status, errorCode, details }) => `${status} ${errorCode} \`${details}\``)
        .toSorted(),
    );
  });

  test('has every error of a message with its number and its text', () => {
    const rows = listRows('docs/reference/json.md', /^\d{3}$/).filter((row) => row.length === 3);
    const expected = reasons.map((reason) => describeRejection({ reason }));
    expected.push(describeRejection({ reason: 'number-invalid', value: '...' }));
    const texts = expected.map(({ code, details }) => `${code} \`${details}\``);
    assert.deepEqual(
      rows.map(([code, details]) => `${code} ${details}`).toSorted(),
      [...new Set([...texts, '305 a sentence'])].toSorted(),
    );
  });

  test('has every sentence about a field', () => {
    const sources = ['check', 'body', 'validity'].map((name) => read(`src/intake/${name}.ts`));
    const sentences = sources.flatMap((source) => [
      ...source.matchAll(/['`](The [^'`$]*)(?=[$'`])/g),
    ]);
    assert.ok(sentences.length > 12);
    const missing = sentences
      .map(([, beginning = '']) => beginning)
      .filter((beginning) => beginning !== 'The ' && !page.includes(`\`${beginning}`));
    assert.deepEqual(missing, ['The body header must be a user data header in hexadecimal.']);
  });
});

describe('the texts of /gateway.ashx', () => {
  const refusals = ['body-too-large', 'too-many-requests', 'busy'] as const;

  for (const [file, own] of [
    ['xml.md', [...Object.values(xmlTexts), ...Object.values(xmlMessageTexts)]],
    ['get.md', Object.values(queryMessageTexts)],
  ] as const) {
    test(`${file} has every one of them`, () => {
      const rows = listRows(`docs/reference/${file}`).map(([text]) => bare(text));
      const expected = [...own, ...Object.values(plainTexts)];
      assert.deepEqual(
        expected.filter((text) => !rows.includes(text)),
        [],
      );
    });
  }

  test('xml.md has the refusals', () => {
    const rows = listRows('docs/reference/xml.md', /^\d{3}$/).map(
      ([status, text]) => `${status} ${bare(text)}`,
    );
    for (const why of refusals) {
      const { status, body } = renderRefusal(why);
      assert.ok(rows.includes(`${status} ${body.slice('Error: ERROR '.length)}`), why);
    }
  });
});

/** Every reason, or the types do not fit. */
const reasons = Object.keys({
  'from-missing': true,
  'from-invalid': true,
  'to-missing': true,
  'to-not-array': true,
  'to-too-many': true,
  'number-missing': true,
  'body-missing': true,
  'content-missing': true,
  'channels-not-array': true,
  spam: true,
  blacklisted: true,
  refused: true,
  unroutable: true,
  internal: true,
} satisfies Record<PlainReason, true>) as PlainReason[];

describe('limits.md', () => {
  const rows = listRows('docs/reference/limits.md');

  /** Numbers of a protocol, of the simulators and of tests are no limits of the gateway. */
  const isElsewhere = (file: string) =>
    /\.test\.ts$|\/test-|conformance|simulator|virtual-|^src\/smpp\/(?!session-limits)/.test(file);
  const isLimit = (name: string) => /(?:Max|Min|Ms|Default|Kept|Messages)$/.test(name);

  test('has every limit that the code names, with its value and its place', async () => {
    const expected: string[] = [];
    for (const file of globSync('src/**/*.ts', { cwd: root })) {
      const source = read(file);
      if (isElsewhere(file) || !/^export const \w+(?:Max|Ms|Limits|Default)/m.test(source))
        continue;
      const module: Record<string, unknown> = await import(pathToFileURL(join(root, file)).href);
      for (const [name, value] of Object.entries(module)) {
        if (name === 'smscLimits') continue;
        if (typeof value === 'number' && Number.isInteger(value) && isLimit(name))
          expected.push(rowOf(name, value, file));
        if (typeof value !== 'object' || value === null || !name.endsWith('Limits')) continue;
        for (const [field, limit] of Object.entries(value)) {
          expected.push(rowOf(field, Number(limit), file));
        }
      }
    }
    const documented = rows.map(([name, value, , where]) => `${name} ${value} ${where}`);
    const missing = expected.filter((row) => !documented.includes(row));
    assert.ok(expected.length > 70, String(expected.length));
    assert.deepEqual(missing, []);
    const others = documented.filter((row) => !expected.includes(row));
    assert.deepEqual(
      others.filter((row) => !isInSource(row)),
      [],
    );
  });

  function rowOf(name: string, value: number, file: string): string {
    return `\`${name}\` ${value.toLocaleString('en')} \`${file}\``;
  }

  /** A limit that its file keeps for itself. */
  function isInSource(row: string): boolean {
    const [name = '', value = '', file = ''] = bare(row).split(' ');
    const literal = new RegExp(`const ${name} = ([\\d_]+);`).exec(read(file))?.[1] ?? '';
    return literal.replaceAll('_', '') === value.replaceAll(',', '');
  }
});

test('status-reports.md has every error with its text, and whether it passes', () => {
  assert.deepEqual(
    listRows('docs/reference/status-reports.md', /^\d+$/).filter((row) => row.length === 3),
    Object.entries(deliveryErrors).map(([error, { text, temporary }]) => [
      error,
      text,
      temporary ? 'yes' : 'no',
    ]),
  );
});

describe('rehearse.md', () => {
  test('its numbers ask for the errors that it says', () => {
    const rows = listRows('docs/guides/rehearse.md', /^`00\d+`$/);
    assert.deepEqual(
      rows.map(([number, error, text]) => [String(magicErrorOf(bare(number))), error, text]),
      Object.entries(deliveryErrors).map(([error, { text }]) => [error, error, text]),
    );
  });

  test('has every setting of a handset', () => {
    const named = listRows('docs/guides/rehearse.md', /^`[a-z]+\w*`$/i).map(([name]) => bare(name));
    const settings = Object.keys(handsetPatchSchema.shape);
    assert.deepEqual(
      settings.filter((name) => !named.includes(name)),
      [],
    );
  });
});

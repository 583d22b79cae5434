import assert from 'node:assert/strict';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import manifest from '../package.json' with { type: 'json' };
import { checkSmsSettings } from '../src/channels/sms/settings.ts';
import { checkWhatsappSettings } from '../src/channels/whatsapp/settings.ts';
import { environmentSettings, loadConfig } from '../src/config.ts';
import { parseValidity } from '../src/intake/validity.ts';
import { hashPassword } from '../src/lib/password.ts';
import { readHandsetPatch } from '../src/rehearsal/handset-schema.ts';
import { signatureHeaders } from '../src/webhooks/signature.ts';

/** What documents say that can be checked without knowing what they mean: links, commands, code. */
const root = fileURLToPath(new URL('..', import.meta.url));
const files = globSync('**/*.md', { cwd: root, exclude: ['node_modules/**', 'data/**'] });
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

const place = mkdtempSync(join(tmpdir(), 'chappe-docs-'));
after(() => rmSync(place, { recursive: true }));

function textOf(file: string): string {
  return texts.get(file) ?? assert.fail(`there is no ${file}`);
}

interface Block {
  readonly file: string;
  readonly language: string;
  readonly code: string;
}

function listBlocks(language: string): Block[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms');
  return [...texts].flatMap(([file, text]) =>
    Array.from(text.matchAll(pattern), ([, code = '']) => ({ file, language, code })),
  );
}

/** The anchor that a heading gets on a page: letters, digits and hyphens, in lower case. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

test('the documents were found', () => {
  assert.ok(files.includes('README.md') && files.includes('docs/start.md'), files.join());
  assert.ok(files.length > 20);
});

test('every link leads to a file, and to a heading of it', () => {
  const dead: string[] = [];
  for (const [file, text] of texts) {
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const to = path === '' ? file : relative(root, join(root, dirname(file), path));
      const headings = (texts.get(to) ?? '').matchAll(/^#+ (.*)$/gm);
      const isFound =
        existsSync(join(root, to)) &&
        (anchor === undefined ||
          Array.from(headings, ([, heading = '']) => anchorOf(heading)).includes(anchor));
      if (!isFound) dead.push(`${file}: ${target}`);
    }
  }
  assert.deepEqual(dead, []);
});

test('every page of docs that explains says at its head who it is for', () => {
  const silent = [...texts]
    .filter(([file]) => file.startsWith('docs/') && !file.startsWith('docs/decisions/'))
    .filter(([, text]) => !/^# .*\n\n[^#]*?\bFor\s+(?:those|whoever|customers)\b/.test(text));
  assert.deepEqual(
    silent.map(([file]) => file),
    [],
  );
});

test('every page of docs is linked to from another document', () => {
  const linked = new Set(
    [...texts].flatMap(([file, text]) =>
      Array.from(text.matchAll(/\]\(([^)#\s]+)/g), ([, target = '']) =>
        relative(root, join(root, dirname(file), target)),
      ),
    ),
  );
  const pages = files.filter((file) => file.startsWith('docs/') && !linked.has(file));
  const inLinkedFolder = (page: string) => linked.has(dirname(page));
  assert.deepEqual(
    pages.filter((page) => !inLinkedFolder(page)),
    [],
  );
});

test('every npm script, command of chappe and setting that is named exists', () => {
  const unknown: string[] = [];
  const settings: readonly string[] = environmentSettings;
  for (const [file, text] of texts) {
    for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([a-z][\w:]*)/g)) {
      if (!Object.hasOwn(manifest.scripts, script)) unknown.push(`${file}: npm run ${script}`);
    }
    for (const [, command = ''] of text.matchAll(/(?:npm run chappe --|chappe\.mjs) ([a-z]+)/g)) {
      if (!['serve', 'send', 'plan', 'unassigned', 'bench'].includes(command))
        unknown.push(`${file}: ${command}`);
    }
    for (const [name] of text.matchAll(/\bCHAPPE_[A-Z_]+\b/g)) {
      if (!settings.includes(name)) unknown.push(`${file}: ${name}`);
    }
  }
  assert.deepEqual(unknown, []);
});

describe('code in the documents', () => {
  test('JSON is JSON', () => {
    const blocks = listBlocks('json');
    assert.ok(blocks.length > 3);
    for (const { file, code } of blocks) assert.doesNotThrow(() => JSON.parse(code), file);
  });

  const secrets = {
    BAKERY_TOKEN: '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c11',
    SHOP_TOKEN: '5a3c1e0e-8f1a-4b62-9f6d-0d2b1f7a9c12',
    OPERATOR_PASSWORD: 'secret',
    NORTH_PASSWORD: 'north',
    SOUTH_PASSWORD: 'south',
    WHATSAPP_TOKEN: 'token',
    WHATSAPP_APP_SECRET: 'secret',
    WHATSAPP_VERIFY_TOKEN: 'verify',
    BAKERY_SIGNING_KEY: `whsec_${Buffer.alloc(32).toString('base64')}`,
    SIGNING_KEY: `whsec_${Buffer.alloc(32).toString('base64')}`,
  };
  writeFileSync(join(place, 'operator-password'), 'secret\n');
  writeFileSync(join(place, 'operator-ca.pem'), 'certificate\n');
  writeFileSync(join(place, 'bakery-smpp-hash'), hashPassword('bread123', 2));
  writeFileSync(join(place, 'bakery-conversion-hash'), hashPassword('secret', 2));

  for (const [index, { file, code }] of listBlocks('yaml').entries()) {
    test(`YAML block ${index + 1}, of ${file}, is a configuration or a part of one`, () => {
      const content: unknown = parse(code);
      assert.ok(typeof content === 'object' && content !== null);
      // Routes lead to connections that their block does not repeat, and settings are in a connection.
      if (!('accounts' in content) && !('connections' in content)) return;
      const path = join(place, `${index}.yaml`);
      writeFileSync(path, code);
      const config = loadConfig({ CHAPPE_CONFIG: path, ...secrets });
      for (const { channel, settings } of config.file.connections) {
        const check = channel === 'WhatsApp' ? checkWhatsappSettings : checkSmsSettings;
        const checked = check(settings);
        assert.deepEqual('faults' in checked ? checked.faults : [], []);
      }
    });
  }

  test('each body that is given to PATCH is taken', () => {
    const bodies = [...textOf('docs/guides/rehearse.md').matchAll(/PATCH \S+ -d '(.*?)'/g)];
    assert.ok(bodies.length > 0);
    for (const [, body = ''] of bodies) assert.ok('patch' in readHandsetPatch(JSON.parse(body)));
  });

  test('each form of validity is understood', () => {
    const section = textOf('docs/reference/json.md').match(/^### Validity\n(.*?)^##/ms)?.[1] ?? '';
    const forms = Array.from(section.matchAll(/`([^`]+)`/g), ([, form = '']) => form);
    assert.ok(forms.length > 5);
    const faults = forms.filter((form) => 'fault' in parseValidity(form, Date.UTC(2026, 11, 22)));
    assert.deepEqual(faults, []);
  });

  test('the signature check takes what is signed, and nothing else', async () => {
    const [block] = listBlocks('js').filter(({ code }) => code.includes('function isSigned'));
    const path = join(place, 'verify.mjs');
    writeFileSync(path, block?.code ?? '');
    const { isSigned }: { isSigned: (...args: unknown[]) => boolean } = await import(
      pathToFileURL(path).href
    );
    const key = Buffer.alloc(32, 7);
    const secret = `whsec_${key.toString('base64')}`;
    const other = Buffer.alloc(32, 8);
    const now = Math.floor(Date.now() / 1000);
    const sign = (keys: Buffer[], at = now) => signatureHeaders(keys, 'id-2', at, '{"a":"é"}');
    assert.ok(isSigned(secret, sign([key]), '{"a":"é"}'));
    assert.ok(isSigned(secret, sign([other, key]), '{"a":"é"}'));
    assert.ok(!isSigned(secret, sign([other]), '{"a":"é"}'));
    assert.ok(!isSigned(secret, sign([key]), '{"a":"e"}'));
    assert.ok(!isSigned(secret, sign([key], now - 301), '{"a":"é"}'));
    assert.ok(!isSigned(secret, sign([]), '{"a":"é"}'));
    assert.ok(!isSigned(secret, {}, ''));
  });
});

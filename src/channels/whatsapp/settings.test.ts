import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkWhatsappSettings } from './settings.ts';
import { settingsWith } from './test-stage.ts';

test('what need not be given has a default', () => {
  const { baseUrl, version, window, onUnknown, templates } = settingsWith();
  assert.deepEqual(
    [baseUrl, version, window, onUnknown, templates],
    ['https://graph.facebook.com', 'v25.0', 32, 'resend', []],
  );
  assert.equal(settingsWith({ rate: null }).rate, null);
  const bare = checkWhatsappSettings({ phoneNumberId: '1', token: 't' });
  assert.ok('faults' in bare && bare.faults.length === 3, 'the id, both secrets');
});

test('templates are rows with counts and, where it is said, a category', () => {
  const bare = { name: 'a', language: 'en', body: 2 };
  const { templates } = settingsWith({ templates: [bare, { ...bare, category: 'marketing' }] });
  const whole = { ...bare, header: 'none', buttons: 0 };
  assert.deepEqual(templates, [
    { ...whole, category: null },
    { ...whole, category: 'marketing' },
  ]);
});

const wrong: readonly Record<string, unknown>[] = [
  { phoneNumberId: 1061 },
  { phoneNumberId: '+31612345678' },
  { baseUrl: 'graph.facebook.com' },
  { baseUrl: 'ftp://graph.facebook.com' },
  { baseUrl: 'https://user@graph.facebook.com' },
  { baseUrl: 'https://graph.facebook.com/?a=b' },
  { version: '25' },
  { window: 0 },
  { window: 1_001 },
  { rate: 0 },
  { pairBurst: 0 },
  { doubtMs: -1 },
  { templates: [{ name: 'a' }] },
  { templates: [{ name: 'a', language: 'en', header: 'sound' }] },
  { templates: [{ name: 'a', language: 'en', body: 101 }] },
  { templates: [{ name: 'a', language: 'en', category: 'MARKETING' }] },
  { templates: [{ name: 'a', language: 'en', category: null }] },
  { mediaHosts: ['https://x'] },
  { token: '' },
  { verifytoken: 'x' },
];
for (const change of wrong) {
  test(`${JSON.stringify(change)} is a fault that names no secret`, () => {
    assert.throws(
      () => settingsWith(change),
      (error: Error) => !/token-1|app-secret-1|verify-1/.test(error.message),
    );
  });
}

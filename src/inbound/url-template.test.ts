import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { urlCharactersMax } from '../lib/guarded-url.ts';
import { thanks } from './test-messages.ts';
import { checkTemplate, fillTemplate } from './url-template.ts';

test('a template is checked before it is used', () => {
  const cases: readonly (readonly [string, RegExp | null])[] = [
    ['https://shop.example/in?m={message}', null],
    ['https://shop.example/in?{message}', null],
    [
      'https://shop.example/?a={sender}&b={receiver}&c={operator}&d={reference}&e={time}&f={channel}',
      null,
    ],
    ['https://shop.example/in', /at least one of/],
    ['https://shop.example/in?m=1', /at least one of/],
    ['https://shop.example/in?m={text}', /"\{text\}" is none of/],
    ['https://shop.example/in?m={}', /"\{\}" is none of/],
    ['https://shop.example/{sender}?m={message}', /behind the "\?" only/],
    ['https://{sender}.example/in?m={message}', /not a URL|behind the/],
    ['https://shop.example/in?m={message}#{sender}', /behind the "\?" only/],
    ['not a url', /not a URL/],
  ];
  for (const [template, expected] of cases) {
    const fault = checkTemplate(template);
    if (expected === null) assert.equal(fault, null, template);
    else assert.match(fault ?? '', expected, template);
  }
});

test('no message leads anywhere else', () => {
  const template = 'https://shop.example/in?from={sender}&m={message}&r={reference}';
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, from) => {
      const url = new URL(fillTemplate(template, thanks({ text, from, reference: text })));
      assert.equal(url.origin + url.pathname, 'https://shop.example/in');
      assert.deepEqual([...url.searchParams.keys()], ['from', 'm', 'r']);
      assert.equal(url.searchParams.get('m'), text.toWellFormed());
      assert.equal(url.hash, '');
    }),
  );
});

test('a text that holds a placeholder stays as it is', () => {
  const url = fillTemplate(
    'https://shop.example/in?m={message}&s={sender}',
    thanks({ text: '{sender} $& $1' }),
  );
  assert.equal(new URL(url).searchParams.get('m'), '{sender} $& $1');
});

test('a text that would make the URL too long is cut between characters', () => {
  const template = 'https://shop.example/in?m={message}&s={sender}';
  const room = urlCharactersMax - fillTemplate(template, thanks({ text: '' })).length;
  const lengthOf = (text: string) => fillTemplate(template, thanks({ text })).length;
  assert.equal(lengthOf('a'.repeat(room)), urlCharactersMax);
  assert.equal(lengthOf('a'.repeat(room + 1)), urlCharactersMax);
  const url = fillTemplate(template, thanks({ text: '😀'.repeat(1_000) }));
  assert.ok(url.length <= urlCharactersMax && url.length > urlCharactersMax - 12);
  assert.match(new URL(url).searchParams.get('m') ?? '', /^(😀)+$/u);
  assert.equal(new URL(url).searchParams.get('s'), '0031612345678');
});

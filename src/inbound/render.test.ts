import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { InboundMessage } from '../core/inbound.ts';
import {
  international,
  renderEvent,
  renderFlatJson,
  renderJson,
  renderXml,
  shortCodeDigitsMax,
} from './render.ts';
import { thanks, unasked } from './test-messages.ts';
import { fillTemplate } from './url-template.ts';

/** What customers get, octet by octet (contract §9). */
function golden(name: string): string {
  return readFileSync(new URL(`../../test/vectors/inbound/${name}`, import.meta.url), 'utf8');
}

const template =
  'https://shop.example/in?key=1&recipient={sender}&operator={operator}&originator={receiver}' +
  '&message={message}&ref={reference}&at={time}';

const bare = thanks({ ...unasked, to: '31620000000', text: '', operator: null });
const media = thanks({
  channel: 'WhatsApp',
  to: '31620000000',
  fromName: 'Ann "A" <b>',
  text: '',
  media: {
    uri: 'https://gw.example/fileproxy/files/0123456789abcdef0123456789abcdef',
    contentType: 'image/jpeg',
    title: 'bread.jpg',
  },
  custom: '{"message_type":"image"}',
  context: 'order4711',
});
const binary = thanks({ ...unasked, text: '0102ff', isBinary: true, udh: '06050415811581' });
const event = thanks({
  channel: 'RCS',
  to: 'agent',
  text: '',
  event: 'SuggestionClick',
  custom: '{"postbackdata":"btn-1","label":"Call us"}',
  groupings: [null, null, null],
});

describe('incoming messages are told as the contract says', () => {
  const cases: readonly (readonly [string, (message: InboundMessage) => string, InboundMessage])[] =
    [
      ['text.json', renderJson, thanks()],
      ['text.flat.json', renderFlatJson, thanks()],
      ['text.xml', (message) => renderXml(message, '519161862'), thanks()],
      ['text.url', (message) => fillTemplate(template, message), thanks()],
      ['bare.json', renderJson, bare],
      ['bare.flat.json', renderFlatJson, bare],
      ['bare.xml', (message) => renderXml(message, '1'), bare],
      ['bare.url', (message) => fillTemplate(template, message), bare],
      ['media.json', renderJson, media],
      ['media.flat.json', renderFlatJson, media],
      ['binary.json', renderJson, binary],
      ['binary.xml', (message) => renderXml(message, '7'), binary],
      ['event.json', renderEvent, event],
    ];
  for (const [name, render, message] of cases) {
    test(name, () => {
      assert.equal(render(message), golden(name));
    });
    test(`${name} is not that of another message`, () => {
      const other = thanks({ ...message, from: '31699999999' });
      assert.notEqual(render(other), golden(name));
    });
  }
});

test('the twins of a field differ in that field only', () => {
  const twins: readonly (readonly [Partial<InboundMessage>, string, string])[] = [
    [{ reference: null }, '"reference":"order4711"', '"reference":""'],
    [{ context: 'm1' }, '"messageContext":""', '"messageContext":"m1"'],
    [{ from: '12345678' }, '"from":{"number":"+31612345678"', '"from":{"number":"12345678"'],
    [{ from: 'a.b' }, '"number":"+31612345678"', '"number":"a.b"'],
    [{ fromName: 'Ann' }, '"name":""', '"name":"Ann"'],
    [{ to: '366900000' }, '"to":{"number":"3669"}', '"to":{"number":"+366900000"}'],
    [{ to: 'Bakery' }, '"to":{"number":"3669"}', '"to":{"number":"Bakery"}'],
    [{ text: 'a"b\\' }, '"text":"Thanks!"', '"text":"a\\"b\\\\"'],
    [{ text: 'x\ud83d' }, '"text":"Thanks!"', '"text":"x\\ud83d"'],
    [{ custom: '{"a":[1]}' }, '"custom":{}', '"custom":{"a":[1]}'],
    [{ custom: '{"a":1}', isBinary: true }, '"custom":{}', '"custom":{"a":1,"binary":true}'],
    [{ groupings: ['orders', null, 'web'] }, '"orders","breda","web"', '"orders","","web"'],
    [
      { receivedAt: Date.parse('2026-07-01T23:59:59.999Z') },
      '2026-03-01T10:20:00',
      '2026-07-01T23:59:59',
    ],
    [{ channel: 'Viber' }, '"channel":"SMS"', '"channel":"Viber"'],
  ];
  for (const [fields, before, after] of twins) {
    const text = golden('text.json');
    assert.ok(text.includes(before), before);
    assert.equal(renderJson(thanks(fields)), text.replace(before, after));
  }
});

test('a number is told from a short code by its length', () => {
  const shortest = '1'.repeat(shortCodeDigitsMax + 1);
  assert.equal(international('+', shortest), `+${shortest}`);
  assert.equal(international('00', shortest.slice(1)), shortest.slice(1));
  assert.equal(international('00', 'Bakery2026'), 'Bakery2026');
});

test('XML never lets a value out of its element', () => {
  const tags = renderXml(thanks(), '1').replaceAll(/>[^<]*</g, '><');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const hostile = thanks({
        from: text,
        to: text,
        text,
        reference: text,
        groupings: [text, text, text],
      });
      const rendered = renderXml(hostile, '1');
      assert.equal(rendered.replaceAll(/>[^<]*</g, '><'), tags);
      assert.ok(rendered.isWellFormed());
    }),
  );
});

test('JSON gives back any text, and media is always there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const read = JSON.parse(renderJson(thanks({ text, reference: text, from: text, to: text })));
      assert.equal(read.message.text, text);
      assert.equal(read.reference, text);
      assert.equal(read.groupings.length, 3);
      assert.equal(typeof read.message.media.mediaUri, 'string');
      assert.equal(JSON.parse(renderFlatJson(thanks({ text }))).body, text);
    }),
  );
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deliveryChannels } from '../core/channel-names.ts';
import type { StatusReport } from '../core/report.ts';
import { deliveryErrors, isDeliveryError, status } from '../core/status.ts';
import { emptyReport, readReport, renderJson, renderQuery, renderXml } from './render.ts';

const sample: StatusReport = {
  messageId: '019d0000000070008000000000000001',
  account: 'demo',
  status: status.failed,
  error: 24,
  createdAt: Date.parse('2026-03-01T09:15:22Z'),
  channel: 'SMS',
  from: 'Bakery',
  to: '0031612345678',
  reference: 'order4711',
  groupings: ['orders', 'breda', 'web'],
  operator: '20408',
};
const sentAt = Date.parse('2026-03-01T09:15:23Z');

const unreachable = 'Message not delivered because the recipient was unreachable';

describe('a report as JSON', () => {
  it('is the object of the contract with our extra keys behind it', () => {
    assert.equal(
      renderJson(readReport(sample, sentAt)),
      '{"messages":{"msg":{"received":"2026-03-01T10:15:22","to":"0031612345678","reference":"order4711",' +
        `"status":{"code":"3","errorCode":"24","errorDescription":"${unreachable}"},"operator":"20408",` +
        '"send":"2026-03-01T10:15:23","channel":"sms","customGrouping":"orders",' +
        '"customGrouping2":"breda","customGrouping3":"web"}}}',
    );
  });

  it('has an empty string for what is not known', () => {
    const bare = { ...sample, reference: null, operator: null, error: 0, status: 2 } as const;
    assert.equal(
      renderJson(readReport({ ...bare, groupings: [null, null, null] }, sentAt)),
      '{"messages":{"msg":{"received":"2026-03-01T10:15:22","to":"0031612345678","reference":"",' +
        '"status":{"code":"2","errorCode":"","errorDescription":""},"operator":"",' +
        '"send":"2026-03-01T10:15:23","channel":"sms","customGrouping":"",' +
        '"customGrouping2":"","customGrouping3":""}}}',
    );
  });

  it('gives back any text that a customer can send, and nothing but strings', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (to, text) => {
        const groupings = [text, to, null] as const;
        const values = readReport({ ...sample, to, reference: text, groupings }, sentAt);
        const { msg } = JSON.parse(renderJson(values)).messages;
        assert.equal(msg.to, to);
        assert.equal(msg.reference, text);
        assert.equal(msg.customGrouping, text);
        assert.equal(msg.customGrouping2, to);
        const { status: inner, ...outer } = msg;
        for (const value of [...Object.values(outer), ...Object.values(inner)]) {
          assert.equal(typeof value, 'string');
        }
      }),
    );
  });
});

describe('a report as XML', () => {
  it('is the document of the contract', () => {
    assert.equal(
      renderXml(readReport(sample, sentAt)),
      '<?xml version="1.0" encoding="utf-8"?>\n' +
        '<MESSAGES SENT="2026-03-01T10:15:23"><MSG RECEIVED="2026-03-01T10:15:22">' +
        '<TO>0031612345678</TO><REFERENCE>order4711</REFERENCE>' +
        `<STATUS><CODE>3</CODE><ERRORCODE>24</ERRORCODE><ERRORDESCRIPTION>${unreachable}</ERRORDESCRIPTION></STATUS>` +
        '<CHANNEL>sms</CHANNEL><OPERATOR>20408</OPERATOR>' +
        '<CUSTOMGROUPING>orders</CUSTOMGROUPING><CUSTOMGROUPING2>breda</CUSTOMGROUPING2>' +
        '<CUSTOMGROUPING3>web</CUSTOMGROUPING3></MSG></MESSAGES>',
    );
  });

  const escapes: readonly [text: string, xml: string][] = [
    ['a & b', 'a &amp; b'],
    ['<TO>', '&lt;TO&gt;'],
    [`"'`, '&quot;&apos;'],
    [']]>', ']]&gt;'],
    ['&amp;', '&amp;amp;'],
    ['é€😀', 'é€😀'],
    ['a\tb\nc', 'a\tb\nc'],
    ['a\r\nb', 'a&#13;\nb'],
    ['\u0000\u0001\u001f', '\ufffd\ufffd\ufffd'],
    ['\u007f\u0085', '\u007f\u0085'],
    ['\ufffe\uffff', '\ufffd\ufffd'],
    ['x\ud800y\udc00', 'x\ufffdy\ufffd'],
    ['\u2028\ufeff', '\u2028\ufeff'],
  ];
  for (const [text, xml] of escapes) {
    it(`escapes ${JSON.stringify(text)}`, () => {
      const rendered = renderXml(readReport({ ...sample, reference: text }, sentAt));
      assert.ok(rendered.includes(`<REFERENCE>${xml}</REFERENCE>`), rendered);
    });
  }

  it('never lets a value out of its element', () => {
    const tags = renderXml(readReport(sample, sentAt)).replaceAll(/>[^<]*</g, '><');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const groupings = [text, text, text] as const;
        const hostile = { ...sample, to: text, reference: text, groupings, operator: text };
        const rendered = renderXml(readReport(hostile, sentAt));
        assert.equal(rendered.replaceAll(/>[^<]*</g, '><'), tags);
        assert.ok(rendered.isWellFormed());
        assert.ok(rendered.split('').every((one) => one >= ' ' || one === '\n' || one === '\t'));
      }),
    );
  });
});

describe('a report as a query', () => {
  it('has the names of the contract in capitals', () => {
    assert.equal(
      renderQuery(readReport(sample, sentAt)),
      'CREATED_S=2026-03-01T10%3A15%3A22&DATETIME_S=2026-03-01T10%3A15%3A23&GSM=0031612345678' +
        '&REFERENCE=order4711&STATUS=3&STATUSDESCRIPTION=24' +
        '&STANDARDERRORTEXT=Message%20not%20delivered%20because%20the%20recipient%20was%20unreachable' +
        '&OPERATOR=20408&CHANNEL=sms&CUSTOMGROUPING=orders&CUSTOMGROUPING2=breda&CUSTOMGROUPING3=web',
    );
  });

  it('gives back any text, half surrogates replaced, and can be sent as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (to, reference) => {
        const query = renderQuery(readReport({ ...sample, to, reference }, sentAt));
        assert.match(query, /^[!-~]*$/);
        const parameters = new URLSearchParams(query);
        assert.equal(parameters.get('GSM'), to.toWellFormed());
        assert.equal(parameters.get('REFERENCE'), reference);
        assert.equal([...parameters].length, 12);
      }),
    );
  });
});

describe('the fields of a report', () => {
  for (const [name, code] of Object.entries(status)) {
    it(`carry ${name} as ${code} in every format`, () => {
      const values = readReport({ ...sample, status: code, error: 0 }, sentAt);
      assert.ok(
        renderJson(values).includes(`"code":"${code}","errorCode":"","errorDescription":""`),
      );
      assert.ok(
        renderXml(values).includes(
          `<CODE>${code}</CODE><ERRORCODE></ERRORCODE><ERRORDESCRIPTION></ERRORDESCRIPTION>`,
        ),
      );
      assert.ok(
        renderQuery(values).includes(`&STATUS=${code}&STATUSDESCRIPTION=&STANDARDERRORTEXT=&`),
      );
    });
  }

  for (const [code, { text }] of Object.entries(deliveryErrors)) {
    it(`carry error ${code} with its standard text in every format`, () => {
      const error = Number(code);
      assert.ok(isDeliveryError(error));
      const values = readReport({ ...sample, error }, sentAt);
      assert.ok(renderJson(values).includes(`"errorCode":"${code}","errorDescription":"${text}"`));
      assert.ok(
        renderXml(values).includes(
          `<ERRORCODE>${code}</ERRORCODE><ERRORDESCRIPTION>${text}</ERRORDESCRIPTION>`,
        ),
      );
      const parameters = new URLSearchParams(renderQuery(values));
      assert.equal(parameters.get('STATUSDESCRIPTION'), code);
      assert.equal(parameters.get('STANDARDERRORTEXT'), text);
    });
  }

  for (const channel of deliveryChannels) {
    it(`write the channel ${channel} in lower case`, () => {
      const { channel: written } = readReport({ ...sample, channel }, sentAt);
      assert.equal(written, channel.toLowerCase());
    });
  }

  for (const [utc, local] of [
    ['2026-03-29T00:59:59Z', '2026-03-29T01:59:59'],
    ['2026-03-29T01:00:00Z', '2026-03-29T03:00:00'],
    ['2026-10-25T00:59:59Z', '2026-10-25T02:59:59'],
    ['2026-10-25T01:00:00Z', '2026-10-25T02:00:00'],
  ] as const) {
    it(`tell ${utc} as ${local}`, () => {
      const at = Date.parse(utc);
      const values = readReport({ ...sample, createdAt: at }, at);
      assert.equal(values.created, local);
      assert.equal(values.sent, local);
    });
  }
});

describe('the empty report of a test call', () => {
  const values = emptyReport(sentAt);

  it('has times and nothing else', () => {
    assert.equal(
      renderJson(values),
      '{"messages":{"msg":{"received":"2026-03-01T10:15:23","to":"","reference":"","status":{"code":"",' +
        '"errorCode":"","errorDescription":""},"operator":"","send":"2026-03-01T10:15:23","channel":"",' +
        '"customGrouping":"","customGrouping2":"","customGrouping3":""}}}',
    );
    assert.ok(renderXml(values).includes('<TO></TO><REFERENCE></REFERENCE><STATUS><CODE></CODE>'));
    assert.ok(renderQuery(values).includes('&GSM=&REFERENCE=&STATUS=&STATUSDESCRIPTION=&'));
  });
});

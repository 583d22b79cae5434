import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FallbackEnd, FallbackPhone, FallbackTally } from './fallback-tally.ts';

const acceptedAt = Date.parse('2026-03-01T10:20:00.000Z');

type Shown = FallbackEnd['shown'][number];

/** Phone 0 has no WhatsApp, phone 1 has it. */
function createPhone(index: number): FallbackPhone {
  const phone = new FallbackPhone(index);
  phone.acceptedAt = acceptedAt;
  return phone;
}

function show(index: number, channel: Shown['channel'], afterMs = 250): Shown {
  const phone = new FallbackPhone(index);
  return {
    id: 1,
    channel,
    from: 'Bakery',
    text: channel === 'SMS' ? phone.plainText : phone.richText,
    encoding: 'gsm7',
    parts: 1,
    flash: false,
    at: new Date(acceptedAt + afterMs).toISOString(),
    state: 'unread',
  };
}

function tell(channel: string, ...codes: string[]) {
  return codes.map((code) => ({ code, channel, errorCode: '' }));
}

function judge(index: number, end: FallbackEnd): FallbackTally {
  const tally = new FallbackTally();
  tally.judge(createPhone(index), end);
  return tally;
}

describe('what is right', () => {
  test('over WhatsApp', () => {
    const shown = [show(1, 'WhatsApp')];
    const tally = judge(1, { shown, told: tell('whatsapp', '0', '2') });
    assert.deepEqual([tally.faults, tally.delivered], [[], { WhatsApp: 1, SMS: 0 }]);
    assert.equal(tally.acceptedToDelivered.WhatsApp.maxMs, 250);
  });

  test('over SMS after a refusal', () => {
    const end = { shown: [show(0, 'SMS')], told: tell('sms', '0', '2') };
    const tally = judge(0, { ...end, refusedAt: acceptedAt + 200 });
    assert.deepEqual(
      [tally.faults, tally.delivered, tally.besides],
      [[], { WhatsApp: 0, SMS: 1 }, 0],
    );
    assert.equal(tally.refusalToSubmit.maxMs, 50);
  });

  test('over SMS because WhatsApp was down', () => {
    const tally = judge(1, { shown: [show(1, 'SMS')], told: tell('sms', '0', '2') });
    assert.deepEqual([tally.faults, tally.besides, tally.refusalToSubmit.count], [[], 1, 0]);
  });
});

describe('what is wrong', () => {
  const sms = show(1, 'SMS');
  const cases: readonly [title: string, index: number, end: FallbackEnd, fault: string][] = [
    ['lost', 1, { shown: [], told: tell('sms', '0') }, 'was lost; reports: 0 sms'],
    ['told and lost', 1, { shown: [], told: tell('sms', '2') }, 'was lost; reports: 2 sms'],
    [
      'doubled',
      1,
      { shown: [show(1, 'WhatsApp'), sms], told: tell('sms', '0', '2') },
      'was delivered 2 times: WhatsApp, SMS',
    ],
    [
      'reported by another channel',
      1,
      { shown: [sms], told: tell('whatsapp', '0', '2') },
      'came over SMS; reports: 0 whatsapp, 2 whatsapp',
    ],
    [
      'reported twice',
      1,
      { shown: [sms], told: tell('sms', '0', '2', '2') },
      'came over SMS; reports: 0 sms, 2 sms, 2 sms',
    ],
    [
      'reported as failed',
      1,
      { shown: [sms], told: tell('sms', '0', '3') },
      'came over SMS; reports: 0 sms, 3 sms',
    ],
    ['not reported', 1, { shown: [sms], told: [] }, 'came over SMS; reports: '],
    [
      'with the text of another',
      1,
      { shown: [show(2, 'SMS')], told: tell('sms', '0', '2') },
      'shows "Your bread 2 is ready"',
    ],
    [
      'in an app that is not there',
      0,
      { shown: [show(0, 'WhatsApp')], told: tell('whatsapp', '0', '2') },
      'came over no app',
    ],
  ];
  for (const [title, index, end, fault] of cases) {
    test(title, () => {
      const { faults, delivered } = judge(index, end);
      assert.deepEqual(faults, [`fallback${index} ${fault}`]);
      assert.deepEqual(delivered, { WhatsApp: 0, SMS: 0 });
    });
  }

  test('not accepted', () => {
    const tally = new FallbackTally();
    const phone = new FallbackPhone(4);
    phone.refusal = 'busy';
    tally.judge(phone, { shown: [], told: [] });
    assert.deepEqual(tally.faults, ['fallback4 was refused: busy']);
  });
});

test('no number of a phone asks for an error', () => {
  for (let index = 0; index < 20_000; index++) {
    assert.match(new FallbackPhone(index).digits, /^31611[1-9]{6}$/);
  }
});

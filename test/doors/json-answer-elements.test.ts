import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJsonRig, message, sendOne, wrap } from './json-rig.ts';

const number = '0031612345678';

describe('one element for each msg and recipient, in the order of the request (contract §4.1)', () => {
  test('a msg that fails as a whole is rejected for each recipient, and a bad number stays bad', async () => {
    const rig = await createJsonRig();
    const to = [
      { number: '0031612345678' },
      { number: 'x' },
      { number: null },
      { number: 31612345679 },
    ];
    const answer = await rig.sendMessages(
      message({ to, from: '', reference: 'a' }),
      message({ to, body: {}, reference: 'b' }),
      message({ to, reference: 'c' }),
      message({ to: [], reference: 'd' }),
    );
    assert.deepEqual(
      answer.messages.map((one) => [one.reference, one.to, one.messageErrorCode]),
      [
        ['a', '0031612345678', 301],
        ['a', 'x', 301],
        ['a', null, 301],
        ['a', '31612345679', 301],
        ['b', '0031612345678', 304],
        ['b', 'x', 303],
        ['b', null, 302],
        ['b', '31612345679', 304],
        ['c', '0031612345678', 0],
        ['c', 'x', 303],
        ['c', null, 302],
        ['c', '31612345679', 0],
        ['d', null, 302],
      ],
    );
    assert.equal(answer.details, 'Created 2 message(s)');
    assert.equal(answer.errorCode, 201);
    assert.deepEqual(
      rig.accepted.map(({ to: sent, msisdn, reference }) => [sent, msisdn, reference]),
      [
        ['0031612345678', '31612345678', 'c'],
        ['31612345679', '31612345679', 'c'],
      ],
    );
  });

  test('the answer is byte for byte what the specification shows', async () => {
    const rig = await createJsonRig();
    const response = await rig.send(
      wrap(
        message({ to: [{ number: '00447911123456' }], reference: 'your_reference_A' }),
        message({ to: [{ number: '00447911123457' }], reference: 'your_reference_B', body: {} }),
      ),
    );
    assert.equal(
      response.body,
      '{"details":"Created 1 message(s)","errorCode":201,"messages":[' +
        '{"to":"00447911123456","status":"Accepted","reference":"your_reference_A","parts":1,"messageDetails":null,"messageErrorCode":0},' +
        '{"to":"00447911123457","status":"Rejected","reference":"your_reference_B","parts":0,"messageDetails":"A body without content was found","messageErrorCode":304}]}',
    );
  });

  test('what a stranger sent comes back as JSON, whatever is in it', async () => {
    const rig = await createJsonRig();
    const nasty = '"\\\u0000\ud800\u2028</script>';
    const answer = await rig.sendMessages(message({ to: [{ number: nasty }] }));
    assert.equal(answer.messages[0]?.to, nasty);
    assert.equal(answer.messages[0]?.messageDetails, `Gsm '${nasty}' is not a number.`);
  });

  for (const [length, echoed] of [
    [100, true],
    [101, false],
  ] as const) {
    test(`a reference of ${length} characters is ${echoed ? '' : 'not '}echoed`, async () => {
      const reference = 'x'.repeat(length);
      const answer = await sendOne({ reference });
      assert.equal(answer.messages[0]?.reference, echoed ? reference : null);
      assert.equal(answer.messages[0]?.messageErrorCode, 305);
    });
  }

  test('the same number twice is two messages', async () => {
    const rig = await createJsonRig();
    const answer = await rig.sendMessages(message({ to: [{ number }, { number }] }));
    assert.equal(answer.details, 'Created 2 message(s)');
    assert.equal(new Set(rig.accepted.map(({ id }) => id)).size, 2);
  });
});

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { segment } from '../../src/text/segmentation.ts';
import { buildConcatUdh } from '../../src/text/udh.ts';
import { makePdu, type RawEsme, submit } from './smpp-esme.ts';
import { closeRigs, raiseSmppRig } from './smpp-rig.ts';

after(closeRigs);

const text = 'The bread that you ordered is ready. '.repeat(9);
const { payloads } = segment({ text, encoding: 'gsm7', partsMax: 255 });

/** The parts of `text` as a customer's own software would cut it. */
function parts(form: 'udh8' | 'udh16' | 'sar', reference = 7) {
  return payloads.map((payload, index) => {
    const place = { reference, total: payloads.length, sequence: index + 1 };
    if (form === 'sar') {
      const tlvs = {
        sar_msg_ref_num: reference,
        sar_total_segments: place.total,
        sar_segment_seqnum: place.sequence,
      };
      return { body: submit({ short_message: payload }), tlvs };
    }
    const udh = buildConcatUdh({ ...place, referenceWidth: form === 'udh8' ? 8 : 16 });
    const short_message = Buffer.concat([udh, payload]);
    return { body: submit({ esm_class: 0x40, short_message }), tlvs: undefined };
  });
}

function sendAll(esme: RawEsme, form: 'udh8' | 'udh16' | 'sar', order = [0, 1, 2]): void {
  const all = parts(form);
  esme.sendAll(
    order.map((index) => {
      const { body, tlvs } = all[index] ?? { body: submit() };
      return makePdu('submit_sm', index + 1, body, tlvs);
    }),
  );
}

function idOf(pdu: object): string {
  assert.ok('message_id' in pdu && typeof pdu.message_id === 'string');
  return pdu.message_id;
}

test('there are three parts', () => assert.equal(payloads.length, 3));

describe('all parts within the window', () => {
  for (const form of ['udh8', 'udh16', 'sar'] as const) {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
    ]) {
      test(`${form}, parts ${order.join()}: one message, whose id answers all parts`, async () => {
        const rig = await raiseSmppRig();
        const esme = await rig.bind();
        sendAll(esme, form, order);
        const answers = await esme.take(3);
        assert.equal(rig.accepted.length, 1);
        assert.equal(rig.accepted[0]?.content.text, text);
        assert.equal(rig.accepted[0]?.content.udh, null);
        for (const answer of answers) {
          assert.equal(answer.command_status, 0);
          assert.equal(idOf(answer), rig.accepted[0]?.id);
        }
        assert.deepEqual(
          answers.map(({ sequence_number }) => sequence_number).toSorted((a, b) => a - b),
          [1, 2, 3],
        );
      });
    }
  }

  test('parts over two sessions of the account find each other', async () => {
    const rig = await raiseSmppRig();
    const [one, other] = [await rig.bind(), await rig.bind()];
    const [first, second, third] = parts('udh8');
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    one.sendAll([makePdu('submit_sm', 1, first.body), makePdu('submit_sm', 3, third.body)]);
    other.sendAll([makePdu('submit_sm', 2, second.body)]);
    const answers = [...(await one.take(2)), await other.next()];
    assert.equal(rig.accepted.length, 1);
    assert.equal(new Set(answers.map(idOf)).size, 1);
  });

  test('a receipt that one part asks for is a receipt of the whole', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    const all = parts('udh8').map(({ body }, index) => {
      return makePdu('submit_sm', index + 1, { ...body, registered_delivery: index === 2 ? 1 : 0 });
    });
    esme.sendAll(all);
    await esme.take(3);
    assert.equal(rig.accepted[0]?.wants, 0b01110);
  });

  test('what is wrong with the whole is said of each part', async () => {
    const rig = await raiseSmppRig({ screen: () => 'spam' });
    const esme = await rig.bind();
    sendAll(esme, 'udh8');
    for (const answer of await esme.take(3)) assert.equal(answer.command_status, 0x45);
    assert.equal(rig.accepted.length, 0);
  });
});

describe('customers that wait for each answer', () => {
  test('a window of 1: each part is a message that has its place, and soon none waits', async () => {
    const rig = await raiseSmppRig({ access: { window: 1 } });
    const esme = await rig.bind();
    for (const round of [1, 2]) {
      for (const { body } of parts('udh8', round)) {
        esme.send('submit_sm', body);
        assert.equal((await esme.next()).command_status, 0);
      }
    }
    assert.equal(rig.accepted.length, 6);
    assert.deepEqual(
      rig.accepted.map(({ content }) => content.udh),
      [1, 2].flatMap((round) => [1, 2, 3].map((place) => `0500030${round}030${place}`)),
    );
    assert.equal(
      rig.accepted
        .slice(0, 3)
        .map(({ content }) => content.text)
        .join(''),
      text,
    );
    // The first two parts had to show it; from then on nothing waits.
    const waits = rig.accepted.map(({ acceptedAt }, index) => {
      return acceptedAt - (rig.accepted[index - 1]?.acceptedAt ?? acceptedAt);
    });
    assert.ok(Math.max(...waits.slice(2)) < 400, waits.join());
  });

  test('SAR parts get a header for the handset', async () => {
    const rig = await raiseSmppRig({ access: { window: 1 } });
    const esme = await rig.bind();
    const [first] = parts('sar');
    assert.ok(first !== undefined);
    esme.send('submit_sm', first.body, first.tlvs);
    await esme.next();
    assert.equal(rig.accepted[0]?.content.udh, '050003070301');
  });

  test('a session that unbinds with a part unanswered gets its answer first', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    const [first] = parts('udh8');
    assert.ok(first !== undefined);
    esme.send('submit_sm', first.body);
    esme.send('unbind', {});
    const answers = await esme.take(2);
    assert.deepEqual(
      answers.map(({ command }) => command),
      ['submit_sm_resp', 'unbind_resp'],
    );
    assert.equal(rig.accepted.length, 1);
  });

  test('a connection that is lost takes its unanswered parts with it, not those of others', async () => {
    const rig = await raiseSmppRig();
    const [one, other] = [await rig.bind(), await rig.bind()];
    const [first, second] = parts('udh8');
    assert.ok(first !== undefined && second !== undefined);
    one.sendAll([makePdu('submit_sm', 1, first.body), makePdu('enquire_link', 2, {})]);
    await one.next();
    other.sendAll([makePdu('submit_sm', 1, second.body), makePdu('enquire_link', 2, {})]);
    await other.next();
    one.socket.destroy();
    const answer = await other.next();
    assert.equal(answer.command, 'submit_sm_resp');
    assert.equal(answer.command_status, 0);
    assert.equal(rig.accepted.length, 1);
    assert.equal(rig.accepted[0]?.content.udh, '050003070302');
  });
});

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { rank } from '../../src/core/lifecycle.ts';
import { commandStatus } from '../../src/smpp/command-status.ts';
import { formatAbsoluteTime } from '../../src/smpp/time.ts';
import { closeRigs, raiseSmppRig } from './smpp-rig.ts';

after(closeRigs);

describe('query_sm and cancel_sm', () => {
  const from = { source_addr_ton: 5, source_addr_npi: 0, source_addr: 'Bakery' };
  const query = (message_id: string) => ({ message_id, ...from });
  const cancel = (message_id: string, destination_addr = '') => ({
    service_type: '',
    message_id,
    ...from,
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr,
  });

  test('a message is on its way, then delivered, and says when', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    await esme.submit();
    const id = rig.accepted[0]?.id ?? '';
    esme.send('query_sm', query(id));
    const before = await esme.next();
    assert.ok(before.command === 'query_sm_resp');
    assert.deepEqual([before.message_id, before.final_date, before.message_state], [id, '', 1]);
    const outcome = { kind: 'accepted', providerId: 'p' } as const;
    const at = Date.now();
    await rig.store.dispatch.submitted(
      [{ id, step: 0, part: 0, connection: 'op', outcome }],
      null,
      at,
    );
    await rig.store.receipts.record(
      [
        {
          connection: 'op',
          providerIds: ['p'],
          exact: 1,
          destination: null,
          state: 'delivered',
          error: 0,
          at,
          operator: null,
        },
      ],
      at,
    );
    esme.send('query_sm', query(id));
    const answer = await esme.next();
    assert.ok(answer.command === 'query_sm_resp');
    assert.equal(answer.message_state, 2);
    assert.equal(answer.final_date, formatAbsoluteTime(at));
    assert.equal((await rig.store.history.message(id))?.live.rank, rank.end);
  });

  for (const [title, message_id] of [
    ['an id that is unknown', '0'.repeat(32)],
    ['an id that is none', 'x'],
    ['no id', ''],
  ] as const) {
    test(`${title}: ESME_RQUERYFAIL, ESME_RCANCELFAIL`, async () => {
      const rig = await raiseSmppRig();
      const esme = await rig.bind();
      esme.send('query_sm', query(message_id));
      assert.equal((await esme.next()).command_status, commandStatus.ESME_RQUERYFAIL);
      esme.send('cancel_sm', cancel(message_id));
      assert.equal((await esme.next()).command_status, commandStatus.ESME_RCANCELFAIL);
    });
  }

  test("others' messages are not found, nor one's own under another sender", async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    await esme.submit();
    const [mine] = rig.accepted;
    assert.ok(mine !== undefined);
    const theirs = { ...mine, id: 'f'.repeat(32), account: 'butcher' };
    await rig.store.intake.accept({
      account: 'butcher',
      messages: [theirs],
      now: mine.acceptedAt,
      wallet: 'none',
    });
    esme.send('query_sm', query(theirs.id));
    assert.equal((await esme.next()).command_status, commandStatus.ESME_RQUERYFAIL);
    esme.send('query_sm', { ...query(mine.id), source_addr: 'Butcher' });
    assert.equal((await esme.next()).command_status, commandStatus.ESME_RQUERYFAIL);
    esme.send('cancel_sm', cancel(theirs.id));
    assert.equal((await esme.next()).command_status, commandStatus.ESME_RCANCELFAIL);
    assert.deepEqual(rig.cancelled, []);
  });

  test('a message is taken back by its id, if the destination is right', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    await esme.submit();
    const id = rig.accepted[0]?.id ?? '';
    esme.send('cancel_sm', cancel(id, '31600000000'));
    assert.equal((await esme.next()).command_status, commandStatus.ESME_RCANCELFAIL);
    esme.send('cancel_sm', cancel(id, '31612345678'));
    const answer = await esme.next();
    assert.equal(answer.command, 'cancel_sm_resp');
    assert.equal(answer.command_status, 0);
    assert.deepEqual(rig.cancelled, [id]);
  });

  test('replace_sm: ESME_RREPLACEFAIL', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    await esme.submit();
    esme.send('replace_sm', {
      message_id: rig.accepted[0]?.id ?? '',
      ...from,
      schedule_delivery_time: '',
      validity_period: '',
      registered_delivery: 0,
      sm_default_msg_id: 0,
      short_message: Buffer.from('other'),
    });
    const answer = await esme.next();
    assert.equal(answer.command, 'replace_sm_resp');
    assert.equal(answer.command_status, commandStatus.ESME_RREPLACEFAIL);
  });
});

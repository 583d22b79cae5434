import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { commandStatus, nameCommandStatus } from '../../src/smpp/command-status.ts';
import type { DestAddress } from '../../src/smpp/pdus.ts';
import { submit } from './smpp-esme.ts';
import { closeRigs, raiseSmppRig } from './smpp-rig.ts';

after(closeRigs);

const hour = 3_600_000;

describe('data_sm', () => {
  const body = {
    service_type: '',
    source_addr_ton: 5,
    source_addr_npi: 0,
    source_addr: 'Bakery',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '31612345678',
    esm_class: 0,
    registered_delivery: 1,
    data_coding: 0,
  };

  test('is a message', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    esme.send('data_sm', body, {
      message_payload: Buffer.from('Your bread'),
      qos_time_to_live: 3_600,
    });
    const answer = await esme.next();
    assert.equal(answer.command, 'data_sm_resp');
    assert.equal(answer.command_status, 0);
    const [message] = rig.accepted;
    assert.ok(message !== undefined && 'message_id' in answer);
    assert.equal(answer.message_id, message.id);
    assert.equal(message.content.text, 'Your bread');
    assert.ok(Math.abs(message.expiresAt - message.acceptedAt - hour) < 1_000);
  });

  for (const [title, tlvs, status] of [
    ['without a text', {}, 'ESME_RINVMSGLEN'],
    [
      'with no time to live',
      { message_payload: Buffer.from('A'), qos_time_to_live: 0 },
      'ESME_RINVEXPIRY',
    ],
  ] as const) {
    test(`${title}: ${status}`, async () => {
      const rig = await raiseSmppRig();
      const esme = await rig.bind();
      esme.send('data_sm', body, tlvs);
      const answer = await esme.next();
      assert.equal(answer.command, 'data_sm_resp');
      assert.equal(nameCommandStatus(answer.command_status), status);
    });
  }

  test('of a receiver is refused, although table 2-1 has it', async () => {
    const rig = await raiseSmppRig();
    const esme = await rig.bind({ command: 'bind_receiver' });
    esme.send('data_sm', body, { message_payload: Buffer.from('A') });
    assert.equal((await esme.next()).command_status, commandStatus.ESME_RINVBNDSTS);
  });
});

describe('submit_multi', () => {
  const sme = (destination_addr: string) =>
    ({ dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr }) as const;
  const { dest_addr_ton: _, dest_addr_npi: __, destination_addr: ___, ...rest } = submit();

  async function send(destinations: readonly (string | DestAddress)[]) {
    const rig = await raiseSmppRig();
    const esme = await rig.bind();
    const dest_address = destinations.map((one) => (typeof one === 'string' ? sme(one) : one));
    esme.send('submit_multi', { ...rest, dest_address });
    const answer = await esme.next();
    assert.ok(answer.command === 'submit_multi_resp');
    return { rig, answer, esme };
  }

  test('is one message for each destination; all go by one id', async () => {
    const { rig, answer } = await send(['31612345671', '31612345672', '31612345673']);
    assert.equal(answer.command_status, 0);
    assert.deepEqual(answer.unsuccess_sme, []);
    assert.match(answer.message_id, /^[0-9a-f]{32}$/);
    assert.deepEqual(
      rig.accepted.map(({ to }) => to),
      ['31612345671', '31612345672', '31612345673'],
    );
    for (const { reference } of rig.accepted) assert.equal(reference, answer.message_id);
  });

  test('of one destination goes by the id of its message', async () => {
    const { rig, answer } = await send(['31612345671']);
    assert.equal(answer.message_id, rig.accepted[0]?.id);
  });

  test('says which destinations were refused, and why', async () => {
    const list = { dest_flag: 2, dl_name: 'friends' } as const;
    const { rig, answer } = await send(['31612345671', 'nobody', list, '31612345672']);
    assert.equal(answer.command_status, 0);
    assert.deepEqual(
      answer.unsuccess_sme
        .map(
          ({ destination_addr, error_status_code }) =>
            `${destination_addr} ${nameCommandStatus(error_status_code)}`,
        )
        .toSorted((a, b) => a.localeCompare(b)),
      ['friends ESME_RINVDLNAME', 'nobody ESME_RINVDSTADR'],
    );
    assert.equal(rig.accepted.length, 2);
  });

  test('of which nothing was accepted is refused, and says why', async () => {
    const { rig, answer } = await send(['nobody', 'noone']);
    assert.equal(nameCommandStatus(answer.command_status), 'ESME_RINVDSTADR');
    assert.equal(answer.unsuccess_sme.length, 2);
    assert.equal(rig.accepted.length, 0);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandStatus } from '../../src/smpp/command-status.ts';
import { createSmppRig } from './smpp-rig.ts';

describe('binds', () => {
  for (const command of ['bind_transmitter', 'bind_receiver', 'bind_transceiver'] as const) {
    test(`${command} with the right password is answered with our version`, async (context) => {
      const rig = await createSmppRig();
      context.after(() => rig.close());
      const esme = await rig.connect();
      const answer = await esme.bind({ command });
      assert.equal(answer.command, `${command}_resp`);
      assert.equal(answer.command_status, commandStatus.ESME_ROK);
      assert.deepEqual(answer.tlvs, { sc_interface_version: 0x34 });
      assert.equal(rig.server.sessions().get('bakery'), 1);
    });
  }

  test('a submit is a message, its id has 32 characters', async (context) => {
    const rig = await createSmppRig();
    context.after(() => rig.close());
    const esme = await rig.bind();
    const answer = await esme.submit();
    assert.equal(answer.command, 'submit_sm_resp');
    assert.equal(answer.command_status, 0);
    const [message] = rig.accepted;
    assert.ok('message_id' in answer);
    assert.match(answer.message_id, /^[0-9a-f]{32}$/);
    assert.equal(answer.message_id, message?.id);
    assert.equal(message?.content.text, 'Your bread is ready');
  });
});

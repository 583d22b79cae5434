import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hashPassword, isPasswordHash, verifyPassword } from '../../src/lib/password.ts';
import { connectEsme, password, type RawEsme } from '../doors/smpp-esme.ts';
import { type Program, startProgram, tokenSecret } from './program.ts';

const bin = fileURLToPath(new URL('../../bin/chappe.mjs', import.meta.url));

const programs: Program[] = [];
after(() => {
  for (const program of programs) program.signal('SIGKILL');
});

/** A rehearsal, and a session of its demo account with what the banner says. */
async function bindToStage(): Promise<{ program: Program; esme: RawEsme }> {
  const program = await startProgram();
  programs.push(program);
  const [, port = '', system_id = '', demoPassword = ''] = await program.prints(
    /SMPP +127\.0\.0\.1:(\d+), system_id (\S+), password (\S+)/,
  );
  const esme = await connectEsme(Number(port));
  const bound = await esme.bind({ system_id, password: demoPassword });
  assert.equal(bound.command_status, 0);
  return { program, esme };
}

describe('a customer over SMPP', () => {
  test('submits with what the banner says, and gets a receipt; SIGTERM unbinds it', async () => {
    const { program, esme } = await bindToStage();
    const answer = await esme.submit({ registered_delivery: 1 });
    assert.equal(answer.command_status, 0);
    assert.ok('message_id' in answer);
    const receipt = await esme.next();
    assert.ok(receipt.command === 'deliver_sm');
    assert.equal(receipt.tlvs?.receipted_message_id, answer.message_id);
    assert.equal(receipt.tlvs?.message_state, 2);
    const { sequence_number } = receipt;
    esme.sendAll([
      { command: 'deliver_sm_resp', command_status: 0, sequence_number, message_id: '' },
    ]);
    program.signal('SIGTERM');
    const unbind = await esme.next();
    assert.equal(unbind.command, 'unbind');
    esme.sendAll([
      { command: 'unbind_resp', command_status: 0, sequence_number: unbind.sequence_number },
    ]);
    await esme.ended;
    assert.equal(await program.ended, 0);
  });

  test('says a tariff, which its account sees; what is no tariff is refused', async () => {
    const { program, esme } = await bindToStage();
    const [, productToken = ''] = await program.prints(/Token +(\S+)/);
    const wrong = await esme.submit({}, { tariff: '-150' });
    assert.equal(wrong.command_status, 0xc4);
    for (const [tlvs, tariff] of [
      [{ tariff: '150' }, 150],
      [{ tariff: '0' }, 0],
      [{}, null],
    ] as const) {
      const answer = await esme.submit({ registered_delivery: 0 }, tlvs);
      assert.ok('message_id' in answer);
      const seen = await fetch(`${program.url}/api/messages/${answer.message_id}`, {
        headers: { 'x-cm-producttoken': productToken },
      });
      const view: { tariff: number | null } = JSON.parse(await seen.text());
      assert.equal(view.tariff, tariff);
    }
    esme.socket.destroy();
  });

  test('takes back what has not gone out, and is told so', async () => {
    const program = await startProgram({
      config: {
        accounts: [
          {
            id: 'bakery',
            token: tokenSecret,
            smpp: { systemId: 'bakery', passwordHash: hashPassword(password) },
          },
        ],
        // Nobody listens on port 1.
        connections: [
          {
            name: 'operator',
            channel: 'SMS',
            settings: {
              hosts: ['127.0.0.1:1'],
              tls: false,
              systemId: 'chappe',
              password: { env: 'OPERATOR_PASSWORD' },
            },
          },
        ],
        routes: [{ channel: 'SMS', connection: 'operator' }],
      },
      environment: { OPERATOR_PASSWORD: 'secret' },
    });
    programs.push(program);
    const [, port = ''] = await program.prints(/"smpp":"127\.0\.0\.1:(\d+)"/);
    const esme = await connectEsme(Number(port));
    assert.equal((await esme.bind()).command_status, 0);
    const answer = await esme.submit({ registered_delivery: 1 });
    assert.ok('message_id' in answer);
    const { message_id } = answer;
    const addresses = {
      source_addr_ton: 5,
      source_addr_npi: 0,
      source_addr: 'Bakery',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '31612345678',
    };
    esme.send('cancel_sm', { service_type: '', message_id, ...addresses });
    const seen = await esme.take(2);
    const cancelled = seen.find(({ command }) => command === 'cancel_sm_resp');
    assert.equal(cancelled?.command_status, 0);
    const receipt = seen.find(({ command }) => command === 'deliver_sm');
    assert.equal(receipt?.tlvs?.receipted_message_id, message_id);
    assert.equal(receipt?.tlvs?.message_state, 5);
    esme.send('cancel_sm', { service_type: '', message_id, ...addresses });
    assert.equal((await esme.next()).command_status, 0x11, 'it has ended');
    esme.send('query_sm', { message_id, ...addresses });
    const queried = await esme.next();
    assert.ok(queried.command === 'query_sm_resp');
    assert.deepEqual([queried.message_state, queried.error_code], [5, 5]);
  });
});

describe('chappe hash-password', () => {
  const hash = (input: string, ...args: string[]) =>
    spawnSync(process.execPath, [bin, 'hash-password', ...args], { input, encoding: 'utf8' });

  test('prints a hash that takes the password, with or without the end of its line', async () => {
    for (const input of ['bread123', 'bread123\n', 'bread123\r\n']) {
      const { status, stdout } = hash(input);
      assert.equal(status, 0);
      assert.ok(isPasswordHash(stdout.trim()));
      assert.equal(await verifyPassword('bread123', stdout.trim()), true);
    }
  });

  for (const [title, input] of [
    ['nothing', ''],
    ['nine characters', 'bread1234'],
    ['a space', 'my bread'],
    ['beyond ASCII', 'brød'],
  ] as const) {
    test(`${title} is no password of SMPP: 1`, () => {
      const { status, stdout, stderr } = hash(input);
      assert.equal(status, 1);
      assert.equal(stdout, '');
      assert.match(stderr, /1 to 8 printable ASCII/);
    });
  }

  test('a password on the command line is refused: others could read it', () => {
    const { status, stdout } = hash('', 'bread123');
    assert.equal(status, 2);
    assert.equal(stdout, '');
  });
});

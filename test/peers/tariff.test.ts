import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hashPassword } from '../../src/lib/password.ts';
import { openPeerOperator } from '../program/peer-operator.ts';
import { cleanUp, startProgram, tokenSecret } from '../program/program.ts';
import { password, systemId } from './gateway.ts';
import { bindNpmEsme, destroyNpmEsmes, type NpmEsme } from './npm-esme.ts';

/** Numbers that go to an operator who is told the tariff, and to one who is not. */
const [told, untold] = ['31612345678', '31712345678'];
const tariffTag = 0x140a;

let operator: Awaited<ReturnType<typeof openPeerOperator>>;
let esme: NpmEsme;

before(async () => {
  operator = await openPeerOperator();
  const settings = { hosts: [`127.0.0.1:${operator.port}`], tls: false, systemId: 'chappe' };
  const program = await startProgram({
    environment: { CHAPPE_TEST_SMPP_HASH: hashPassword(password, 2) },
    config: {
      accounts: [
        {
          id: 'shop',
          token: tokenSecret,
          smpp: { systemId, passwordHash: { env: 'CHAPPE_TEST_SMPP_HASH' } },
        },
      ],
      connections: [
        { name: 'told', channel: 'SMS', settings: { ...settings, tariffTag } },
        { name: 'untold', channel: 'SMS', settings },
      ],
      routes: [
        { channel: 'SMS', connection: 'told', prefixes: ['316'] },
        { channel: 'SMS', connection: 'untold', prefixes: ['317'] },
      ],
    },
  });
  const [, port = ''] = await program.prints(/"smpp":"127\.0\.0\.1:(\d+)"/);
  esme = await bindNpmEsme(Number(port));
});

after(async () => {
  destroyNpmEsmes();
  await cleanUp();
  operator.close();
});

for (const [title, to, tariff, expected] of [
  ['reaches an operator who wants it', told, '150', '150'],
  ['loses zeros in front', told, '007', '7'],
  ['may be nothing', told, '0', '0'],
  ['that is empty is none', told, '', undefined],
  ['does not reach another operator', untold, '150', undefined],
] as const) {
  test(`a tariff ${title}`, async () => {
    const sent = operator.count;
    const { command_status } = await esme.submit({ destination_addr: to, chappe_tariff: tariff });
    assert.equal(command_status, 0);
    const submit = await operator.untilNext(sent);
    assert.equal(submit.destination_addr, to);
    assert.equal(submit.chappe_tariff?.toString(), expected);
  });
}

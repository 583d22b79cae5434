import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { cleanUp } from '../program/program.ts';
import { until } from '../program/until.ts';
import { type PeerGateway, startPeerGateway } from './gateway.ts';
import { bindNpmEsme, destroyNpmEsmes, type EsmePdu, receiptedId, textOf } from './npm-esme.ts';

const throttled = 0x58;
const temporaryError = 0x64;
const permanentError = 0x65;

let gateway: PeerGateway;

before(async () => {
  gateway = await startPeerGateway({ window: 4 });
});

afterEach(destroyNpmEsmes);

after(async () => {
  await cleanUp();
  await gateway.smsc.stop();
});

/** Submits so many messages over a transmitter that leaves afterwards; their ids. */
async function submitAll(count: number, fields: object = {}): Promise<string[]> {
  const transmitter = await bindNpmEsme(gateway.smppPort, 'transmitter');
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const { command_status, message_id = '' } = await transmitter.submit(fields);
    assert.equal(command_status, 0);
    assert.match(message_id, /^[0-9a-f]{32}$/);
    ids.push(message_id);
  }
  await transmitter.unbind();
  return ids;
}

const sorted = (texts: readonly string[]) =>
  texts.toSorted((left, right) => (left < right ? -1 : 1));

function assertReceipts(came: readonly EsmePdu[], ids: readonly string[]): void {
  assert.deepEqual(sorted(came.map(receiptedId)), sorted(ids));
}

/** Waits until every receipt of these messages is in the outbox: they have ended. */
async function untilEnded(): Promise<void> {
  await until('the operator has delivered all', async () => {
    const { deliveries } = await gateway.smsc.stats();
    return deliveries.waiting === 0;
  });
}

describe('a receipt', () => {
  test('is a deliver_sm with text and TLVs, from the handset to the sender', async () => {
    const esme = await bindNpmEsme(gateway.smppPort);
    const { message_id } = await esme.submit({ destination_addr: '+31612345678' });
    const [receipt] = await esme.until(1);
    assert.ok(receipt !== undefined);
    assert.equal(receipt.command, 'deliver_sm');
    assert.equal(receipt.esm_class, 0x04);
    assert.equal(receipt.source_addr, '+31612345678');
    assert.equal(receipt.source_addr_ton, 1);
    assert.equal(receipt.destination_addr, 'Bakery');
    assert.equal(receipt.dest_addr_ton, 5);
    assert.equal(receiptedId(receipt), message_id);
    assert.equal(receipt.message_state, 2);
    assert.match(String(receipt.chappe_operator), /^204\d\d$/);
    assert.match(
      textOf(receipt),
      new RegExp(`^id:${message_id} submit date:\\d{14} done date:\\d{14} stat:DELIVRD err:000$`),
    );
  });

  for (const [to, text, state] of [
    ['31612340000024', 'stat:UNDELIV err:024', 5],
    ['31612340000008', 'stat:EXPIRED err:008', 3],
    ['31612340000020', 'stat:REJECTD err:020', 8],
  ] as const) {
    test(`says ${text}`, async () => {
      const esme = await bindNpmEsme(gateway.smppPort);
      await esme.submit({ destination_addr: to });
      const [receipt] = await esme.until(1);
      assert.ok(receipt !== undefined);
      assert.ok(textOf(receipt).endsWith(text), textOf(receipt));
      assert.equal(receipt.message_state, state);
    });
  }

  test('comes only if it was asked for: none, failures only, the buffering as well', async () => {
    const esme = await bindNpmEsme(gateway.smppPort);
    await esme.submit({ registered_delivery: 0 });
    await esme.submit({ registered_delivery: 2 });
    await esme.submit({ registered_delivery: 0, destination_addr: '31612340000024' });
    const failed = await esme.submit({
      registered_delivery: 2,
      destination_addr: '31612340000024',
    });
    const both = await esme.submit({ registered_delivery: 0x11 });
    const came = await esme.until(3);
    assert.deepEqual(
      came
        .map((receipt) => [receiptedId(receipt), receipt.message_state])
        .toSorted(([, left], [, right]) => Number(left) - Number(right)),
      [
        [both.message_id, 2],
        [failed.message_id, 5],
        [both.message_id, 6],
      ],
    );
    const ofBoth = came.filter((receipt) => receiptedId(receipt) === both.message_id);
    assert.deepEqual(
      ofBoth.map(({ message_state }) => message_state),
      [6, 2],
      'in their order',
    );
  });

  test('a data_sm carries it in message_payload', async (context) => {
    const other = await startPeerGateway({ receipts: 'data_sm', deliveredWord: 'DELIVERD' });
    context.after(() => other.smsc.stop());
    const esme = await bindNpmEsme(other.smppPort);
    const { message_id } = await esme.submit();
    const [receipt] = await esme.until(1);
    assert.ok(receipt !== undefined);
    assert.equal(receipt.command, 'data_sm');
    assert.equal(receipt.esm_class, 0x04);
    assert.equal(receiptedId(receipt), message_id);
    assert.equal(receipt.message_state, 2);
    assert.match(textOf(receipt), / stat:DELIVERD err:000$/);
    await other.program.stop();
  });
});

describe('TLVs of a submit', () => {
  test("the customer's operator comes back with a receipt when the network says nothing", async () => {
    const esme = await bindNpmEsme(gateway.smppPort);
    const { command_status } = await esme.submit({ chappe_operator: '20416', chappe_tariff: '35' });
    assert.equal(command_status, 0);
    const [receipt] = await esme.until(1);
    assert.match(String(receipt?.chappe_operator), /^204\d\d$/);
  });

  test('a wrong one is refused', async () => {
    const esme = await bindNpmEsme(gateway.smppPort);
    const answer = await esme.submit({ chappe_operator: 'KPN' });
    assert.equal(answer.command_status, 0xc4);
  });
});

describe('sessions of one account', () => {
  test('share receipts; each comes once', async () => {
    const one = await bindNpmEsme(gateway.smppPort, 'receiver');
    const two = await bindNpmEsme(gateway.smppPort);
    const ids = await submitAll(60);
    await until('all have come', () => one.came.length + two.came.length >= 60);
    assert.ok(one.came.length > 10 && two.came.length > 10, `${one.came.length}`);
    assertReceipts([...one.came, ...two.came], ids);
  });

  test('a transmitter gets none; they wait for a receiver', async () => {
    const transmitter = await bindNpmEsme(gateway.smppPort, 'transmitter');
    const { message_id } = await transmitter.submit();
    await untilEnded();
    const receiver = await bindNpmEsme(gateway.smppPort, 'receiver');
    const [receipt] = await receiver.until(1);
    assert.equal(receipt && receiptedId(receipt), message_id);
    assert.deepEqual(transmitter.came, []);
  });

  test('what waits survives a kill of the gateway', async () => {
    const ids = await submitAll(20);
    await untilEnded();
    gateway = await gateway.killAndRestart();
    const esme = await bindNpmEsme(gateway.smppPort);
    await esme.until(20);
    assertReceipts(esme.came, ids);
  });

  test('what was under way at a kill comes again', async () => {
    const silent = await bindNpmEsme(gateway.smppPort, 'receiver', () => null);
    const ids = await submitAll(6);
    await silent.until(4);
    gateway = await gateway.killAndRestart();
    const esme = await bindNpmEsme(gateway.smppPort);
    await esme.until(6);
    assertReceipts(esme.came, ids);
    assert.equal(silent.came.length, 4, 'the window is four');
  });
});

describe('an ESME', () => {
  test('that answers late keeps its window and gets nothing twice', async () => {
    let outstanding = 0;
    let most = 0;
    const esme = await bindNpmEsme(gateway.smppPort, 'receiver', () => {
      most = Math.max(most, ++outstanding);
      // Not a wait of the test: the ESME itself takes so long, and its answer goes out right behind.
      setTimeout(() => outstanding--, 300);
      return { status: 0, afterMs: 300 };
    });
    const ids = await submitAll(12);
    await esme.until(12);
    assert.ok(most <= 4, String(most));
    await gateway.untilMetric('chappe_smpp_outstanding 0');
    assertReceipts(esme.came, ids);
  });

  test('that does not answer holds only its window; when it leaves, others get that too', async () => {
    const silent = await bindNpmEsme(gateway.smppPort, 'receiver', () => null);
    const ids = await submitAll(10);
    await silent.until(4);
    const good = await bindNpmEsme(gateway.smppPort, 'receiver');
    await good.until(6);
    silent.destroy();
    await good.until(10);
    assert.equal(silent.came.length, 4);
    assertReceipts(good.came, ids);
  });

  test('that closes in the middle gets the rest, and what was unanswered, when it is back', async () => {
    let taken = 0;
    const first = await bindNpmEsme(gateway.smppPort, 'receiver', () => {
      taken++;
      return taken <= 3 ? { status: 0 } : null;
    });
    const ids = await submitAll(10);
    await first.until(5);
    await gateway.untilMetric('chappe_smpp_outstanding 4');
    first.destroy();
    const answered = first.came.slice(0, 3).map(receiptedId);
    const again = await bindNpmEsme(gateway.smppPort, 'receiver');
    await again.until(7);
    assertReceipts(
      again.came,
      ids.filter((id) => !answered.includes(id)),
    );
  });

  for (const [name, status] of [
    ['ESME_RTHROTTLED', throttled],
    ['ESME_RX_T_APPN', temporaryError],
  ] as const) {
    test(`that answers ${name} gets the receipt again`, async () => {
      let answers = 0;
      const esme = await bindNpmEsme(gateway.smppPort, 'receiver', () => ({
        status: answers++ === 0 ? status : 0,
      }));
      const [id] = await submitAll(1);
      const came = await esme.until(2);
      assert.deepEqual(came.map(receiptedId), [id, id]);
    });
  }

  test('that answers ESME_RX_P_APPN never gets the receipt again, but all others', async () => {
    let answers = 0;
    const esme = await bindNpmEsme(gateway.smppPort, 'receiver', () => ({
      status: answers++ === 0 ? permanentError : 0,
    }));
    const ids = await submitAll(3);
    await esme.until(3);
    await gateway.untilMetric('chappe_smpp_delivery_refused_total{kind="receipt"} 1');
    await gateway.untilMetric('chappe_smpp_outstanding 0');
    assertReceipts(esme.came, ids);
  });
});

describe('an incoming message', () => {
  test('comes as deliver_sm with its operator, long ones in parts', async () => {
    const esme = await bindNpmEsme(gateway.smppPort);
    await esme.submit({ destination_addr: '31612345699', source_addr: '1008', source_addr_ton: 3 });
    await esme.until(1);
    await gateway.smsc.injectMo({ from: '31612345699', to: '1008', text: 'Dank je @ €' });
    const [, short] = await esme.until(2);
    assert.ok(short !== undefined);
    assert.deepEqual([short.esm_class, short.data_coding], [0, 0]);
    assert.deepEqual([short.source_addr, short.destination_addr], ['31612345699', '1008']);
    assert.match(String(short.chappe_operator), /^204\d\d$/);
    const text = 'Ψωμί και γάλα. '.repeat(10).trimEnd();
    await gateway.smsc.injectMo({ from: '31612345699', to: '1008', text });
    const parts = (await esme.until(5)).slice(2);
    assert.deepEqual(
      parts.map(({ esm_class, data_coding }) => [esm_class, data_coding]),
      [
        [0x40, 8],
        [0x40, 8],
        [0x40, 8],
      ],
    );
    assert.equal(parts.map(textOf).join(''), text);
  });
});

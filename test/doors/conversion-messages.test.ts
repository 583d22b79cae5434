import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  accept,
  accepted,
  hourMs,
  idOf,
  receipt,
  sampleMessage,
} from '../../src/store/conformance/sample.ts';
import { createConversionRig, jsonOf } from './conversion-rig.ts';
import { acceptedAt } from './door-rig.ts';

describe('the message of a conversion', () => {
  /** Three messages, oldest first, and one of another account. */
  async function createFilledRig() {
    const rig = createConversionRig();
    const number = { msisdn: '31612345678', to: '0031612345678', acceptedAt };
    await accept(rig.store, [
      sampleMessage(1, { ...number, reference: 'a', groupings: ['orders', null, null] }),
      sampleMessage(2, { ...number, reference: 'b' }),
      sampleMessage(3, { reference: 'a', acceptedAt, operator: '20408' }),
    ]);
    await accept(rig.store, [sampleMessage(4, { ...number, reference: 'a', account: 'other' })]);
    for (const index of [1, 2, 3]) {
      await rig.store.dispatch.submitted([accepted(index, `id${index}`)], null, acceptedAt);
    }
    await rig.store.receipts.record([receipt('id1'), receipt('id3')], acceptedAt);
    return rig;
  }

  for (const { title, fields, index } of [
    { title: 'the newest with the reference', fields: { Reference: 'a' }, index: 3 },
    {
      title: 'the newest to the number',
      fields: { Reference: null, Msisdn: '0031612345678' },
      index: 2,
    },
    { title: 'the one with both', fields: { Reference: 'a', Msisdn: '31612345678' }, index: 1 },
    {
      title: 'none if one does not fit',
      fields: { Reference: 'a', Msisdn: '31612345679' },
      index: null,
    },
    { title: 'none with a reference of nobody', fields: { Reference: 'A' }, index: null },
  ]) {
    test(`is ${title}`, async () => {
      const rig = await createFilledRig();
      await rig.report(jsonOf(fields));
      const [one] = await rig.store.conversions.find({ account: 'demo', limit: 1 });
      assert.equal(one?.message?.id ?? null, index === null ? null : idOf(index));
    });
  }

  test('is shown with it, and counted with its route', async () => {
    const rig = await createFilledRig();
    const times = { NotificationTimestamp: '2026-03-02T13:00:01.500' };
    const first = { ConvertedTimestamp: '2026-03-02T13:00:00', ...times };
    await rig.report(jsonOf({ Reference: 'a', Msisdn: '31612345678', ...first }));
    await rig.report(jsonOf({ Reference: 'a', Msisdn: '31612345678', ...first }));
    await rig.report(jsonOf({ Reference: 'a', Msisdn: '31612345678' }));
    await rig.report(jsonOf({ Reference: 'nobody' }));
    const shown = {
      convertedAt: '2026-03-02T12:00:00.000Z',
      notifiedAt: '2026-03-02T12:00:01.500Z',
      receivedAt: '2026-03-02T12:00:00.000Z',
    };
    const { conversion } = await rig.get(`/api/messages/${idOf(1)}`);
    assert.deepEqual(conversion, shown);
    assert.equal((await rig.get(`/api/messages/${idOf(2)}`)).conversion, null);

    const { conversions, next } = await rig.get('/api/conversions', 'to=%2B31612345678&limit=1');
    const message = {
      id: idOf(1),
      connection: 'op',
      operator: null,
      customGroupings: ['orders', null, null],
    };
    assert.deepEqual(conversions, [{ reference: 'a', msisdn: '31612345678', ...shown, message }]);
    const rest = await rig.get('/api/conversions', `to=0031612345678&before=${next}`);
    assert.deepEqual(rest.conversions, []);
    assert.equal((await rig.get('/api/conversions')).conversions.length, 2);
    assert.equal((await rig.get('/api/conversions', 'reference=nobody')).conversions.length, 1);

    const counts = await rig.get('/api/conversions/counts');
    assert.deepEqual(counts, {
      status: 200,
      from: '2026-03-01T12:00:00.000Z',
      until: '2026-03-02T12:00:00.000Z',
      total: { sent: 0, delivered: 0, converted: 0 },
      routes: [],
      groupings: [],
      unmatched: 0,
    });
    const until = new Date(acceptedAt + hourMs).toISOString();
    const hour = await rig.get('/api/conversions/counts', `until=${until}&from=2026-03-02 12:00Z`);
    assert.deepEqual(hour, {
      status: 200,
      from: '2026-03-02T12:00:00.000Z',
      until,
      total: { sent: 3, delivered: 2, converted: 1 },
      routes: [
        { connection: 'op', operator: null, sent: 2, delivered: 1, converted: 1 },
        { connection: 'op', operator: '20408', sent: 1, delivered: 1, converted: 0 },
      ],
      groupings: [
        { customGroupings: ['orders', null, null], sent: 1, delivered: 1, converted: 1 },
        { customGroupings: [null, null, null], sent: 2, delivered: 1, converted: 0 },
      ],
      unmatched: 1,
    });
  });

  for (const [path, query, status] of [
    ['/api/conversions', 'limit=0', 400],
    ['/api/conversions', 'limit=101', 400],
    ['/api/conversions', 'limit=100', 200],
    ['/api/conversions', 'to=x', 400],
    ['/api/conversions', 'before=x', 400],
    ['/api/conversions/counts', 'from=x', 400],
    ['/api/conversions/counts', 'until=x', 400],
    ['/api/conversions/counts', 'from=2026-03-02T10:00&until=2026-03-02T09:00', 400],
    ['/api/conversions/counts', 'from=2026-01-01T00:00Z&until=2026-04-01T00:00:01Z', 400],
    ['/api/conversions/counts', 'from=2026-01-01T00:00Z&until=2026-04-01T00:00Z', 200],
    ['/api/conversions/nothing', '', 404],
  ] as const) {
    test(`GET ${path}?${query} is ${status}`, async () => {
      assert.equal((await createConversionRig().get(path, query)).status, status);
    });
  }
});

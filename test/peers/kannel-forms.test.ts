import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { closeEndpoints, openEndpoint } from '../program/endpoint.ts';
import { cleanUp } from '../program/program.ts';
import { password, startPeerGateway, systemId } from './gateway.ts';
import { kannelMissing, startKannel } from './kannel.ts';

/**
 * Kannel takes a text-only "DELIVERD" for a failure (contract §11.3); the TLVs that always go with
 * it set that right.
 */
describe('Kannel 1.4.5 tells delivered from failed', { skip: kannelMissing }, () => {
  after(async () => {
    await cleanUp();
    closeEndpoints();
  });

  for (const form of [
    { receipts: 'deliver_sm', deliveredWord: 'DELIVERD' },
    { receipts: 'data_sm', deliveredWord: 'DELIVRD' },
    { receipts: 'data_sm', deliveredWord: 'DELIVERD' },
  ]) {
    test(`in a ${form.receipts} that says ${form.deliveredWord}`, async (context) => {
      const gateway = await startPeerGateway(form);
      context.after(() => gateway.smsc.stop());
      const sink = await openEndpoint();
      const kannel = await startKannel({
        smppPort: gateway.smppPort,
        systemId,
        password,
        sink: sink.url,
      });
      context.after(() => kannel.stop());
      for (const to of ['0031612345678', '00316123400024']) {
        await kannel.send({
          from: '1008',
          to,
          text: 'Hoi',
          'dlr-mask': '3',
          'dlr-url': `${sink.url}?to=${to}&kind=%d`,
        });
      }
      const kinds = (await sink.until(2)).map(({ url }) => {
        const told = new URL(url, sink.url).searchParams;
        return [told.get('to'), Number(told.get('kind')) & 3];
      });
      assert.deepEqual(
        new Map(kinds.map(([to, kind]) => [to, kind])),
        new Map<unknown, unknown>([
          ['0031612345678', 1],
          ['00316123400024', 2],
        ]),
      );
    });
  }
});

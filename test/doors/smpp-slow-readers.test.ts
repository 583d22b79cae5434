import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Wire, WireHandler } from '../../src/lib/net.ts';
import { decodePdu, encodePdu } from '../../src/smpp/codec.ts';
import { boundFrameBytesMax, Framer } from '../../src/smpp/framer.ts';
import { deliveryBytesMax, unreadBytesMax } from '../../src/smpp-server/limits.ts';
import type { ReceiverBind } from '../../src/smpp-server/receiver-bind.ts';
import { until } from '../program/until.ts';
import { bindBody, makePdu } from './smpp-esme.ts';
import { closeRigs, raiseSmppRig } from './smpp-rig.ts';

after(closeRigs);

/** A bound customer on a wire that says what the test says of how much is unread. */
interface Reader {
  readonly handler: WireHandler;
  readonly bind: ReceiverBind;
  unreadBytes: number;
  isClosed: boolean;
  /** The commands of what came. */
  readonly commands: string[];
}

async function bindReader(): Promise<Reader> {
  const attached = Promise.withResolvers<ReceiverBind>();
  const { server } = await raiseSmppRig({
    deliveries: { attach: attached.resolve, detach() {}, wake() {} },
  });
  const commands: string[] = [];
  const framer = new Framer(boundFrameBytesMax);
  const state = { unreadBytes: 0, isClosed: false, commands };
  const close = () => {
    state.isClosed = true;
  };
  const wire: Wire = {
    peer: '192.0.2.1:4000',
    get bufferedBytes() {
      return state.unreadBytes;
    },
    write(bytes) {
      framer.push(Buffer.from(bytes));
      for (let frame = framer.next(); frame !== null; frame = framer.next()) {
        commands.push(decodePdu(frame).command);
      }
    },
    end: close,
    destroy: close,
  };
  const handler = server.accept(wire);
  handler.data(encodePdu(makePdu('bind_transceiver', 1, bindBody)));
  const bind = await attached.promise;
  return Object.assign(state, { handler, bind });
}

describe('a customer that does not read', () => {
  for (const [unreadBytes, isClosed] of [
    [unreadBytesMax, false],
    [unreadBytesMax + 1, true],
  ] as const) {
    test(`${unreadBytes} octets unread when it asks for more: ${isClosed ? 'cut off' : 'answered'}`, async () => {
      const reader = await bindReader();
      reader.unreadBytes = unreadBytes;
      reader.handler.data(encodePdu(makePdu('enquire_link', 2, {})));
      await until('one or the other', () => {
        return reader.isClosed || reader.commands.includes('enquire_link_resp');
      });
      assert.equal(reader.isClosed, isClosed);
      reader.handler.close(null);
    });
  }

  for (const [unreadBytes, hasRoom] of [
    [deliveryBytesMax, true],
    [deliveryBytesMax + 1, false],
  ] as const) {
    test(`${unreadBytes} octets unread: ${hasRoom ? 'deliveries go on' : 'no more deliveries'}`, async () => {
      const reader = await bindReader();
      reader.unreadBytes = unreadBytes;
      assert.equal(reader.bind.room > 0, hasRoom);
      reader.unreadBytes = 0;
      assert.ok(reader.bind.room > 0, 'it has read');
      reader.handler.close(null);
    });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSeededRandom } from '../../../lib/random.ts';
import { createHandsets } from '../../../rehearsal/handsets.ts';
import { createVirtualClock } from '../../../rehearsal/virtual-clock.ts';
import { createVirtualNet } from '../../../rehearsal/virtual-net.ts';
import { encodePdu } from '../../../smpp/codec.ts';
import { commandId } from '../../../smpp/command-id.ts';
import { plainMessage } from '../../../smpp/pdus.ts';
import { createSmscSimulator } from './simulator.ts';

const bind = encodePdu({
  command: 'bind_transceiver',
  command_status: 0,
  sequence_number: 1,
  system_id: 'anybody',
  password: '',
  system_type: '',
  interface_version: 0x34,
  addr_ton: 0,
  addr_npi: 0,
  address_range: '',
});

const enquireLink = encodePdu({ command: 'enquire_link', command_status: 0, sequence_number: 77 });
const enquireLinkResp = encodePdu({
  command: 'enquire_link_resp',
  command_status: 0,
  sequence_number: 77,
});

/** Sends the bytes on one connection and looks whether another is still served. */
async function survive(bytes: Buffer): Promise<void> {
  const clock = createVirtualClock({ startAt: 0, turn: () => Promise.resolve() });
  const net = createVirtualNet({ clock, random: createSeededRandom(1) });
  const smsc = createSmscSimulator({
    net,
    clock,
    random: createSeededRandom(2),
    handsets: createHandsets({ clock }),
    settings: { strangers: true, all: { receipts: 'always' } },
  });
  const { port } = await smsc.listen({ host: 'smsc', port: 0 });
  const target = { host: 'smsc', port, connectTimeoutMs: 1000 };
  const stranger = net.connect(target, { data() {}, close() {} });
  stranger.write(bytes);
  await clock.advance(500);
  const heard: Buffer[] = [];
  const honest = net.connect(target, {
    data: (chunk) => heard.push(Buffer.from(chunk)),
    close() {},
  });
  honest.write(enquireLink);
  await clock.advance(500);
  assert.deepEqual(Buffer.concat(heard), enquireLinkResp);
  const { submitted, delivered, failed, pending, lost } = smsc.stats().messages;
  assert.equal(submitted, delivered + failed + pending + lost);
  const closing = smsc.close();
  await clock.advance(10);
  await closing;
}

const octets = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes));

test('any octets at all do no harm', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(octets, { maxLength: 5 }), fc.boolean(), async (chunks, isBound) => {
      await survive(Buffer.concat(isBound ? [bind, ...chunks] : chunks));
    }),
    { numRuns: 200 },
  );
});

test('any body behind any command does no harm', async () => {
  const ids = fc.constantFrom(...Object.values(commandId));
  const pdus = fc.array(fc.tuple(ids, octets), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pdus, async (all) => {
      const frames = all.map(([id, body], index) => {
        const header = Buffer.alloc(16);
        header.writeUInt32BE(16 + body.length, 0);
        header.writeUInt32BE(id, 4);
        header.writeUInt32BE(index + 2, 12);
        return Buffer.concat([header, body]);
      });
      await survive(Buffer.concat([bind, ...frames]));
    }),
    { numRuns: 200 },
  );
});

test('any submit does no harm, and so do its receipts', async () => {
  const text = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map(toCharacter),
    maxLength: 20,
  });
  const number = fc.constantFrom('31612345678', '+31 6 1234', '31600000024', '0');
  const octet = fc.nat(255);
  const tlvs = fc.record(
    {
      message_payload: octets,
      sar_msg_ref_num: fc.nat(0xffff),
      sar_total_segments: octet,
      sar_segment_seqnum: octet,
      user_message_reference: fc.nat(0xffff),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(text, number, octet, octet, octets, tlvs), { maxLength: 5 }),
      async (submits) => {
        const frames = submits.map(
          ([source_addr, destination_addr, esm_class, data_coding, body, options], index) =>
            encodePdu({
              ...plainMessage,
              command: 'submit_sm',
              command_status: 0,
              sequence_number: index + 2,
              source_addr_ton: esm_class % 7,
              source_addr,
              dest_addr_ton: 1,
              dest_addr_npi: 1,
              destination_addr,
              esm_class,
              data_coding,
              registered_delivery: 1,
              short_message: body.subarray(0, 254),
              tlvs: options,
            }),
        );
        await survive(Buffer.concat([bind, ...frames]));
      },
    ),
    { numRuns: 300 },
  );
});

function toCharacter(code: number): string {
  return String.fromCharCode(code);
}

test('addresses and ids longer than any field do no harm', async () => {
  const long = Buffer.concat([Buffer.alloc(600, '1'), Buffer.from([0])]);
  const one = Buffer.from([1]);
  const zeros = Buffer.alloc(16);
  // Behind each header, strings of 600 characters wherever the specification has one.
  const bodies = new Map([
    [commandId.submit_sm, [one, one, one, long, one, one, long, zeros]],
    [commandId.query_sm, [long, one, one, long]],
    [commandId.cancel_sm, [long, long, one, one, long, one, one, long]],
    [commandId.replace_sm, [long, one, one, long, zeros]],
    [commandId.data_sm, [long, one, one, long, one, one, long, zeros]],
  ]);
  for (const [id, fields] of bodies) {
    const body = Buffer.concat(fields);
    const header = Buffer.alloc(16);
    header.writeUInt32BE(16 + body.length, 0);
    header.writeUInt32BE(id, 4);
    header.writeUInt32BE(2, 12);
    await survive(Buffer.concat([bind, header, body]));
  }
});

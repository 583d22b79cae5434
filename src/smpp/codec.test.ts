import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { boundPdu, decodePdu, encodePdu, encodePduInto } from './codec.ts';
import { commandStatus, nameCommandStatus } from './command-status.ts';
import type { Manner } from './fields.ts';
import { PduFault } from './pdu-fault.ts';
import type { Pdu } from './pdus.ts';
import { arbitraryPdu, commands } from './test-pdus.ts';
import { joinHex, pduVectors } from './test-vectors.ts';
import { tlvDefinitions } from './tlvs.ts';

describe('vectors', () => {
  for (const vector of pduVectors) {
    test(`${vector.title} (SMPP 3.4 §${vector.section})`, () => {
      const bytes = joinHex(vector);
      assert.deepEqual(decodePdu(bytes), vector.pdu);
      assert.equal(encodePdu(vector.pdu).toString('hex'), bytes.toString('hex'));
    });
  }

  test('there is one for each command', () => {
    const covered = new Set<string>(pduVectors.map((vector) => vector.pdu.command));
    assert.deepEqual(
      commands.filter((command) => !covered.has(command)),
      [],
    );
  });
});

describe('round trips', () => {
  for (const command of commands) {
    test(command, () => {
      fc.assert(
        fc.property(arbitraryPdu(command), (pdu) => {
          const bytes = encodePdu(pdu);
          assert.ok(bytes.length <= boundPdu(pdu));
          assert.deepEqual(decodePdu(bytes), pdu);
        }),
      );
    });
  }
});

describe('responses without a body', () => {
  const header = (command_id: string, status: string) =>
    Buffer.from(`00000010${command_id}${status}00000001`, 'hex');
  const cases: [string, string, Record<string, unknown>][] = [
    ['bind_transmitter_resp', '80000002', { system_id: '' }],
    ['bind_receiver_resp', '80000001', { system_id: '' }],
    ['bind_transceiver_resp', '80000009', { system_id: '' }],
    ['submit_sm_resp', '80000004', { message_id: '' }],
    ['submit_multi_resp', '80000021', { message_id: '', unsuccess_sme: [] }],
    ['deliver_sm_resp', '80000005', { message_id: '' }],
    ['data_sm_resp', '80000103', { message_id: '' }],
    [
      'query_sm_resp',
      '80000003',
      { message_id: '', final_date: '', message_state: 0, error_code: 0 },
    ],
  ];
  for (const [command, command_id, body] of cases) {
    for (const status of ['00000000', '00000008']) {
      test(`${command} with command_status ${status}`, () => {
        const command_status = Number.parseInt(status, 16);
        assert.deepEqual(decodePdu(header(command_id, status)), {
          command,
          command_status,
          sequence_number: 1,
          ...body,
        });
      });
    }
  }
});

/** A body behind a header that fits it. */
function makeFrame(command_id: number, ...body: string[]): Buffer {
  const bytes = Buffer.from(body.join('').replaceAll(' ', ''), 'hex');
  const frame = Buffer.alloc(16 + bytes.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(command_id, 4);
  frame.writeUInt32BE(77, 12);
  bytes.copy(frame, 16);
  return frame;
}

function catchFault(frame: Buffer, manner: Manner = 'strict'): PduFault {
  try {
    decodePdu(frame, manner);
  } catch (error) {
    assert.ok(error instanceof PduFault, String(error));
    return error;
  }
  return assert.fail('it was decoded');
}

/** submit_sm up to and including sm_default_msg_id, and what each of its strings may be. */
const submitSmHead = '00 0000 00 0101 3100 000000 00 00 00000000';
const long = (octets: number) => '31'.repeat(octets);

describe('recoverable faults: answered with the same sequence_number', () => {
  const cases: [string, keyof typeof commandStatus, number, string][] = [
    ['unknown command', 'ESME_RINVCMDID', 0x0a, ''],
    ['unknown response', 'ESME_RINVCMDID', 0x8000000b, ''],
    ['no body', 'ESME_RINVCMDLEN', 0x04, ''],
    ['a body that ends in a string', 'ESME_RINVCMDLEN', 0x04, '434d'],
    ['a body that ends before sm_length', 'ESME_RINVCMDLEN', 0x04, submitSmHead],
    ['service_type of 7', 'ESME_RINVSERTYP', 0x04, `${long(6)} 00`],
    ['source_addr of 22', 'ESME_RINVSRCADR', 0x04, `00 0000 ${long(21)} 00`],
    ['destination_addr of 22', 'ESME_RINVDSTADR', 0x04, `00 0000 00 0101 ${long(21)} 00`],
    [
      'schedule_delivery_time of 18',
      'ESME_RINVSCHED',
      0x04,
      `00 0000 00 0101 3100 000000 ${long(17)} 00`,
    ],
    [
      'validity_period of 18',
      'ESME_RINVEXPIRY',
      0x04,
      `00 0000 00 0101 3100 000000 00 ${long(17)} 00`,
    ],
    ['sm_length past the frame', 'ESME_RINVMSGLEN', 0x04, `${submitSmHead} 05 31323334`],
    ['sm_length of 255', 'ESME_RINVMSGLEN', 0x04, `${submitSmHead} ff ${long(255)}`],
    ['system_id of 17', 'ESME_RINVSYSID', 0x09, `${long(16)} 00`],
    ['password of 10', 'ESME_RINVPASWD', 0x09, `00 ${long(9)} 00`],
    ['system_type of 14', 'ESME_RINVSYSTYP', 0x09, `00 00 ${long(13)} 00`],
    ['address_range of 42', 'ESME_RINVPARLEN', 0x09, `00 00 00 340000 ${long(41)} 00`],
    ['message_id of 66', 'ESME_RINVMSGID', 0x80000004, `${long(65)} 00`],
    ['message_id without its NUL', 'ESME_RINVCMDLEN', 0x80000004, long(8)],
    ['number_of_dests 0', 'ESME_RINVNUMDESTS', 0x21, '00 0000 00 00'],
    ['number_of_dests 255', 'ESME_RINVNUMDESTS', 0x21, '00 0000 00 ff'],
    ['dest_flag 3', 'ESME_RINVDESTFLAG', 0x21, '00 0000 00 01 03'],
    ['dl_name of 22', 'ESME_RINVDLNAME', 0x21, `00 0000 00 01 02 ${long(21)} 00`],
    ['fewer destinations than told', 'ESME_RINVCMDLEN', 0x21, '00 0000 00 02 02 3100'],
    ['no_unsuccess past the frame', 'ESME_RINVCMDLEN', 0x80000021, '00 02 0101 3100 0000000b'],
    ['half a TLV header', 'ESME_RINVOPTPARSTREAM', 0x04, `${submitSmHead} 00 0424 00`],
    ['a TLV past the frame', 'ESME_RINVOPTPARSTREAM', 0x04, `${submitSmHead} 00 0424 0003 3132`],
    ['an integer TLV too long', 'ESME_RINVPARLEN', 0x04, `${submitSmHead} 00 0204 0003 010203`],
    ['an integer TLV too short', 'ESME_RINVPARLEN', 0x04, `${submitSmHead} 00 0204 0001 01`],
    ['mcc_mnc of 8', 'ESME_RINVPARLEN', 0x04, `${submitSmHead} 00 1401 0008 ${long(7)} 00`],
    [
      'mcc_mnc of 7 without NUL',
      'ESME_RINVPARLEN',
      0x04,
      `${submitSmHead} 00 1401 0007 ${long(7)}`,
    ],
    ['tariff of 7', 'ESME_RINVPARLEN', 0x04, `${submitSmHead} 00 140a 0007 ${long(6)} 00`],
    ['network_error_code of 2', 'ESME_RINVPARLEN', 0x05, `${submitSmHead} 00 0423 0002 0301`],
    ['network_error_code of 4', 'ESME_RINVPARLEN', 0x05, `${submitSmHead} 00 0423 0004 03010203`],
    ['callback_num of 3', 'ESME_RINVPARLEN', 0x04, `${submitSmHead} 00 0381 0003 010203`],
  ];
  for (const [title, status, command_id, body] of cases) {
    test(`${title}: ${status}`, () => {
      const fault = catchFault(makeFrame(command_id, body));
      assert.equal(nameCommandStatus(fault.command_status), status);
      assert.equal(fault.kind, 'recoverable');
      assert.equal(fault.command_id, command_id);
      assert.equal(fault.sequence_number, 77);
    });
  }
});

describe('fatal faults: the frame is not what its command_length says', () => {
  const whole = makeFrame(0x15);
  const cases: [string, Buffer][] = [
    ['no octet', Buffer.alloc(0)],
    ['less than a header', whole.subarray(0, 15)],
    [
      'command_length too great',
      Buffer.concat([Buffer.from('00000011', 'hex'), whole.subarray(4)]),
    ],
    ['command_length too small', Buffer.concat([whole, Buffer.from('00')])],
  ];
  for (const [title, frame] of cases) {
    test(title, () => {
      const fault = catchFault(frame);
      assert.equal(fault.kind, 'fatal');
      assert.equal(fault.command_status, commandStatus.ESME_RINVCMDLEN);
    });
  }
});

describe('truncation', () => {
  for (const manner of ['strict', 'lenient'] as const) {
    test(`every vector, cut anywhere, is decoded or is a recoverable fault (${manner})`, () => {
      for (const vector of pduVectors) {
        const bytes = joinHex(vector);
        for (let size = 16; size < bytes.length; size += 1) {
          const cut = Buffer.from(bytes.subarray(0, size));
          cut.writeUInt32BE(size, 0);
          try {
            decodePdu(cut, manner);
          } catch (error) {
            assert.ok(error instanceof PduFault && error.kind === 'recoverable', String(error));
          }
        }
      }
    });
  }

  test('what lies behind the frame makes no difference', () => {
    for (const vector of pduVectors) {
      const bytes = joinHex(vector);
      for (let size = 16; size < bytes.length; size += 1) {
        const shared = Buffer.concat([bytes, Buffer.alloc(300)]);
        shared.writeUInt32BE(size, 0);
        const alone = Buffer.from(shared.subarray(0, size));
        assert.deepEqual(tryDecode(shared.subarray(0, size)), tryDecode(alone));
      }
    }
  });
});

function tryDecode(frame: Buffer): Pdu | string {
  try {
    return decodePdu(frame);
  } catch (error) {
    return String(error);
  }
}

describe('lenient manner', () => {
  test('takes strings beyond their maximum', () => {
    const pdu = decodePdu(makeFrame(0x80000004, `${long(65)} 00`), 'lenient');
    assert.equal(pdu.command === 'submit_sm_resp' && pdu.message_id, '1'.repeat(65));
  });

  test('takes a last string without its NUL', () => {
    const pdu = decodePdu(makeFrame(0x80000004, long(8)), 'lenient');
    assert.equal(pdu.command === 'submit_sm_resp' && pdu.message_id, '1'.repeat(8));
  });

  test('keeps a TLV of a wrong length raw', () => {
    const frame = makeFrame(0x80000004, '3100 0427 0002 0102');
    assert.deepEqual(decodePdu(frame, 'lenient').tlvs, {
      other: [{ tag: 0x0427, value: Buffer.from('0102', 'hex') }],
    });
  });

  test('keeps the text of a TLV that is too long', () => {
    const frame = makeFrame(0x80000004, `3100 1401 0008 ${long(7)} 00`);
    assert.deepEqual(decodePdu(frame, 'lenient').tlvs, { mcc_mnc: '1'.repeat(7) });
  });

  test('keeps what came before a TLV that cannot be read', () => {
    const frame = makeFrame(0x80000004, '3100 0427 0001 02 0423 0003 03');
    assert.deepEqual(decodePdu(frame, 'lenient').tlvs, { message_state: 2 });
  });

  test('drops what is no TLV at all', () => {
    const pdu = decodePdu(makeFrame(0x80000015, '000000'), 'lenient');
    assert.deepEqual(pdu, { command: 'enquire_link_resp', command_status: 0, sequence_number: 77 });
  });

  test('still refuses a message that is shorter than sm_length', () => {
    const fault = catchFault(makeFrame(0x04, `${submitSmHead} 05 31323334`), 'lenient');
    assert.equal(fault.command_status, commandStatus.ESME_RINVMSGLEN);
  });

  test('sends strings of 255 characters, not of 256', () => {
    const resp = (message_id: string): Pdu => ({
      command: 'submit_sm_resp',
      command_status: 0,
      sequence_number: 1,
      message_id,
    });
    const longest = resp('1'.repeat(255));
    assert.deepEqual(decodePdu(encodePdu(longest, 'lenient'), 'lenient'), longest);
    assert.throws(() => encodePdu(resp('1'.repeat(256)), 'lenient'), RangeError);
    assert.throws(() => encodePdu(resp('1'.repeat(65))), RangeError);
  });
});

describe('TLVs', () => {
  test('without a NUL at the end of a C-Octet String, as many SMSCs send them', () => {
    const frame = makeFrame(0x80000004, '3100 001e 0002 3132 1401 0006 323034303800');
    assert.deepEqual(decodePdu(frame).tlvs, { receipted_message_id: '12', mcc_mnc: '20408' });
  });

  test('a second instance is kept raw, and goes out again', () => {
    const frame = makeFrame(0x80000004, '3100 0427 0001 02 0427 0001 05');
    const pdu = decodePdu(frame);
    const second = { tag: 0x0427, value: Buffer.from([5]) };
    assert.deepEqual(pdu.tlvs, { message_state: 2, other: [second] });
    assert.deepEqual(encodePdu(pdu), frame);
  });

  test('those that may repeat are lists in their order (§5.3.2.36 to 38)', () => {
    const frame = makeFrame(0x80000004, '3100 0381 0004 01020304 0381 0004 05060708 0302 0001 09');
    assert.deepEqual(decodePdu(frame).tlvs, {
      callback_num: [Buffer.from('01020304', 'hex'), Buffer.from('05060708', 'hex')],
      callback_num_pres_ind: [9],
    });
  });

  test('unknown ones pass through unharmed, a length of 0 included', () => {
    const frame = makeFrame(0x15, 'ffff 0000 1500 0002 abcd');
    const pdu = decodePdu(frame);
    assert.equal(pdu.tlvs?.other?.length, 2);
    assert.deepEqual(encodePdu(pdu), frame);
  });

  test('each tag and each name is defined once', () => {
    assert.equal(new Set(tlvDefinitions.map(({ tag }) => tag)).size, tlvDefinitions.length);
    assert.equal(new Set(tlvDefinitions.map(({ name }) => name)).size, tlvDefinitions.length);
  });
});

describe('encoding', () => {
  const resp: Pdu = {
    command: 'submit_sm_resp',
    command_status: 0,
    sequence_number: 1,
    message_id: 'a1',
  };

  test('writes at the offset and returns the offset behind', () => {
    const buffer = Buffer.alloc(40, 0xee);
    assert.equal(encodePduInto(resp, buffer, 5), 24);
    assert.deepEqual(decodePdu(buffer.subarray(5, 24)), resp);
    assert.deepEqual(buffer.subarray(0, 5), Buffer.alloc(5, 0xee));
    assert.deepEqual(buffer.subarray(24), Buffer.alloc(16, 0xee));
  });

  test('needs the room of the PDU and no more', () => {
    assert.equal(encodePduInto(resp, Buffer.alloc(19), 0), 19);
    assert.throws(() => encodePduInto(resp, Buffer.alloc(18), 0), RangeError);
    assert.throws(() => encodePduInto(resp, Buffer.alloc(19), 1), RangeError);
  });

  const impossible: [string, Partial<Record<string, unknown>>][] = [
    ['a NUL in a string, which would begin another field', { message_id: 'a\u0000b' }],
    ['a character beyond Latin-1', { message_id: '€' }],
    ['a string beyond its maximum', { message_id: 'a'.repeat(65) }],
    ['a status beyond 32 bits', { command_status: 2 ** 32 }],
    ['a negative sequence_number', { sequence_number: -1 }],
    ['a fraction', { sequence_number: 1.5 }],
    ['an integer TLV out of range', { tlvs: { message_state: 256 } }],
    ['an octet string TLV out of range', { tlvs: { callback_num: [Buffer.alloc(3)] } }],
    ['a TLV beyond its length field', { tlvs: { message_payload: Buffer.alloc(65_536) } }],
  ];
  for (const [title, change] of impossible) {
    test(`throws RangeError for ${title}`, () => {
      assert.throws(() => encodePdu({ ...resp, ...change }), RangeError);
    });
  }

  test('takes a short_message of 254 octets and a message_payload of 65,535, no more', () => {
    const vector = pduVectors.find(({ pdu }) => pdu.command === 'submit_sm');
    assert.ok(vector?.pdu.command === 'submit_sm');
    const { pdu } = vector;
    const largest = { ...pdu, short_message: Buffer.alloc(254, 1) };
    assert.deepEqual(decodePdu(encodePdu(largest)), largest);
    assert.throws(() => encodePdu({ ...pdu, short_message: Buffer.alloc(255) }), RangeError);
    const message_payload = Buffer.alloc(65_535, 1);
    const decoded = decodePdu(encodePdu({ ...pdu, tlvs: { message_payload } }));
    assert.ok(decoded.tlvs?.message_payload?.equals(message_payload));
  });
});

test('short_message and message_payload are views of the frame', () => {
  const frame = makeFrame(0x04, `${submitSmHead} 02 4869 0424 0002 4869`);
  const pdu = decodePdu(frame);
  assert.ok(pdu.command === 'submit_sm');
  assert.equal(pdu.short_message.buffer, frame.buffer);
  assert.equal(pdu.tlvs?.message_payload?.buffer, frame.buffer);
});

import { createRequire } from 'node:module';
import { decodePdu, encodePdu } from '../src/smpp/codec.ts';
import { type Pdu, plainMessage } from '../src/smpp/pdus.ts';
import { Session } from '../src/smpp/session.ts';
import type { SessionHandler } from '../src/smpp/session-handler.ts';
import { parseOptions } from './options.ts';

/*
 * Our codec beside that of the npm package `smpp`, in turns, so that whatever else the machine
 * does meets both. data_coding is 4 (binary): otherwise the package would translate the text of
 * the message, too, which is not the codec's work.
 */

interface PeerPdu {
  toBuffer(): Buffer;
}

interface Peer {
  PDU: {
    new (command: string, options: object): PeerPdu;
    fromBuffer(bytes: Buffer): unknown;
  };
}

const peer: Peer = createRequire(import.meta.url)('smpp');

const help = `node bench/smpp-codec.ts [--rounds N] [--round-ms N]

Encodes and decodes the PDUs of a message's life with our codec and with the npm package smpp, in
turns. Prints medians over the rounds and their ratio, then what a pair of sessions does.

  --rounds N     rounds of each; 9 by default
  --round-ms N   length of one turn; 200 by default
`;

const pdus: Pdu[] = [
  {
    ...plainMessage,
    command: 'submit_sm',
    command_status: 0,
    sequence_number: 7,
    source_addr_ton: 5,
    source_addr: 'CM.com',
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: '31612345678',
    validity_period: '',
    registered_delivery: 1,
    data_coding: 4,
    short_message: Buffer.from('Your code is 482913. It is valid for ten minutes. Tell it nobody.'),
  },
  {
    command: 'submit_sm_resp',
    command_status: 0,
    sequence_number: 7,
    message_id: '0190b6a1c5d87c3e9f2a4b6c8d0e1f23',
  },
  {
    ...plainMessage,
    command: 'deliver_sm',
    command_status: 0,
    sequence_number: 8,
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: '31612345678',
    dest_addr_ton: 5,
    dest_addr_npi: 0,
    destination_addr: 'CM.com',
    esm_class: 4,
    data_coding: 4,
    short_message: Buffer.from(
      'id:0190b6a1c5d87c3e9f2a4b6c8d0e1f23 submit date:20261122150405 done date:20261122150409 stat:DELIVRD err:000',
    ),
    tlvs: { receipted_message_id: '0190b6a1c5d87c3e9f2a4b6c8d0e1f23', message_state: 2 },
  },
  { command: 'deliver_sm_resp', command_status: 0, sequence_number: 8, message_id: '' },
];

interface Contest {
  title: string;
  ours: () => unknown;
  theirs: () => unknown;
}

const contests: Contest[] = pdus.flatMap((pdu) => {
  const bytes = encodePdu(pdu);
  const { tlvs, ...fields } = pdu;
  const options = { ...fields, ...tlvs };
  return [
    {
      title: `encode ${pdu.command}`,
      ours: () => encodePdu(pdu),
      theirs: () => new peer.PDU(pdu.command, options).toBuffer(),
    },
    {
      title: `decode ${pdu.command}`,
      ours: () => decodePdu(bytes),
      theirs: () => peer.PDU.fromBuffer(bytes),
    },
  ];
});

/** Runs the comparison and prints it. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseOptions({
    args,
    options: {
      rounds: { type: 'string', default: '9' },
      'round-ms': { type: 'string', default: '200' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const rounds = Number(values.rounds);
  const roundMs = Number(values['round-ms']);
  const times = contests.map(() => ({ ours: [] as number[], theirs: [] as number[] }));
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, contest] of contests.entries()) {
      const ours = measure(contest.ours, roundMs);
      const theirs = measure(contest.theirs, roundMs);
      // The first round only warms up.
      if (round < 0) continue;
      times[index]?.ours.push(ours);
      times[index]?.theirs.push(theirs);
    }
  }
  process.stdout.write(
    `${'ns per PDU'.padEnd(24)}${'ours'.padStart(8)}${'smpp'.padStart(8)}  ratio\n`,
  );
  for (const [index, contest] of contests.entries()) {
    const ours = findMedian(times[index]?.ours ?? []);
    const theirs = findMedian(times[index]?.theirs ?? []);
    const columns = [ours, theirs].map((time) => time.toFixed(0).padStart(8)).join('');
    process.stdout.write(
      `${contest.title.padEnd(24)}${columns}${(theirs / ours).toFixed(1).padStart(7)}\n`,
    );
  }
  const pairs = Array.from({ length: rounds }, () => measureSessions(roundMs));
  const rate = Math.round(findMedian(pairs));
  process.stdout.write(`two sessions: ${rate} submit_sm/s, each encoded, decoded and answered\n`);
}

/** Nanoseconds of one call. */
function measure(work: () => unknown, forMs: number): number {
  const batch = 1000;
  let calls = 0;
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < forMs) {
    for (let count = 0; count < batch; count += 1) work();
    calls += batch;
    elapsed = performance.now() - start;
  }
  return (elapsed / calls) * 1e6;
}

/** submit_sm per second through an ESME and an SMSC, a window of 100, one thread for both. */
function measureSessions(forMs: number): number {
  const [submit] = pdus;
  if (submit?.command !== 'submit_sm') throw new Error('the first PDU is not a submit_sm');
  const message_id = '0190b6a1c5d87c3e9f2a4b6c8d0e1f23';
  const silent = { handleUnknown: ignore, handleUnbind: ignore, handleClosed: ignore };
  let answered = 0;
  const esmeHandler: SessionHandler<number> = {
    ...silent,
    handleRequest: ignore,
    handleResponse: () => {
      answered += 1;
    },
  };
  const smscHandler: SessionHandler<number> = {
    ...silent,
    handleResponse: ignore,
    handleRequest: (request) => {
      if (request.command === 'submit_sm') {
        smsc.respond(request, { command: 'submit_sm_resp', command_status: 0, message_id });
      } else if (request.command === 'bind_transceiver') {
        const command = 'bind_transceiver_resp';
        smsc.respond(request, { command, command_status: 0, system_id: '' });
      }
    },
  };
  const limits = { windowMax: 100, unansweredMax: 100 };
  const esme: Session<number> = new Session<number>(
    { role: 'esme', handler: esmeHandler, send: (bytes) => smsc.receive(bytes, 0), limits },
    0,
  );
  const smsc: Session<number> = new Session<number>(
    { role: 'smsc', handler: smscHandler, send: (bytes) => esme.receive(bytes, 0), limits },
    0,
  );
  const names = { system_id: 'a', password: 'b', system_type: '', address_range: '' };
  const numbers = { interface_version: 0x34, addr_ton: 0, addr_npi: 0 };
  esme.request({ command: 'bind_transceiver', ...names, ...numbers }, 0, 0);
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < forMs) {
    while (esme.room() > 0) esme.request(submit, 0, elapsed);
    esme.flush();
    smsc.flush();
    elapsed = performance.now() - start;
  }
  return (answered / elapsed) * 1000;
}

function ignore(): void {}

function findMedian(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (import.meta.main) await run(process.argv.slice(2));

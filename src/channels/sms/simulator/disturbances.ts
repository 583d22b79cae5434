import type { Random } from '../../../lib/random.ts';
import { commandStatus } from '../../../smpp/command-status.ts';
import type { SmscLink } from './smsc-link.ts';

/**
 * What can be done to an open connection.
 * - `destroy`: closed at once, what was under way is lost.
 * - `unbind`: the SMSC says goodbye and waits.
 * - `half-open`: nothing is heard or said any more, and the connection stays.
 * - `garbage`: octets that are no PDU.
 * - `bad-length`: a command_length below the header's.
 * - `huge-length`: a command_length of nearly 4 GiB.
 * - `unknown-command`: a PDU whose command_id nobody knows.
 * - `nack`: a generic_nack to nothing.
 * - `stray-response`: a submit_sm_resp to nothing.
 * - `half-pdu`: the beginning of a PDU, and no more of it.
 */
export const disturbances = [
  'destroy',
  'unbind',
  'half-open',
  'garbage',
  'bad-length',
  'huge-length',
  'unknown-command',
  'nack',
  'stray-response',
  'half-pdu',
] as const;

export type Disturbance = (typeof disturbances)[number];

/** A sequence_number that no ESME uses within a test. */
const straySequenceNumber = 0x7fff_fff0;

const garbageBytes = 64;

/** deliver_sm without its end. */
const halfPdu = Buffer.from('00000040000000050000000000000001', 'hex');
const badLength = Buffer.from('00000008000000150000000000000001', 'hex');
const hugeLength = Buffer.from('fffffff0000000150000000000000001', 'hex');
const unknownCommand = Buffer.from('000000100000070000000000000003e8', 'hex');

export function disturb(link: SmscLink, disturbance: Disturbance, random: Random): void {
  switch (disturbance) {
    case 'destroy':
      return link.destroy();
    case 'unbind':
      return link.request({ command: 'unbind' });
    case 'half-open':
      link.isFrozen = true;
      return;
    case 'garbage':
      return link.sendRaw(drawGarbage(random));
    case 'bad-length':
      return link.sendRaw(badLength);
    case 'huge-length':
      return link.sendRaw(hugeLength);
    case 'unknown-command':
      return link.sendRaw(unknownCommand);
    case 'nack':
      return link.send({ command: 'generic_nack' }, commandStatus.ESME_RINVCMDLEN, 0);
    case 'stray-response':
      return link.send(
        { command: 'submit_sm_resp', message_id: 'stray' },
        commandStatus.ESME_ROK,
        straySequenceNumber,
      );
    case 'half-pdu':
      return link.sendRaw(halfPdu);
  }
}

function drawGarbage(random: Random): Buffer {
  return Buffer.from(Array.from({ length: garbageBytes }, () => random.uint32() & 0xff));
}

import { decodePdu } from '../smpp/codec.ts';
import { commandStatus } from '../smpp/command-status.ts';
import { PduFault } from '../smpp/pdu-fault.ts';
import type { SubmitSm } from '../smpp/pdus.ts';
import { SubmitDesk, type SubmitDeskParts } from './submit-desk.ts';

/**
 * The command_status with which a submit_sm would be answered, on a desk of its own. A part of a longer
 * message goes alone, as it would if the others never came. Null when it is no submit_sm.
 */
export function drySubmit(frame: Buffer, parts: SubmitDeskParts): Promise<number | null> {
  const pdu = readSubmit(frame);
  if (pdu === null) return Promise.resolve(null);
  return new Promise((resolve) => {
    const desk = new SubmitDesk(parts);
    const session = {
      lateInRow: 0,
      answer: () => resolve(commandStatus.ESME_ROK),
      answerMulti() {},
      refuse: (_: unknown, command_status: number) => resolve(command_status),
    };
    desk.submit(session, pdu);
    desk.finish(session);
  });
}

function readSubmit(frame: Buffer): SubmitSm | null {
  try {
    const pdu = decodePdu(frame);
    return pdu.command === 'submit_sm' ? pdu : null;
  } catch (error) {
    if (error instanceof PduFault) return null;
    throw error;
  }
}

import type { Field, PlainReason, Rejection } from '../intake/rejection.ts';
import type { IntakeResult } from '../intake/request.ts';
import { commandStatus } from '../smpp/command-status.ts';

const {
  ESME_RINVDSTADR,
  ESME_RINVESMCLASS,
  ESME_RINVEXPIRY,
  ESME_RINVMSGLEN,
  ESME_RINVOPTPARAMVAL,
  ESME_RINVSRCADR,
  ESME_RMSGQFUL,
  ESME_RSUBMITFAIL,
  ESME_RSYSERR,
  ESME_RTHROTTLED,
} = commandStatus;

/** How SMPP says why a message was not accepted (contract §11.2). */
const byReason: Readonly<Record<PlainReason | 'number-invalid', number>> = {
  'from-missing': ESME_RINVSRCADR,
  'from-invalid': ESME_RINVSRCADR,
  'to-missing': ESME_RINVDSTADR,
  'to-not-array': ESME_RINVDSTADR,
  'to-too-many': ESME_RINVDSTADR,
  'number-missing': ESME_RINVDSTADR,
  'number-invalid': ESME_RINVDSTADR,
  'body-missing': ESME_RINVMSGLEN,
  'content-missing': ESME_RINVMSGLEN,
  'channels-not-array': ESME_RSYSERR,
  spam: ESME_RSUBMITFAIL,
  blacklisted: ESME_RSUBMITFAIL,
  refused: ESME_RSUBMITFAIL,
  unroutable: ESME_RSUBMITFAIL,
  internal: ESME_RSYSERR,
};

/** The fields that a submit can fill; the door itself would be wrong about the others. */
const byField: Readonly<Partial<Record<Field, number>>> = {
  validity: ESME_RINVEXPIRY,
  bodyHeader: ESME_RINVESMCLASS,
  reference: ESME_RINVOPTPARAMVAL,
};

export function statusOfRejection(rejection: Rejection): number {
  return rejection.reason === 'field-invalid'
    ? (byField[rejection.field] ?? ESME_RSYSERR)
    : byReason[rejection.reason];
}

/** How SMPP says why nothing of a request was accepted (contract §11.2). */
export const statusOfResult: Readonly<Record<Exclude<IntakeResult['kind'], 'done'>, number>> = {
  unroutable: ESME_RSUBMITFAIL,
  'insufficient-balance': ESME_RSUBMITFAIL,
  'too-many-messages': ESME_RSYSERR,
  'too-large': ESME_RINVMSGLEN,
  busy: ESME_RMSGQFUL,
  'too-fast': ESME_RTHROTTLED,
};

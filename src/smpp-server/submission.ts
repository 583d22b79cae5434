import { status, statusBit } from '../core/status.ts';
import type { IntakeMessage } from '../intake/request.ts';
import { commandStatus } from '../smpp/command-status.ts';
import type { DataSm, SubmitMulti, SubmitSm } from '../smpp/pdus.ts';
import { parseTime } from '../smpp/time.ts';
import type { Tlvs } from '../smpp/tlvs.ts';
import { type ComposedText, readUserData, type UserData } from './user-data.ts';

/** A submit that SMPP itself has nothing against; whether it is a message, intake decides. */
export interface Submission {
  readonly from: string;
  /** A mask of `statusBit`, from registered_delivery. */
  readonly wants: number;
  /** As intake reads it; null for the default. */
  readonly validity: string | null;
  readonly operator: string | null;
  /** In cents. */
  readonly tariff: number | null;
  /** user_message_reference in decimal. */
  readonly reference: string | null;
  readonly data: UserData;
}

export type Submit = SubmitSm | SubmitMulti | DataSm;

/** Type of number and numbering plan (SMPP 3.4 §5.2.5, §5.2.6). */
const tonMax = 6;
const npiMax = 18;
/** priority_flag (§5.2.14). */
const priorityMax = 3;
const bothReceipts = 0b11;

const digits = /^\d*$/;
/** MCC and MNC: three digits and two or three (contract §11.2). */
const operatorPattern = /^\d{5,6}$/;

/** Reads what kinds of submit have in common, at wall time `now`; a command_status when it is wrong. */
export function readSubmission(pdu: Submit, now: number): Submission | number {
  const fault = checkSource(pdu) ?? checkClass(pdu.esm_class) ?? checkTlvs(pdu.tlvs);
  if (fault !== null) return fault;
  const refused = pdu.command === 'data_sm' ? null : checkOrders(pdu);
  if (refused !== null) return refused;
  const { registered_delivery, tlvs } = pdu;
  if ((registered_delivery & bothReceipts) === bothReceipts) {
    return commandStatus.ESME_RINVREGDLVFLG;
  }
  const validity = readValidity(pdu, now);
  if (typeof validity === 'number') return validity;
  const data = readUserData(pdu.command === 'data_sm' ? withoutShortMessage(pdu) : pdu);
  if (typeof data === 'number') return data;
  const reference = tlvs?.user_message_reference;
  return {
    from: pdu.source_addr,
    wants: wantsOf(registered_delivery),
    validity,
    operator: tlvs?.mcc_mnc || null,
    tariff: tlvs?.tariff ? Number(tlvs.tariff) : null,
    reference: reference === undefined ? null : String(reference),
    data,
  };
}

/** The message that intake is asked to take. */
export function writeMessage(
  submission: Submission,
  text: ComposedText,
  to: readonly string[],
  reference: string | null,
): IntakeMessage {
  return {
    from: submission.from,
    to,
    body: text.body,
    // The specification's SMPP is the SMS gateway's ("SMPP"), and nothing is cut off.
    allowedChannels: smsOnly,
    reference,
    groupings: noGroupings,
    validity: submission.validity,
    dcs: text.dcs,
    partsMin: null,
    partsMax: 255,
    appKey: null,
    rich: null,
    operator: submission.operator,
    tariff: submission.tariff,
  };
}

const smsOnly = ['SMS'];
const noGroupings = [null, null, null] as const;

/** What kind of address a destination says it is; a command_status when there is none such. */
export function checkDestination(ton: number, npi: number): number | null {
  if (ton > tonMax) return commandStatus.ESME_RINVDSTTON;
  return npi > npiMax ? commandStatus.ESME_RINVDSTNPI : null;
}

function checkSource({ source_addr_ton, source_addr_npi }: Submit): number | null {
  if (source_addr_ton > tonMax) return commandStatus.ESME_RINVSRCTON;
  return source_addr_npi > npiMax ? commandStatus.ESME_RINVSRCNPI : null;
}

/**
 * esm_class (§5.2.12): a message is kept until it is delivered or over, which "forward" would not have;
 * it is no acknowledgement of another one. A reply path is the operator's affair.
 */
function checkClass(esm_class: number): number | null {
  const isForward = (esm_class & 0b11) === 0b10;
  const isOther = (esm_class & 0b11_1100) !== 0;
  return isForward || isOther ? commandStatus.ESME_RINVESMCLASS : null;
}

function checkTlvs(tlvs: Tlvs | undefined): number | null {
  if (tlvs === undefined) return null;
  const { mcc_mnc = '', tariff = '' } = tlvs;
  const isOperator = mcc_mnc === '' || operatorPattern.test(mcc_mnc);
  return isOperator && digits.test(tariff) ? null : commandStatus.ESME_RINVOPTPARAMVAL;
}

/** What a submit may ask for and we do not do (contract §11.2, docs/reference/smpp.md). */
function checkOrders(pdu: SubmitSm | SubmitMulti): number | null {
  if (pdu.schedule_delivery_time !== '') return commandStatus.ESME_RINVSCHED;
  if (pdu.priority_flag > priorityMax) return commandStatus.ESME_RINVPRTFLG;
  if (pdu.replace_if_present_flag !== 0) return commandStatus.ESME_RINVREPFLAG;
  return pdu.sm_default_msg_id === 0 ? null : commandStatus.ESME_RINVDFTMSGID;
}

/** validity_period or, of a data_sm, qos_time_to_live, as a moment that intake can read. */
function readValidity(pdu: Submit, now: number): string | null | number {
  let expiresAt: number | undefined;
  if (pdu.command === 'data_sm') {
    const seconds = pdu.tlvs?.qos_time_to_live;
    if (seconds === undefined) return null;
    expiresAt = now + seconds * 1_000;
  } else {
    if (pdu.validity_period === '') return null;
    expiresAt = parseTime(pdu.validity_period, now);
  }
  if (expiresAt === undefined || expiresAt <= now) return commandStatus.ESME_RINVEXPIRY;
  return new Date(expiresAt).toISOString();
}

function withoutShortMessage({ esm_class, data_coding, tlvs }: DataSm) {
  const rest = { esm_class, data_coding, short_message: noOctets };
  return tlvs === undefined ? rest : { ...rest, tlvs };
}

const noOctets: Buffer = Buffer.alloc(0);

const failures = statusBit(status.rejected) | statusBit(status.failed);

/** Which changes registered_delivery asks receipts for (§5.2.17). */
function wantsOf(registered_delivery: number): number {
  let wants = 0;
  if ((registered_delivery & bothReceipts) === 0b01)
    wants |= failures | statusBit(status.delivered);
  if ((registered_delivery & bothReceipts) === 0b10) wants |= failures;
  if ((registered_delivery & 0x10) !== 0) wants |= statusBit(status.accepted);
  return wants;
}

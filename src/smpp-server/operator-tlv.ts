import type { Tlvs } from '../smpp/tlvs.ts';

/** CM's TLV 0x1401 holds six digits and their NUL (contract §11.2). */
const operatorPattern = /^\d{1,6}$/;

/** The TLV that names a handset's operator by MCC and MNC; none where it is not known. */
export function operatorTlv(operator: string | null): Tlvs {
  return operator !== null && operatorPattern.test(operator) ? { mcc_mnc: operator } : {};
}

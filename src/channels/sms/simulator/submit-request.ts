import type { DataSm, SubmitSm } from '../../../smpp/pdus.ts';
import type { PduAddress } from './stored-message.ts';
import type { SubmittedText } from './user-data.ts';

/** What submit_sm and data_sm have in common. */
export interface SubmitRequest extends SubmittedText {
  readonly command: 'submit_sm' | 'data_sm';
  readonly sequence_number: number;
  readonly serviceType: string;
  readonly source: PduAddress;
  readonly destination: PduAddress;
  readonly registeredDelivery: number;
  /** As in the PDU; empty where there is none. */
  readonly validityPeriod: string;
  readonly scheduleDeliveryTime: string;
}

const noOctets = Buffer.alloc(0);

export function readSubmitRequest(pdu: SubmitSm | DataSm): SubmitRequest {
  const isSubmit = pdu.command === 'submit_sm';
  return {
    command: pdu.command,
    sequence_number: pdu.sequence_number,
    serviceType: pdu.service_type,
    source: { ton: pdu.source_addr_ton, npi: pdu.source_addr_npi, text: pdu.source_addr },
    destination: {
      ton: pdu.dest_addr_ton,
      npi: pdu.dest_addr_npi,
      text: pdu.destination_addr,
    },
    registeredDelivery: pdu.registered_delivery,
    validityPeriod: isSubmit ? pdu.validity_period : '',
    scheduleDeliveryTime: isSubmit ? pdu.schedule_delivery_time : '',
    esm_class: pdu.esm_class,
    data_coding: pdu.data_coding,
    short_message: isSubmit ? pdu.short_message : noOctets,
    ...(pdu.tlvs === undefined ? {} : { tlvs: pdu.tlvs }),
  };
}

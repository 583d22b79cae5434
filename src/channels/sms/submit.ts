import type { Content } from '../../core/message.ts';
import type { ReadyStep } from '../../core/ready-step.ts';
import type { DeliveryError } from '../../core/status.ts';
import { interfaceVersion34, type SubmitSm, type Unnumbered } from '../../smpp/pdus.ts';
import type { Tlvs } from '../../smpp/tlvs.ts';
import { dataCodings } from '../../text/data-coding.ts';
import {
  countParts,
  encodeWhole,
  isHexadecimal,
  partsMaxLimit,
  type Segments,
  segment,
  senderHeaderOctetsMax,
} from '../../text/segmentation.ts';
import { buildConcatUdh, type ReferenceWidth } from '../../text/udh.ts';
import { createSourceAddresses, isDestination, type SmppAddress } from './addresses.ts';
import type { SmsSettings } from './settings.ts';
import { transliterate } from './transliterate.ts';
import { createValidityPeriods } from './validity-period.ts';

/** esm_class: short_message begins with a user data header (SMPP 3.4 §5.2.12). */
const udhIndicator = 0x40;
const noOctets: Buffer = Buffer.alloc(0);

/** What the parts of one step have in common, worked out once when the step is taken. */
export interface SmsContent {
  readonly source: SmppAddress;
  readonly dataCoding: number;
  /** The text of each part after its header; one in all with message_payload. */
  readonly payloads: readonly Buffer[];
  readonly form: 'plain' | 'udh8' | 'udh16' | 'sar' | 'payload';
  /** The sender's own header, complete with its length octet. */
  readonly senderUdh: Buffer | null;
}

export type Submit = Unnumbered<SubmitSm>;

export interface SubmitOptions {
  /** Wall time, for the validity. */
  readonly now: number;
  /** The SMSC's sc_interface_version; below 0x34 it must not be sent TLVs (SMPP 3.4 §3.4.1). */
  readonly interfaceVersion: number;
  readonly withValidity: boolean;
}

/** Turns steps into submit_sm for one connection (sms-operators §3). */
export interface SubmitWriter {
  /** Reads, cuts and encodes a step's text; an error number when the operator would only refuse it. */
  prepare(ready: ReadyStep): SmsContent | { error: DeliveryError };
  /** The PDU of one part. */
  write(ready: ReadyStep, content: SmsContent, part: number, options: SubmitOptions): Submit;
}

/**
 * How many parts a text has on a connection: what a plan must say in `Step.parts`. With
 * `payload` it is always one, because the SMSC makes the parts and sends one receipt.
 */
export function countSmsParts(
  content: Pick<Content, 'text' | 'encoding' | 'udh' | 'partsMax'>,
  settings: Pick<SmsSettings, 'concat'>,
): number {
  if (settings.concat === 'payload') return 1;
  return countParts(content.text, content.encoding, content.partsMax, {
    referenceWidth: settings.concat === 'udh16' ? 16 : 8,
    headerOctets: content.udh === null ? 0 : content.udh.length / 2,
  });
}

export function createSubmitWriter(settings: SmsSettings): SubmitWriter {
  const findSource = createSourceAddresses(settings);
  const writeValidity = createValidityPeriods(settings);
  const { destinationPlan, serviceType, registeredDelivery, receipts } = settings;
  const registered_delivery = receipts === 'final' ? registeredDelivery : 0;
  const extraTlvs: Tlvs | undefined =
    settings.tlvs.length === 0 ? undefined : { other: [...settings.tlvs] };

  function prepare(ready: ReadyStep): SmsContent | { error: DeliveryError } {
    const { message } = ready;
    const { content } = message;
    const planned = message.plan[ready.step]?.parts ?? 0;
    const senderUdh = content.udh === null ? null : readSenderUdh(content.udh);
    if (senderUdh === undefined || planned < 1 || planned > partsMaxLimit) return { error: 20 };
    if (content.encoding === 'binary' && !isHexadecimal(content.text)) return { error: 20 };
    if (!isDestination(message.msisdn)) return { error: 23 };
    const source = findSource(message.from);
    if (source === null) return { error: 20 };
    const text =
      settings.transliterate && content.encoding === 'gsm7'
        ? transliterate(content.text)
        : content.text;
    const cut = cutText({ ...content, text }, planned, senderUdh?.length ?? 0);
    if (cut === null) return { error: 20 };
    return { source, dataCoding: dataCodings[content.encoding], senderUdh, ...cut };
  }

  /** Cuts the text into the planned number of parts; null when they cannot be as many. */
  function cutText(
    content: Content,
    planned: number,
    headerOctets: number,
  ): Pick<SmsContent, 'payloads' | 'form'> | null {
    const { encoding, text } = content;
    const request = { text, encoding, headerOctets, alphabet: settings.defaultAlphabet };
    if (planned === 1) {
      if (settings.concat === 'payload') {
        const whole = encodeWhole({ ...request, partsMax: content.partsMax });
        return { payloads: [whole.payload], form: whole.parts === 1 ? 'plain' : 'payload' };
      }
      return { payloads: segment({ ...request, partsMax: 1 }).payloads, form: 'plain' };
    }
    // A plan of several parts binds: each has an outcome and a receipt of its own.
    const form = settings.concat === 'payload' ? 'udh8' : settings.concat;
    const cutWith = (referenceWidth: ReferenceWidth): Segments =>
      segment({ ...request, referenceWidth, partsMax: planned });
    const segments = cutWith(form === 'udh16' ? 16 : 8);
    if (segments.payloads.length !== planned) return null;
    if (form !== 'udh16' || !segments.truncated) return { payloads: segments.payloads, form };
    // Customers count by the parts of contract §3.5: the longer reference must not cost the end of the text.
    const shorter = cutWith(8);
    if (shorter.payloads.length === planned) return { payloads: shorter.payloads, form: 'udh8' };
    return planned >= content.partsMax ? { payloads: segments.payloads, form } : null;
  }

  function write(
    ready: ReadyStep,
    content: SmsContent,
    part: number,
    options: SubmitOptions,
  ): Submit {
    const { message } = ready;
    const { source } = content;
    const takesTlvs = options.interfaceVersion >= interfaceVersion34;
    const reference = message.plan[ready.step]?.concatReference ?? 0;
    const form = readForm(content, takesTlvs);
    const udh = writeUdh(content, form, reference, part);
    const payload = content.payloads[part] ?? noOctets;
    const extra = takesTlvs ? writeExtra(message.tariff) : undefined;
    const tlvs =
      takesTlvs && form === 'sar' ? { ...writeSar(content, reference, part), ...extra } : extra;
    const octets = udh === null ? payload : Buffer.concat([udh, payload]);
    const submit: Submit = {
      command: 'submit_sm',
      service_type: serviceType,
      source_addr_ton: source.ton,
      source_addr_npi: source.npi,
      source_addr: source.text,
      dest_addr_ton: destinationPlan.ton,
      dest_addr_npi: destinationPlan.npi,
      destination_addr: message.msisdn,
      esm_class: udh === null ? 0 : udhIndicator,
      protocol_id: 0,
      priority_flag: 0,
      schedule_delivery_time: '',
      validity_period: options.withValidity ? writeValidity(message.expiresAt, options.now) : '',
      registered_delivery,
      replace_if_present_flag: 0,
      data_coding: content.dataCoding,
      sm_default_msg_id: 0,
      short_message: form === 'payload' ? noOctets : octets,
    };
    if (form === 'payload') submit.tlvs = { ...tlvs, message_payload: octets };
    else if (tlvs !== undefined) submit.tlvs = tlvs;
    return submit;
  }

  /** What the operator wants besides; a message's own tariff goes before a configured one. */
  function writeExtra(tariff: number | null): Tlvs | undefined {
    const { tariffTag } = settings;
    if (tariff === null || tariffTag === null) return extraTlvs;
    const others = settings.tlvs.filter(({ tag }) => tag !== tariffTag);
    return { other: [...others, { tag: tariffTag, value: Buffer.from(`${tariff}\0`, 'latin1') }] };
  }

  return { prepare, write };
}

function writeSar({ payloads }: SmsContent, reference: number, part: number): Tlvs {
  return {
    sar_msg_ref_num: reference & 0xffff,
    sar_total_segments: payloads.length,
    sar_segment_seqnum: part + 1,
  };
}

/** SAR needs TLVs, and does not go together with a sender's own header. */
function readForm(content: SmsContent, takesTlvs: boolean): SmsContent['form'] {
  const { form, senderUdh } = content;
  return form === 'sar' && (!takesTlvs || senderUdh !== null) ? 'udh8' : form;
}

function writeUdh(
  content: SmsContent,
  form: SmsContent['form'],
  reference: number,
  part: number,
): Buffer | null {
  if (form !== 'udh8' && form !== 'udh16') return content.senderUdh;
  const concatenation = {
    reference,
    referenceWidth: form === 'udh8' ? 8 : 16,
    total: content.payloads.length,
    sequence: part + 1,
  } as const;
  return buildConcatUdh(concatenation, content.senderUdh ?? undefined);
}

/** A sender's header; undefined when its length octet does not fit it. */
function readSenderUdh(hex: string): Buffer | undefined {
  if (!isHexadecimal(hex)) return undefined;
  const udh = Buffer.from(hex, 'hex');
  const isWhole = udh[0] === udh.length - 1 && udh.length <= senderHeaderOctetsMax;
  return isWhole ? udh : undefined;
}

import type { SubmitRequest } from './submit-request.ts';

/** So many submits are remembered; the oldest is forgotten. */
export const rememberedMax = 100_000;

/**
 * Tells submits that repeat an earlier one in sender, handset, text and header: what a gateway that
 * resends after a crash produces. Two messages with the same words count as well, so whoever counts
 * repeats must see to it that no two texts are alike.
 */
export function createRepeatDetector(): (request: SubmitRequest) => boolean {
  const seen = new Set<number>();
  return (request) => {
    const hash = hashRequest(request);
    if (seen.has(hash)) return true;
    seen.add(hash);
    if (seen.size > rememberedMax) {
      for (const oldest of seen) {
        seen.delete(oldest);
        break;
      }
    }
    return false;
  };
}

/** 53 bits of two FNV-1a sums: two different requests of a hundred thousand hardly ever share them. */
function hashRequest(request: SubmitRequest): number {
  const { source, destination, tlvs } = request;
  const sar = `${tlvs?.sar_msg_ref_num ?? ''}/${tlvs?.sar_segment_seqnum ?? ''}`;
  const fields = Buffer.from(`${source.text}>${destination.text}#${sar}`, 'latin1');
  let low = 0x811c9dc5;
  let high = 0x050c5d1f;
  for (const octets of [fields, request.short_message, tlvs?.message_payload]) {
    for (const octet of octets ?? []) {
      low = Math.imul(low ^ octet, 0x01000193);
      high = Math.imul(high ^ octet, 0x01000197);
    }
  }
  return (low >>> 0) + (high & 0x1f_ffff) * 0x1_0000_0000;
}

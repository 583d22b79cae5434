import type { MessageId } from '../../core/message.ts';

/** One part of one step of a message. */
export interface PartKey {
  readonly id: MessageId;
  readonly step: number;
  readonly part: number;
}

/**
 * What is sent along as `biz_opaque_callback_data`: every status brings it back, so a status tells what became of a
 * call that was never answered (whatsapp-cloud §2).
 */
export function writePartKey({ id, step, part }: PartKey): string {
  return `${id}:${step}:${part}`;
}

/** Null for what is not of ours. */
export function readPartKey(text: string): PartKey | null {
  const found = /^([0-9a-f]{32}):(\d{1,3}):(\d{1,3})$/.exec(text);
  if (found === null) return null;
  const [, id = '', step, part] = found;
  return { id, step: Number(step), part: Number(part) };
}

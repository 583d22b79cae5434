import { begin } from '../../core/lifecycle.ts';
import type { Content, Message } from '../../core/message.ts';
import type { ReadyStep } from '../../core/ready-step.ts';

/** What a test may say about a message; the rest is usual. */
export interface MessageSketch {
  readonly from?: string;
  readonly msisdn?: string;
  readonly content?: Partial<Content>;
  readonly parts?: number;
  readonly concatReference?: number;
  readonly tariff?: number;
  readonly acceptedAt?: number;
  readonly validMs?: number;
  /** Letters of the parts, when some have been sent before. */
  readonly progress?: string;
  readonly attempts?: number;
}

export const hourMs: number = 60 * 60 * 1_000;

let lastId = 0;

/** A step that is ready to be sent over SMS. */
export function sketchStep(sketch: MessageSketch = {}): ReadyStep {
  const { acceptedAt = 0, parts = 1 } = sketch;
  const message: Message = {
    id: (++lastId).toString(16).padStart(32, '0'),
    account: 'demo',
    door: 'json',
    acceptedAt,
    expiresAt: acceptedAt + (sketch.validMs ?? 24 * hourMs),
    from: sketch.from ?? 'Chappe',
    to: '0031612345678',
    msisdn: sketch.msisdn ?? '31612345678',
    reference: null,
    groupings: [null, null, null],
    operator: null,
    tariff: sketch.tariff ?? null,
    plan: [
      {
        channel: 'SMS',
        connection: 'operator',
        parts,
        timeoutMs: null,
        concatReference: sketch.concatReference ?? 7,
      },
    ],
    wants: 0b11111,
    reportTo: null,
    content: {
      text: 'Hello',
      encoding: 'gsm7',
      udh: null,
      partsMax: 8,
      rich: null,
      appKey: null,
      ...sketch.content,
    },
  };
  const live = {
    ...begin(message),
    ...(sketch.progress === undefined ? {} : { progress: sketch.progress }),
    attempts: sketch.attempts ?? 0,
  };
  return { message, step: 0, live, due: acceptedAt };
}

import type { CallRecord } from '../rig/callbacks.ts';
import type { SubmitRecord } from '../rig/smsc-ledger.ts';
import { isEnd } from './call-rules.ts';
import { type Acknowledgement, incarnationAt, type StormLedger } from './ledger.ts';
import { type Fate, indexInText } from './messages.ts';
import type { Violation } from './rules.ts';

/** The storm reads its sockets in no particular order; what is closer than this may have been the other way round. */
const orderMs = 100;

/** Why a part came a second time; `incarnation` is the one that sent it first. */
export type Repetition =
  | { kind: 'crash'; incarnation: number }
  /** The operator kept its response to itself, so the gateway could not know. */
  | { kind: 'lost-response' };

/** The rules for what the operator was sent of one message. */
export function checkSubmits(
  message: { index: number; fate: Fate; acknowledged: Acknowledgement | undefined },
  submits: readonly SubmitRecord[],
  calls: readonly CallRecord[],
  ledger: Pick<StormLedger, 'starts'>,
  repeated: (why: Repetition) => void,
): Violation[] {
  const { index, fate, acknowledged } = message;
  const broken: Violation[] = [];
  const fail = (rule: Violation['rule'], sentence: string) =>
    broken.push({ rule, index, sentence });

  const parts = acknowledged?.parts ?? submits[0]?.parts ?? 1;
  const last = new Map<number, SubmitRecord>();
  const told = calls.find((call) => isEnd(call.status) && call.answer === 200);
  for (const submit of submits) {
    const { part, at } = submit;
    if (indexInText(submit.text) !== index) fail('stranger', 'it was sent the text of another');
    if (submit.parts !== parts || part > parts) {
      fail('stranger', `part ${part} of ${submit.parts} was sent of ${parts}`);
    }
    const before = last.get(part);
    last.set(part, submit);
    // Of several parts one may be on its way while another one's failure ends the message.
    if (parts === 1 && told !== undefined && told.at + orderMs < at) {
      fail('sent-again', 'it was sent after its end was told');
    } else if (before !== undefined) {
      const incarnation = incarnationAt(ledger, before.at);
      if (!before.answered) repeated({ kind: 'lost-response' });
      else if (incarnation < incarnationAt(ledger, at)) repeated({ kind: 'crash', incarnation });
      else fail('sent-again', `part ${part} was sent again by the same process`);
    }
  }
  if (acknowledged === undefined) return broken;
  // The others of a message that failed in one part need not be sent.
  const wanted = fate === 'delivered' ? parts : 1;
  if (last.size < wanted) {
    const missing = `${wanted - last.size} of ${parts} parts never reached the operator`;
    fail('lost', `it was acknowledged, and ${missing}`);
  }
  return broken;
}

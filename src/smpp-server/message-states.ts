import { hasEnded, rank } from '../core/lifecycle.ts';
import { status, statusBit } from '../core/status.ts';
import { commandStatus } from '../smpp/command-status.ts';
import type { QuerySmResp } from '../smpp/pdus.ts';
import { formatAbsoluteTime } from '../smpp/time.ts';
import { messageState } from '../smpp/tlvs.ts';
import type { MessageHistory } from '../store/contract.ts';

/** A message as query_sm shows it (SMPP 3.4 §4.8.2). */
export interface MessageState {
  /** A value of `messageState`. */
  readonly state: number;
  /** Epoch milliseconds; null while it has not ended. */
  readonly endedAt: number | null;
  readonly error: number;
}

export function readState({ live, message, events }: MessageHistory): MessageState {
  if (!hasEnded(live)) {
    return { state: messageState.ENROUTE, endedAt: null, error: live.lastError };
  }
  const last = events.findLast(({ kind }) => kind === 'receipt' || kind === 'submitted');
  const report = events.findLast(({ kind }) => kind === 'report');
  const error = events.findLast((event) => event.error !== 0)?.error ?? 0;
  const told = (value: keyof typeof status) => (live.told & statusBit(status[value])) !== 0;
  if (told('delivered')) {
    const receipt = events.find(({ state }) => state === 'delivered' || state === 'read');
    return { state: messageState.DELIVERED, endedAt: receipt?.at ?? message.acceptedAt, error: 0 };
  }
  const isOver = live.rank === rank.assumedEnd || last?.state === 'expired';
  if (isOver) {
    const endedAt = last?.state === 'expired' ? last.at : (report?.at ?? message.expiresAt);
    return { state: messageState.EXPIRED, endedAt, error: error === 0 ? 8 : error };
  }
  const endedAt = report?.at ?? last?.at ?? message.acceptedAt;
  const state = told('rejected') ? messageState.REJECTED : messageState.UNDELIVERABLE;
  return { state, endedAt, error };
}

/** The messages of one submit_multi as one: on their way while one of them is, delivered if all are. */
export function combineStates(states: readonly MessageState[]): MessageState | null {
  const open = states.find(({ endedAt }) => endedAt === null);
  const failed = states.find(({ state }) => state !== messageState.DELIVERED);
  const worst = open ?? failed ?? states[0];
  if (worst === undefined || worst.endedAt === null) return worst ?? null;
  return { ...worst, endedAt: Math.max(...states.map(({ endedAt }) => endedAt ?? 0)) };
}

export function writeState(
  message_id: string,
  { state, endedAt, error }: MessageState,
): Omit<QuerySmResp, 'command' | 'sequence_number'> {
  return {
    command_status: commandStatus.ESME_ROK,
    message_id,
    final_date: endedAt === null ? '' : formatAbsoluteTime(endedAt),
    message_state: state,
    error_code: error & 0xff,
  };
}

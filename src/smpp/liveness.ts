import type { CloseReason } from './session-handler.ts';
import type { SessionLimits } from './session-limits.ts';
import { isBound, type SessionState } from './session-rules.ts';

/** Watches how long the peer takes: to bind, to finish a PDU, to give a sign of life. */
export class Liveness {
  private readonly limits: Readonly<SessionLimits>;
  private readonly bindBy: number;
  private receivedAt: number;
  private partialBy: number | null = null;
  private enquireBy: number | null = null;

  constructor(limits: Readonly<SessionLimits>, now: number) {
    this.limits = limits;
    this.bindBy = now + limits.bindMs;
    this.receivedAt = now;
  }

  /** A whole frame came. Whatever it says, the peer is alive: its enquire_link_resp may be late. */
  noteFrame(now: number): void {
    this.receivedAt = now;
    this.enquireBy = null;
  }

  /** All frames of a chunk are taken. The clock of a partial PDU starts with its first octet. */
  noteChunkEnd(now: number, hasFrame: boolean, hasPartial: boolean): void {
    if (!hasPartial) this.partialBy = null;
    else if (hasFrame || this.partialBy === null)
      this.partialBy = now + this.limits.incompletePduMs;
  }

  /** Why the session must end now, if it must. */
  findEnd(state: SessionState, now: number): CloseReason | null {
    if (state === 'open' && now >= this.bindBy) return 'bind_timed_out';
    if (this.partialBy !== null && now >= this.partialBy) return 'incomplete_pdu';
    if (this.enquireBy !== null && now >= this.enquireBy) return 'enquire_link_timed_out';
    return null;
  }

  /** Whether the peer has been quiet for so long that it is to be asked now; true once. */
  startEnquiry(state: SessionState, now: number): boolean {
    if (!isBound(state) || this.enquireBy !== null) return false;
    if (now - this.receivedAt < this.limits.enquireLinkMs) return false;
    this.enquireBy = now + this.limits.enquireLinkTimeoutMs;
    return true;
  }
}

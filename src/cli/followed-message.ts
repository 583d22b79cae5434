/** What `/api/messages` says of a message, as far as it is shown. */
export interface FollowedMessage {
  readonly state: string;
  readonly events: readonly FollowedEvent[];
}

export interface FollowedEvent {
  readonly at: string;
  readonly kind: string;
  readonly channel: string | null;
  readonly connection: string | null;
  readonly part: number;
  readonly state: string;
  readonly error: number | null;
  readonly errorDescription: string;
  readonly detail: string;
}

/** Whether nothing more can become of it, but that it is read. */
export function hasEnded({ state }: FollowedMessage): boolean {
  return ['rejected', 'delivered', 'failed', 'read'].includes(state);
}

/** Reports that the customer's endpoint or session has not taken, and that are not given up. */
export function countUntold({ events }: FollowedMessage): number {
  const count = (kind: string) => events.filter((event) => event.kind === kind).length;
  return count('report') - count('told');
}

/** An event in words for a person, without its kind and time. */
export function describeEvent(event: FollowedEvent): string {
  const { kind, channel, connection, part, state, error, errorDescription, detail } = event;
  const why = error === null ? '' : ` (${error}: ${errorDescription})`;
  switch (kind) {
    case 'submitted':
      return `part ${part} over ${channel} to "${connection}": ${describeOutcome(state, detail)}${why}`;
    case 'receipt':
      return `part ${part} over ${channel}: ${state === 'enroute' ? 'on its way' : state}${why}`;
    case 'told':
      return detail === '0' ? `${state}: given up` : `${state}: answered ${detail}`;
    default:
      return `${state}${why}`;
  }
}

/** What became of a submitted part; the detail is the operator's id, or how often it was refused for now. */
function describeOutcome(state: string, detail: string): string {
  switch (state) {
    case 'accepted':
      return `accepted, id ${detail}`;
    case 'later':
      // The count is that of the step that is tried now: 0 says that it is another one already.
      return detail === '0' ? 'refused for now' : `refused for now, attempt ${detail}`;
    case 'unknown':
      return 'no answer, and it is not sent again';
    default:
      return state;
  }
}

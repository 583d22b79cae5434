/** What the world outside the gateway saw of one message, and what must be true of it at the end. */
export interface MessageRecord {
  readonly reference: string;
  readonly parts: number;
  /** Set when a complete answer said that it was accepted. */
  isAcknowledged: boolean;
  /** What the handset shows. */
  arrivals: number;
  /** Reports in the order in which the customer's endpoint took them: status and error. */
  readonly reports: { status: number; error: number; webhookId: string }[];
}

export class Ledger {
  readonly records = new Map<string, MessageRecord>();

  open(reference: string, parts: number): MessageRecord {
    const record: MessageRecord = {
      reference,
      parts,
      isAcknowledged: false,
      arrivals: 0,
      reports: [],
    };
    this.records.set(reference, record);
    return record;
  }

  /** Every broken promise, as a sentence. */
  check(): string[] {
    const broken: string[] = [];
    for (const record of this.records.values()) {
      for (const fault of faultsOf(record)) broken.push(`${record.reference}: ${fault}`);
    }
    return broken;
  }
}

function faultsOf(record: MessageRecord): string[] {
  const faults: string[] = [];
  const { reports } = record;
  const first = new Map<number, string>();
  const order: number[] = [];
  for (const { status, webhookId } of reports) {
    const known = first.get(status);
    if (known === undefined) {
      first.set(status, webhookId);
      order.push(status);
    } else if (known !== webhookId) {
      faults.push(`status ${status} was told as two different reports`);
    }
  }
  const ends = order.filter((status) => status === 1 || status === 2 || status === 3);
  if (record.isAcknowledged && ends.length === 0) faults.push('was acknowledged and has no end');
  // Only an end that we assumed may be corrected, once, by the operator's "delivered".
  const isCorrected = ends.length === 2 && ends[0] === 3 && ends[1] === 2;
  if (ends.length > 1 && !isCorrected) faults.push(`has the ends ${ends.join(', ')}`);
  if (order.indexOf(0) > 0) faults.push(`was told "accepted" after ${order.join(', ')}`);
  if (ends.at(-1) === 2 && record.arrivals === 0)
    faults.push('was told "delivered", never arrived');
  if (record.arrivals > 0 && record.isAcknowledged && ends.length === 0) {
    faults.push('arrived, and nobody was told');
  }
  return faults;
}

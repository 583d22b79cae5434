import type {
  Conversion,
  ConversionCounts,
  ConversionQuery,
  ConvertedMessage,
  CountsQuery,
  ReportedConversion,
  RouteCounts,
} from '../conversion-contract.ts';
import type { ConversionRows } from '../conversions.ts';
import { type Tallied, type TallyPlace, tallyHourMs } from '../rows.ts';

interface Tally {
  readonly hour: number;
  readonly account: string;
  readonly counts: RouteCounts;
}

/** Conversions and what is counted beside them, in maps. */
export class MemoryConversions implements ConversionRows {
  /** By sequence, oldest first. */
  readonly #conversions = new Map<number, Conversion>();
  readonly #tallies = new Map<string, Tally>();
  #sequence = 0;
  /** Takes notes of how to undo what is done. */
  readonly #note: (undo: () => void) => void;

  constructor(note: (undo: () => void) => void) {
    this.#note = note;
  }

  hasConversion(reported: ReportedConversion): boolean {
    return this.#some(
      (known) =>
        known.account === reported.account &&
        known.reference === reported.reference &&
        known.msisdn === reported.msisdn &&
        known.convertedAt === reported.convertedAt,
    );
  }

  hasConverted(messageId: string): boolean {
    return this.#some(({ message }) => message?.id === messageId);
  }

  insertConversion(
    reported: ReportedConversion,
    message: ConvertedMessage | null,
    receivedAt: number,
  ): void {
    const sequence = ++this.#sequence;
    this.#conversions.set(sequence, { ...reported, sequence, receivedAt, message });
    this.#note(() => this.#conversions.delete(sequence));
  }

  tally({ account, acceptedAt, connection, operator }: TallyPlace, what: Tallied): void {
    const hour = Math.floor(acceptedAt / tallyHourMs);
    const key = JSON.stringify([hour, account, connection, operator]);
    const old = this.#tallies.get(key);
    const counts = old?.counts ?? { connection, operator, sent: 0, delivered: 0, converted: 0 };
    const more = { ...counts, [what]: counts[what] + 1 };
    this.#tallies.set(key, { hour, account, counts: more });
    this.#note(() => {
      if (old === undefined) this.#tallies.delete(key);
      else this.#tallies.set(key, old);
    });
  }

  find({ account, reference, msisdn, messageId, before, limit }: ConversionQuery): Conversion[] {
    return [...this.#conversions.values()]
      .reverse()
      .filter((one) => one.account === account)
      .filter((one) => reference === undefined || one.reference === reference)
      .filter((one) => msisdn === undefined || one.msisdn === msisdn)
      .filter((one) => messageId === undefined || one.message?.id === messageId)
      .filter((one) => before === undefined || one.sequence < before)
      .slice(0, limit);
  }

  counts({ account, from, until, groupingsMax }: CountsQuery): ConversionCounts {
    const first = Math.ceil(from / tallyHourMs);
    const end = Math.ceil(until / tallyHourMs);
    const isIn = (hour: number, whose: string): boolean =>
      hour >= first && hour < end && (account === null || whose === account);
    const routes = new Map<string, RouteCounts>();
    for (const { hour, account: whose, counts } of this.#tallies.values()) {
      if (!isIn(hour, whose)) continue;
      const key = JSON.stringify([counts.connection, counts.operator ?? '']);
      routes.set(key, add(routes.get(key), counts));
    }
    const groupings = new Map<string, ConversionCounts['groupings'][number]>();
    let unmatched = 0;
    for (const { account: whose, message, receivedAt } of this.#conversions.values()) {
      if (!isIn(Math.floor((message?.acceptedAt ?? receivedAt) / tallyHourMs), whose)) continue;
      if (message === null) {
        unmatched++;
        continue;
      }
      const key = JSON.stringify(message.groupings.map((grouping) => grouping ?? ''));
      const converted = (groupings.get(key)?.converted ?? 0) + 1;
      groupings.set(key, { groupings: message.groupings, converted });
    }
    return {
      routes: sortByKey(routes).map(([, counts]) => counts),
      groupings: sortByKey(groupings)
        .map(([, counts]) => counts)
        .toSorted((left, right) => right.converted - left.converted)
        .slice(0, groupingsMax),
      unmatched,
    };
  }

  prune(before: number, limit: number): number {
    const old = [...this.#conversions.values()]
      .filter(({ receivedAt }) => receivedAt < before)
      .slice(0, limit);
    for (const { sequence } of old) this.#conversions.delete(sequence);
    const hours = [...this.#tallies]
      .filter(([, { hour }]) => hour < Math.floor(before / tallyHourMs))
      .slice(0, limit);
    for (const [key] of hours) this.#tallies.delete(key);
    return old.length + hours.length;
  }

  #some(test: (conversion: Conversion) => boolean): boolean {
    return this.#conversions.values().some(test);
  }
}

function add(sum: RouteCounts | undefined, counts: RouteCounts): RouteCounts {
  if (sum === undefined) return counts;
  return {
    ...sum,
    sent: sum.sent + counts.sent,
    delivered: sum.delivered + counts.delivered,
    converted: sum.converted + counts.converted,
  };
}

function sortByKey<Value>(map: Map<string, Value>): [string, Value][] {
  return [...map].toSorted(([left], [right]) => (left < right ? -1 : 1));
}

import type {
  Conversion,
  ConversionCounts,
  ConversionQuery,
  ConvertedMessage,
  CountsQuery,
  GroupingCounts,
  ReportedConversion,
  RouteCounts,
} from '../conversion-contract.ts';
import type { ConversionRows } from '../conversions.ts';
import { groupingsCountedMax, type Tallied, type TallyOf, tallyHourMs } from '../rows.ts';

interface Hour<Counts> {
  readonly hour: number;
  readonly account: string;
  readonly tallies: Map<string, Counts>;
}

/** Conversions and what is counted beside them, in maps. */
export class MemoryConversions implements ConversionRows {
  /** By sequence, oldest first. */
  readonly #conversions = new Map<number, Conversion>();
  readonly #routes = new Map<string, Hour<RouteCounts>>();
  readonly #groupings = new Map<string, Hour<GroupingCounts>>();
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

  tally(of: TallyOf, connection: string, what: Tallied): void {
    const { operator } = of;
    const { tallies } = findHour(this.#routes, of);
    this.#add(
      tallies,
      keyOf([connection, operator ?? '']),
      { connection, operator, ...none },
      what,
    );
  }

  tallyGroupings(of: TallyOf, what: Tallied): void {
    const { tallies } = findHour(this.#groupings, of);
    const key = keyOf(of.groupings);
    const isRest =
      !tallies.has(key) && tallies.size - Number(tallies.has(rest)) >= groupingsCountedMax;
    const groupings = isRest ? null : of.groupings;
    this.#add(tallies, isRest ? rest : key, { groupings, ...none }, what);
  }

  #add<Counts extends Numbers>(
    tallies: Map<string, Counts>,
    key: string,
    empty: Counts,
    what: Tallied,
  ): void {
    const old = tallies.get(key);
    const counts = old ?? empty;
    tallies.set(key, { ...counts, [what]: counts[what] + 1 });
    this.#note(() => {
      if (old === undefined) tallies.delete(key);
      else tallies.set(key, old);
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
    const sumUp = <Counts extends Numbers>(
      hours: Map<string, Hour<Counts>>,
    ): [string, Counts][] => {
      const sums = new Map<string, Counts>();
      for (const { hour, account: whose, tallies } of hours.values()) {
        if (!isIn(hour, whose)) continue;
        for (const [key, counts] of tallies) sums.set(key, add(sums.get(key), counts));
      }
      return [...sums].toSorted(([left], [right]) => (left < right ? -1 : 1));
    };
    let unmatched = 0;
    for (const { account: whose, message, receivedAt } of this.#conversions.values()) {
      if (message === null && isIn(Math.floor(receivedAt / tallyHourMs), whose)) unmatched++;
    }
    return {
      routes: sumUp(this.#routes).map(([, counts]) => counts),
      groupings: sumUp(this.#groupings)
        .map(([, counts]) => counts)
        .toSorted((left, right) => right.converted - left.converted || right.sent - left.sent)
        .slice(0, groupingsMax),
      unmatched,
    };
  }

  prune(before: number, limit: number): number {
    const old = [...this.#conversions.values()]
      .filter(({ receivedAt }) => receivedAt < before)
      .slice(0, limit);
    for (const { sequence } of old) this.#conversions.delete(sequence);
    const first = Math.floor(before / tallyHourMs);
    return (
      old.length +
      pruneHours(this.#routes, first, limit) +
      pruneHours(this.#groupings, first, limit)
    );
  }

  #some(test: (conversion: Conversion) => boolean): boolean {
    return this.#conversions.values().some(test);
  }
}

type Numbers = Readonly<Record<Tallied, number>>;

const none = { sent: 0, delivered: 0, converted: 0 } as const;
/** The key of those that are not counted apart. */
const rest = '';

function keyOf(texts: readonly (string | null)[]): string {
  return JSON.stringify(texts);
}

function findHour<Counts>(
  hours: Map<string, Hour<Counts>>,
  { account, acceptedAt }: TallyOf,
): Hour<Counts> {
  const hour = Math.floor(acceptedAt / tallyHourMs);
  const key = `${hour} ${account}`;
  const found = hours.get(key) ?? { hour, account, tallies: new Map() };
  hours.set(key, found);
  return found;
}

/** Counts of hours before this one: so many rows of them. */
function pruneHours<Counts>(
  hours: Map<string, Hour<Counts>>,
  before: number,
  limit: number,
): number {
  let left = limit;
  for (const [name, { hour, tallies }] of hours) {
    if (hour >= before) continue;
    for (const key of [...tallies.keys()].slice(0, left)) {
      tallies.delete(key);
      left--;
    }
    if (tallies.size === 0) hours.delete(name);
  }
  return limit - left;
}

function add<Counts extends Numbers>(sum: Counts | undefined, counts: Counts): Counts {
  if (sum === undefined) return counts;
  return {
    ...sum,
    sent: sum.sent + counts.sent,
    delivered: sum.delivered + counts.delivered,
    converted: sum.converted + counts.converted,
  };
}

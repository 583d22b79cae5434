import type { DatabaseSync } from 'node:sqlite';
import type { Groupings } from '../../core/message.ts';
import { groupingsCountedMax, type Tallied, type TallyOf, tallyHourMs } from '../rows.ts';
import { writeGroupings } from './message-codec.ts';
import { Query } from './query.ts';

interface Counts {
  readonly hour: number;
  readonly of: TallyOf;
  /** Empty where groupings are counted. */
  readonly connection: string;
  sent: number;
  delivered: number;
  converted: number;
}

/** Hours of accounts whose groupings' number is remembered. */
const countedMax = 10_000;

/** The counts of a transaction, gathered so that its commit writes each row once. */
export class SqliteTallies {
  readonly #add: Query;
  readonly #addGroupings: Query;
  readonly #putGroupings: Query;
  readonly #countGroupings: Query;
  readonly #routes = new Map<string, Counts>();
  readonly #groupings = new Map<string, Counts>();
  /** Most messages of a batch are counted at one place. */
  #lastRoute: Counts | null = null;
  #lastGroupings: Counts | null = null;
  /** How many groupings an hour of an account has. */
  readonly #counted = new Map<string, number>();

  constructor(database: DatabaseSync) {
    const query = (sql: string): Query => new Query(database, sql);
    const adding = `sent = sent + excluded.sent, delivered = delivered + excluded.delivered,
      converted = converted + excluded.converted`;
    this.#add = query(
      `INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${adding}`,
    );
    this.#addGroupings = query(
      `UPDATE grouping_tally SET sent = sent + ?, delivered = delivered + ?, converted = converted + ?
       WHERE hour = ? AND account = ? AND groupings = ?`,
    );
    this.#putGroupings = query(
      `INSERT INTO grouping_tally VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${adding}`,
    );
    this.#countGroupings = query(
      `SELECT count(*) FROM grouping_tally WHERE hour = ? AND account = ? AND groupings <> ''`,
    );
  }

  add(of: TallyOf, connection: string, what: Tallied): void {
    const hour = Math.floor(of.acceptedAt / tallyHourMs);
    let counts = this.#lastRoute;
    if (counts === null || !isRoute(counts, hour, of, connection)) {
      const key = `${hour}\n${of.account}\n${connection}\n${of.operator ?? ''}`;
      counts = find(this.#routes, key, hour, of, connection);
      this.#lastRoute = counts;
    }
    counts[what]++;
  }

  addGroupings(of: TallyOf, what: Tallied): void {
    const hour = Math.floor(of.acceptedAt / tallyHourMs);
    let counts = this.#lastGroupings;
    if (counts === null || !isGrouped(counts, hour, of)) {
      const key = `${hour}\n${of.account}\n${textOf(of.groupings)}`;
      counts = find(this.#groupings, key, hour, of, '');
      this.#lastGroupings = counts;
    }
    counts[what]++;
  }

  /** Before the commit. */
  flush(): void {
    for (const { hour, of, connection, sent, delivered, converted } of this.#routes.values()) {
      this.#add.write(hour, of.account, connection, of.operator ?? '', sent, delivered, converted);
    }
    for (const counts of this.#groupings.values()) this.#writeGroupings(counts);
    this.#forget();
  }

  /** After a rollback. */
  clear(): void {
    this.#counted.clear();
    this.#forget();
  }

  #forget(): void {
    this.#routes.clear();
    this.#groupings.clear();
    this.#lastRoute = null;
    this.#lastGroupings = null;
  }

  #writeGroupings({ hour, of, sent, delivered, converted }: Counts): void {
    const { account } = of;
    const text = textOf(of.groupings);
    if (this.#addGroupings.run(sent, delivered, converted, hour, account, text) > 0) return;
    const isRest = !this.#takeRoom(hour, account);
    this.#putGroupings.write(hour, account, isRest ? '' : text, sent, delivered, converted);
  }

  /** Whether an hour of an account may have one more. */
  #takeRoom(hour: number, account: string): boolean {
    const key = `${hour}\n${account}`;
    const count = this.#counted.get(key) ?? this.#countGroupings.get(hour, account)?.number() ?? 0;
    if (this.#counted.size >= countedMax) this.#counted.clear();
    const hasRoom = count < groupingsCountedMax;
    this.#counted.set(key, hasRoom ? count + 1 : count);
    return hasRoom;
  }
}

/** As the column has it, where an empty text is the rest. */
function textOf(groupings: Groupings): string {
  return writeGroupings(groupings) ?? noGroupings;
}

/** Of messages without any. */
const noGroupings = '[null,null,null]';

function find(
  gathered: Map<string, Counts>,
  key: string,
  hour: number,
  of: TallyOf,
  connection: string,
): Counts {
  const known = gathered.get(key);
  if (known !== undefined) return known;
  const counts = { hour, of, connection, sent: 0, delivered: 0, converted: 0 };
  gathered.set(key, counts);
  return counts;
}

function isRoute(counts: Counts, hour: number, of: TallyOf, connection: string): boolean {
  return (
    counts.hour === hour &&
    counts.connection === connection &&
    counts.of.operator === of.operator &&
    counts.of.account === of.account
  );
}

function isGrouped(counts: Counts, hour: number, of: TallyOf): boolean {
  const [first, second, third] = counts.of.groupings;
  return (
    counts.hour === hour &&
    counts.of.account === of.account &&
    first === of.groupings[0] &&
    second === of.groupings[1] &&
    third === of.groupings[2]
  );
}

import type { DatabaseSync } from 'node:sqlite';
import { type Tallied, type TallyPlace, tallyHourMs } from '../rows.ts';
import { Query } from './query.ts';

interface Counts {
  readonly hour: number;
  readonly place: TallyPlace;
  sent: number;
  delivered: number;
  converted: number;
}

/** The counts of a transaction, gathered so that its commit writes each row once. */
export class SqliteTallies {
  readonly #add: Query;
  readonly #gathered = new Map<string, Counts>();
  /** Most messages of a batch are counted at one place. */
  #last: Counts | null = null;

  constructor(database: DatabaseSync) {
    this.#add = new Query(
      database,
      `INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET sent = sent + excluded.sent,
         delivered = delivered + excluded.delivered, converted = converted + excluded.converted`,
    );
  }

  add(place: TallyPlace, what: Tallied): void {
    const hour = Math.floor(place.acceptedAt / tallyHourMs);
    const counts = this.#last !== null && isAt(this.#last, hour, place) ? this.#last : null;
    this.#last = counts ?? this.#find(hour, place);
    this.#last[what]++;
  }

  /** Before the commit. */
  flush(): void {
    for (const { hour, place, sent, delivered, converted } of this.#gathered.values()) {
      const { account, connection, operator } = place;
      this.#add.write(hour, account, connection, operator ?? '', sent, delivered, converted);
    }
    this.clear();
  }

  clear(): void {
    this.#gathered.clear();
    this.#last = null;
  }

  #find(hour: number, place: TallyPlace): Counts {
    const key = `${hour}\n${place.account}\n${place.connection}\n${place.operator ?? ''}`;
    const known = this.#gathered.get(key);
    if (known !== undefined) return known;
    const counts = { hour, place, sent: 0, delivered: 0, converted: 0 };
    this.#gathered.set(key, counts);
    return counts;
  }
}

function isAt(counts: Counts, hour: number, place: TallyPlace): boolean {
  const other = counts.place;
  return (
    counts.hour === hour &&
    other.connection === place.connection &&
    other.operator === place.operator &&
    other.account === place.account
  );
}

/**
 * How settings are described as data (DESIGN §6): the checker, the console's form and the
 * reference page all follow from the same description.
 */
export interface SettingField<T> {
  /** What a form shows beside the field. */
  readonly label: string;
  readonly kind: 'text' | 'list' | 'number' | 'choice' | 'toggle' | 'address' | 'table';
  /** What it does, in a sentence. */
  readonly help: string;
  /** Absent: the setting must be given. */
  readonly default?: T;
  readonly secret?: true;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Reads a raw value of the configuration; a fault continues the sentence "`name` ...". */
  readonly read: (raw: unknown) => Reading<T>;
}

export type Reading<T> = { readonly value: T } | { readonly fault: string };

export type SettingFields = Readonly<Record<string, SettingField<unknown>>>;

/** The checked values of described settings. */
export type SettingValues<Fields extends SettingFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends SettingField<infer T> ? T : never;
};

interface Described<T> {
  readonly label: string;
  readonly help: string;
  readonly default?: T;
}

export function describeText(
  field: Described<string> & { max: number; min?: number; secret?: true },
): SettingField<string> {
  const { min = 0, max } = field;
  return {
    ...field,
    kind: 'text',
    read(raw) {
      if (typeof raw !== 'string') return { fault: 'must be text: put it between quotes' };
      if (raw.length < min) return { fault: 'must not be empty' };
      if (raw.length > max) return { fault: `must have at most ${max} characters` };
      if (!isLatin1(raw)) return { fault: 'may only have characters of Latin-1, and no NUL' };
      return { value: raw };
    },
  };
}

export function describeNumber(
  field: Described<number> & { min: number; max: number },
): SettingField<number> {
  const { min, max } = field;
  return {
    ...field,
    kind: 'number',
    read(raw) {
      if (Number.isInteger(raw) && typeof raw === 'number' && raw >= min && raw <= max) {
        return { value: raw };
      }
      return { fault: `must be a whole number from ${min} to ${max}` };
    },
  };
}

export function describeChoice<const Choice extends string>(
  field: Described<NoInfer<Choice>> & { choices: readonly Choice[] },
): SettingField<Choice> {
  const { choices } = field;
  return {
    ...field,
    kind: 'choice',
    read(raw) {
      const choice = choices.find((known) => known === raw);
      return choice === undefined
        ? { fault: `must be one of ${choices.join(', ')}` }
        : { value: choice };
    },
  };
}

export function describeToggle(field: Described<boolean>): SettingField<boolean> {
  return {
    ...field,
    kind: 'toggle',
    read: (raw) => (typeof raw === 'boolean' ? { value: raw } : { fault: 'must be true or false' }),
  };
}

/** A list whose items are read one by one. */
export function describeList<T>(
  field: Described<readonly T[]> & { min?: number; max: number; kind?: 'list' | 'table' },
  readItem: (raw: unknown) => Reading<T>,
): SettingField<readonly T[]> {
  const { min = 0, max, kind = 'list' } = field;
  return {
    ...field,
    kind,
    read(raw) {
      if (!Array.isArray(raw)) return { fault: 'must be a list' };
      if (raw.length < min) return { fault: `must have at least ${min} item` };
      if (raw.length > max) return { fault: `must have at most ${max} items` };
      const items: T[] = [];
      for (const [index, one] of raw.entries()) {
        const reading = readItem(one);
        if ('fault' in reading)
          return { fault: `has a fault in item ${index + 1}: it ${reading.fault}` };
        items.push(reading.value);
      }
      return { value: items };
    },
  };
}

/** Any other field, with a reader of its own. */
export function describeField<T>(
  field: Described<T> & { kind: SettingField<T>['kind']; min?: number; max?: number },
  read: (raw: unknown) => Reading<T>,
): SettingField<T> {
  return { ...field, read };
}

/** The same field where `null` means "none", which is the default. */
export function allowNull<T>(field: SettingField<T>): SettingField<T | null> {
  const read = (raw: unknown) => (raw === null ? { value: null } : field.read(raw));
  return { ...field, default: null, read };
}

/**
 * Reads what the configuration says of one connection. Every fault is a sentence that says what to
 * do; a secret's value is never in one.
 */
export function readSettings<Fields extends SettingFields>(
  fields: Fields,
  raw: unknown,
): SettingValues<Fields> | { readonly faults: readonly string[] } {
  if (!isRecord(raw)) return { faults: ['The settings must be names with values.'] };
  const faults: string[] = [];
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(fields, name)) {
      faults.push(`\`${name}\` is not a setting: known are ${Object.keys(fields).join(', ')}.`);
    }
  }
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const given = raw[name];
    if (given === undefined) {
      if (field.default === undefined) faults.push(`\`${name}\` is missing: ${field.help}`);
      values[name] = field.default;
      continue;
    }
    const reading = field.read(given);
    if ('fault' in reading) faults.push(`\`${name}\` ${reading.fault}.`);
    else values[name] = reading.value;
  }
  if (faults.length > 0) return { faults };
  // Each value was read by the field of its name; that a mapped type follows from it, the checker cannot see.
  return values as SettingValues<Fields>;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0 || code > 0xff) return false;
  }
  return true;
}

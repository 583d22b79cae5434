import { z } from 'zod';

/**
 * What is wrong with a value of the configuration file and what it has to be, in words for whoever writes the file;
 * the path of the value comes before it. Undefined for what the schemas have words of their own.
 */
export function sayFault(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return sayType(issue.expected, issue.input);
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'unrecognized_keys':
      return `is not a setting; known here are ${listKeys(issue.inst).join(', ')}`;
    case 'too_small':
      return issue.inclusive === false
        ? `must be above ${issue.minimum}`
        : `must ${sayAmount(issue.origin, 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${sayAmount(issue.origin, 'at most', issue.maximum)}`;
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return undefined;
  }
}

const wantedTypes: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
};

function sayType(expected: string, input: unknown): string {
  if (input === undefined) return 'is missing';
  if (input === null) return 'is empty: give it a value, or leave it out';
  if (expected === 'string' && typeof input !== 'object') {
    return 'must be text: put it between quotes';
  }
  return `must be ${wantedTypes[expected] ?? 'settings, each as "name: value"'}`;
}

/** Text is measured in characters and a list in entries. */
function sayAmount(origin: string, bound: string, amount: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${amount} characters`;
  if (origin === 'array')
    return `have ${bound} ${amount} ${Number(amount) === 1 ? 'entry' : 'entries'}`;
  return `be ${bound} ${amount}`;
}

function listKeys(schema: unknown): readonly PropertyKey[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum) {
    return schema.keyType.options;
  }
  return [];
}

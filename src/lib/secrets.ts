import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Fields that hold secrets: their values come from the environment or a file, never from the YAML. */
const secretFields = new Set([
  'token',
  'password',
  'secret',
  'signingKey',
  'appSecret',
  'verifyToken',
]);

/** What is wrong with the value at a path of the configuration; the message reads on from the path. */
export interface SecretFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export interface ResolvedSecrets {
  value: unknown;
  faults: SecretFault[];
  /** The variables that were asked for, so that they are not taken for misspelt settings. */
  usedVariables: Set<string>;
}

/**
 * Replaces every `{ env: NAME }` and `{ file: PATH }` in a parsed configuration by what it refers to. Paths
 * are relative to the configuration file. A secret written out in the file is a fault.
 */
export function resolveSecrets(
  raw: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  baseDir: string,
): ResolvedSecrets {
  const faults: SecretFault[] = [];
  const usedVariables = new Set<string>();

  function visit(value: unknown, path: SecretFault['path'], field: string): unknown {
    if (Array.isArray(value)) {
      return value.map((one, index) => visit(one, [...path, index], field));
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      const [first] = entries;
      if (entries.length === 1 && first !== undefined && typeof first[1] === 'string') {
        if (first[0] === 'env') return fromEnvironment(first[1], path);
        if (first[0] === 'file') return fromFile(first[1], path);
      }
      return Object.fromEntries(
        entries.map(([key, one]) => [key, visit(one, [...path, key], key)]),
      );
    }
    if (typeof value === 'string' && secretFields.has(field)) {
      const message = `holds a secret in plain text: write \`${field}: { env: NAME }\` or \`${field}: { file: PATH }\``;
      faults.push({ path, message });
    }
    return value;
  }

  function fromEnvironment(name: string, path: SecretFault['path']): string {
    usedVariables.add(name);
    const value = environment[name];
    if (value === undefined || value === '') {
      const message = `refers to the environment variable ${name}, which is not set`;
      faults.push({ path, message });
    }
    return value ?? '';
  }

  function fromFile(name: string, path: SecretFault['path']): string {
    try {
      return readFileSync(resolve(baseDir, name), 'utf8').trim();
    } catch {
      faults.push({ path, message: `refers to the file ${name}, which cannot be read` });
      return '';
    }
  }

  return { value: visit(raw, [], ''), faults, usedVariables };
}

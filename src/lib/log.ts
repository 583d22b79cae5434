import { pino } from 'pino';

/**
 * The program's log. Message text, numbers, tokens and passwords never go in (DESIGN §10); ids,
 * names and counts do. Nothing logs per message.
 */
export interface Log {
  error(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  debug(sentence: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

const levels = ['debug', 'info', 'warn', 'error', 'silent'];

/** JSON lines on standard output, for machines. */
export function createJsonLog(level: string): Log {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  return {
    error: (sentence, fields) => logger.error(fields ?? {}, sentence),
    warn: (sentence, fields) => logger.warn(fields ?? {}, sentence),
    info: (sentence, fields) => logger.info(fields ?? {}, sentence),
    debug: (sentence, fields) => logger.debug(fields ?? {}, sentence),
  };
}

/** Plain lines for a person at a terminal. */
export function createPlainLog(level: string, write: (line: string) => void): Log {
  const lowest = levels.indexOf(level);
  function at(name: string): (sentence: string, fields?: LogFields) => void {
    if (levels.indexOf(name) < lowest) return () => {};
    return (sentence, fields) => {
      const rest = Object.entries(fields ?? {}).map(([key, value]) => `${key}=${value}`);
      write(`${name === 'info' ? '' : `${name}: `}${[sentence, ...rest].join(' ')}`);
    };
  }
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** Says what an unknown error is, in one line without its stack. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

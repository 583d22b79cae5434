import { describeError } from '../lib/log.ts';

/** What commands that talk to a running gateway say when nobody has told them its token. */
export const noTokenSentence =
  'No product token: give --token, set CHAPPE_DEMO_TOKEN, or start the gateway once in this folder.\n';

/** The gateway's address without a slash at its end: the given one, else where it listens by default. */
export function urlOfRunning(given: string | undefined): string {
  const host = process.env['CHAPPE_HTTP_HOST'] ?? '127.0.0.1';
  const port = process.env['CHAPPE_HTTP_PORT'] ?? '8080';
  return (given ?? `http://${host}:${port}`).replace(/\/+$/, '');
}

/** Why nothing came of a call, and what to do about it. */
export function describeUnreachable(url: string, error: unknown): string {
  return `No gateway answers at ${url} (${describeError(error)}). Is it running? Start it with: npm start\n`;
}

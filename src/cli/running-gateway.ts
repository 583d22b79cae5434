import { describeError } from '../lib/log.ts';
import { urlOf } from './url.ts';

/** What commands that talk to a running gateway say when nobody has told them its token. */
export const noTokenSentence =
  'No product token: give --token, set CHAPPE_DEMO_TOKEN, or start the gateway once in this folder.\n';

/** What they say when the gateway does not know the token. */
export const wrongTokenSentence =
  'The gateway knows no account with this token: check --token, or CHAPPE_DEMO_TOKEN, or run this in the folder where the gateway runs.\n';

/**
 * The gateway's address without a slash at its end: the given one, else where it listens by default.
 * @throws {Error} with a sentence when it is no address of HTTP.
 */
export function urlOfRunning(given: string | undefined): string {
  const host = process.env['CHAPPE_HTTP_HOST'] ?? '127.0.0.1';
  const port = process.env['CHAPPE_HTTP_PORT'] ?? '8080';
  const url = given ?? urlOf(host, Number(port));
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new Error(
      given === undefined
        ? `CHAPPE_HTTP_HOST and CHAPPE_HTTP_PORT make no address: ${url}. Correct them, or give --url.`
        : `--url is "${given}": give an address such as http://127.0.0.1:8080.`,
    );
  }
  return url.replace(/\/+$/, '');
}

/** Why nothing came of a call, and what to do about it. */
export function describeUnreachable(url: string, error: unknown): string {
  if (error instanceof SyntaxError) {
    return `What answers at ${url} is not Chappe: its answer is no JSON. Give the gateway's address with --url.\n`;
  }
  return `No gateway answers at ${url} (${describeError(error)}). Is it running? Start it with: npm start\n`;
}

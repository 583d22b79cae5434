import { isIP } from 'node:net';
import type { Door, DoorRequest } from '../api/door.ts';
import { problem } from '../api/problem.ts';

/**
 * Keeps web pages of others away from a door that asks for no token. A page that somebody opens in a browser on this
 * machine can call a gateway that listens on loopback only: it sends forms and pictures to it (CSRF), and when its own
 * name suddenly leads to 127.0.0.1 (DNS rebinding) it reads the answers as well. So the request must name us by
 * something that no stranger's name server answers for, and must not come from another page.
 *
 * @param ownNames names of this gateway with dots in them; addresses, `localhost` and names without dots are always ours.
 */
export function keepStrangePagesOut(door: Door, ownNames: readonly string[]): Door {
  const own = new Set(ownNames.map((name) => name.toLowerCase()));
  const strangeName = problem(
    403,
    'Forbidden',
    'The rehearsal answers under an address, localhost, a name without dots, and the name in http.publicUrl.',
  );
  const strangePage = problem(
    403,
    'Forbidden',
    'The rehearsal takes nothing from other web pages.',
  );
  return async (request) => {
    const host = request.headers['host'] ?? '';
    if (!isOwnName(nameOf(host), own)) return strangeName;
    return isFromStrangePage(request, host) ? strangePage : door(request);
  };
}

function isOwnName(name: string, own: ReadonlySet<string>): boolean {
  if (name === '') return true;
  if (isIP(name) !== 0 || !name.includes('.') || name.endsWith('.localhost')) return true;
  return own.has(name);
}

/** The name of a Host header, without port, brackets and the dot that a full name may end in. */
function nameOf(host: string): string {
  const bracketed = /^\[(.*)\](?::\d*)?$/.exec(host)?.[1];
  return (bracketed ?? host.replace(/:\d*$/, '')).replace(/\.$/, '').toLowerCase();
}

/** Browsers say it with Origin, and of pictures and the like, which have none, with Fetch Metadata. */
function isFromStrangePage({ headers }: DoorRequest, host: string): boolean {
  const origin = headers['origin'];
  if (origin !== undefined) return origin !== `http://${host}` && origin !== `https://${host}`;
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
}

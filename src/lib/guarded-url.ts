import { isIP } from 'node:net';
import type { AddressGuard } from './addresses.ts';

/** Longest URL that is accepted, in characters. */
export const urlCharactersMax = 2048;

/** Which URLs may be called. */
export interface UrlRules {
  /** Whether "http:" is good enough; otherwise only "https:" is. */
  readonly plainHttp: boolean;
  /** Ports below 1024 that may be called besides 80 and 443. */
  readonly extraPorts: readonly number[];
}

export type UrlCheck = { ok: true; url: URL } | { ok: false; reason: string };

/**
 * Checks a URL without resolving its name; `url` is its normal form, in which every spelling of an
 * address is the address. Reasons are sentences for the one who typed it.
 */
export function checkUrl(text: string, rules: UrlRules, guard: AddressGuard): UrlCheck {
  if (text.length > urlCharactersMax) {
    return refuse(`A URL may have at most ${urlCharactersMax} characters.`);
  }
  const url = URL.parse(text);
  if (url === null) return refuse('This is not a URL.');
  if (url.protocol !== 'https:' && !(rules.plainHttp && url.protocol === 'http:')) {
    return refuse(
      rules.plainHttp
        ? 'Only http: and https: can be called.'
        : 'Only https: can be called; plain http is not allowed here.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    return refuse('A URL must not contain a user name or password.');
  }
  const port = portOf(url);
  if (port !== 443 && port !== 80 && port < 1024 && !rules.extraPorts.includes(port)) {
    return refuse(`Port ${port} cannot be called; use 443, 80 or one from 1024 on.`);
  }
  const host = hostOf(url);
  if (host === '') return refuse('A URL needs a host.');
  if (isIP(host) !== 0) {
    const refusal = guard.refusal(host);
    if (refusal !== null) return refuse(`This address cannot be called: ${refusal}.`);
  }
  return { ok: true, url };
}

/** The host without the brackets of an IPv6 address. */
function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function refuse(reason: string): UrlCheck {
  return { ok: false, reason };
}

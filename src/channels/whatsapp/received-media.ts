import { createHash } from 'node:crypto';
import type { InboundMedia } from '../../core/inbound.ts';
import type { ProviderHttp, ProviderOutcome } from '../../lib/provider-http.ts';
import type { MediaKeeper } from '../contract.ts';
import type { MediaNote } from './inbound.ts';
import { parseJson, readObject, readText } from './json.ts';
import { answerBytesMax, mediaBytesMax } from './limits.ts';
import type { WhatsappSettings } from './settings.ts';

/** `again`: the provider is to bring the message once more; null: the message goes on without its file. */
export type FetchedMedia = InboundMedia | null | 'again';

/**
 * Fetches a file that a handset sent (whatsapp-cloud §7.5) and has it kept. Meta deletes it soon, so this happens
 * before the callback is answered. The address of the file comes from the API and must be one of Meta's hosts, or
 * a forged answer could send our token anywhere.
 */
export async function fetchMedia(
  note: MediaNote,
  settings: WhatsappSettings,
  provider: ProviderHttp,
  keeper: MediaKeeper,
): Promise<FetchedMedia> {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(note.id)) return null;
  const { baseUrl, version, phoneNumberId } = settings;
  const about = await get(
    `${baseUrl}/${version}/${note.id}?phone_number_id=${phoneNumberId}`,
    answerBytesMax,
  );
  if (about === 'again' || about === null) return about;
  const url = readText(readObject(parseJson(about.toString('utf8')))['url']);
  if (!isMediaAddress(url, settings)) return null;
  const bytes = await get(url, mediaBytesMax);
  if (bytes === 'again' || bytes === null) return bytes;
  if (note.sha256 !== '' && !hasHash(bytes, note.sha256)) return null;
  const { contentType, title } = note;
  const kept = await keeper.keep({ contentType, bytes });
  return 'uri' in kept ? { uri: kept.uri, contentType, title } : null;

  async function get(address: string, bytesMax: number): Promise<Buffer | null | 'again'> {
    const headers = { authorization: `Bearer ${settings.token}`, 'user-agent': 'chappe' };
    const outcome = await provider.send({
      method: 'GET',
      url: address,
      headers,
      body: null,
      timeoutMs: settings.responseTimeoutMs,
      answerBytesMax: bytesMax,
    });
    return readFile(outcome);
  }
}

function readFile(outcome: ProviderOutcome): Buffer | null | 'again' {
  if (outcome.kind !== 'answered') return 'again';
  if (outcome.status === 200) return outcome.body;
  return outcome.status >= 500 || outcome.status === 429 ? 'again' : null;
}

function isMediaAddress(address: string, { baseUrl, mediaHosts }: WhatsappSettings): boolean {
  const url = URL.parse(address);
  if (url === null) return false;
  if (url.origin === URL.parse(baseUrl)?.origin) return true;
  const isKnown = mediaHosts.some((host) =>
    host.startsWith('.') ? url.hostname.endsWith(host) : url.hostname === host,
  );
  return url.protocol === 'https:' && isKnown;
}

/** Base64 in the documentation, hexadecimal in some answers. */
function hasHash(bytes: Buffer, sha256: string): boolean {
  const digest = createHash('sha256').update(bytes).digest();
  return digest.toString('base64') === sha256 || digest.toString('hex') === sha256.toLowerCase();
}

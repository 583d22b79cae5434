import type { Readable } from 'node:stream';
import type { Door, DoorResponse } from '../door.ts';
import { problem } from '../problem.ts';

/** What was received and is kept. */
export interface KeptMedia {
  find(
    id: string,
  ): Promise<{ readonly contentType: string; readonly octets: number; open(): Readable } | null>;
  /** False when there is no such file. */
  remove(id: string): Promise<boolean>;
}

/** A browser may show these in place; all others it is to save. None of them can hold a script. */
const shownTypes: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'audio/aac',
  'audio/amr',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'video/mp4',
  'video/3gpp',
  'text/plain',
]);

/**
 * `GET` and `DELETE` of `/fileproxy/files/{32 hex}` (contract §9.6). Whoever knows the address may do both; it cannot
 * be guessed. A handset may send anything, so no browser is to run what is served here.
 */
export function createMediaDoor(media: KeptMedia): Door {
  return async ({ method, path }) => {
    if (method !== 'GET' && method !== 'DELETE') {
      const refusal = problem(405, 'Method Not Allowed', 'Use GET or DELETE.');
      return { ...refusal, headers: { ...refusal.headers, allow: 'GET, DELETE' } };
    }
    const id = /^\/fileproxy\/files\/([0-9a-f]{32})$/.exec(path)?.[1];
    if (id === undefined) return nothing();
    if (method === 'DELETE') {
      return (await media.remove(id)) ? { status: 204, headers: {}, body: '' } : nothing();
    }
    const file = await media.find(id);
    if (file === null) return nothing();
    return { status: 200, headers: headersOf(file.contentType), body: '', file };
  };
}

function headersOf(contentType: string): Record<string, string> {
  return {
    'content-type': contentType,
    'content-disposition': shownTypes.has(contentType) ? 'inline' : 'attachment',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'private, no-store',
  };
}

function nothing(): DoorResponse {
  return problem(404, 'Not Found', 'There is no file at this address.');
}

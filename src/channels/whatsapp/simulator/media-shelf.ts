import { createHash } from 'node:crypto';
import type { Random } from '../../../lib/random.ts';

/** A file that a handset sent, or that was uploaded. */
export interface ShelvedFile {
  readonly id: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** So many files are kept; the oldest goes. */
export const filesMax = 1_000;

/** Files by id, as the API keeps them for some days (whatsapp-cloud §7.5). */
export class MediaShelf {
  readonly #files = new Map<string, ShelvedFile>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  put(contentType: string, bytes: Buffer): ShelvedFile {
    const id = `${this.#random.uint32()}${this.#random.uint32()}`;
    const file = { id, contentType, bytes };
    this.#files.set(id, file);
    if (this.#files.size > filesMax) {
      for (const oldest of this.#files.keys()) {
        this.#files.delete(oldest);
        break;
      }
    }
    return file;
  }

  find(id: string): ShelvedFile | undefined {
    return this.#files.get(id);
  }
}

/** Base64, as webhooks have it. */
export function hashOf({ bytes }: ShelvedFile): string {
  return createHash('sha256').update(bytes).digest('base64');
}

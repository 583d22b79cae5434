import { createReadStream } from 'node:fs';
import { open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeDirectory } from '../lib/make-directory.ts';
import type { Random } from '../lib/random.ts';

/** Octets of one file: what WhatsApp allows for a document. */
export const mediaBytesMax = 100 * 1024 * 1024;
export const mediaFilesMax = 100_000;
export const mediaBytesTotalMax = 10 * 1024 * 1024 * 1024;

/** The first line of each file is its media type; more is not read to find it. */
const typeBytesMax = 256;

const idShape = /^[0-9a-f]{32}$/;
const typeShape = /^[a-z0-9][a-z0-9.+-]{0,63}\/[a-z0-9][a-z0-9.+-]{0,99}$/;

export interface MediaFile {
  readonly contentType: string;
  readonly octets: number;
  open(): Readable;
}

export interface MediaLimits {
  readonly bytesMax: number;
  readonly filesMax: number;
  readonly bytesTotalMax: number;
}

/**
 * Keeps what handsets sent as files of one directory (contract §9.6). A name is 128 random bits, so whoever knows an
 * address was told it; names are not made of the content, which others may know as well.
 */
export class MediaStore {
  readonly #directory: string;
  readonly #publicUrl: string;
  readonly #random: Random;
  readonly #limits: MediaLimits;
  /** Octets and age of each file. */
  readonly #files = new Map<string, { octets: number; keptAt: number }>();
  #octets = 0;

  /** @param publicUrl where customers reach the gateway, without a slash at its end. */
  constructor(init: {
    directory: string;
    publicUrl: string;
    random: Random;
    limits?: Partial<MediaLimits>;
  }) {
    this.#directory = init.directory;
    this.#publicUrl = init.publicUrl;
    this.#random = init.random;
    this.#limits = {
      bytesMax: mediaBytesMax,
      filesMax: mediaFilesMax,
      bytesTotalMax: mediaBytesTotalMax,
      ...init.limits,
    };
  }

  get size(): { files: number; octets: number } {
    return { files: this.#files.size, octets: this.#octets };
  }

  /** Looks at what is there; half-written files of a crash go. */
  async load(): Promise<void> {
    makeDirectory(this.#directory, 0o700);
    for (const name of await readdir(this.#directory)) {
      const path = this.#pathOf(name);
      if (name.endsWith('.new')) await unlink(path);
      if (!idShape.test(name)) continue;
      const { size, mtimeMs } = await stat(path);
      this.#note(name, size, mtimeMs);
    }
  }

  /** Resolves when the file is on disk, with its address. Rejects when the disk fails. */
  async keep(
    file: { contentType: string; bytes: Uint8Array },
    now: number,
  ): Promise<{ uri: string } | { refused: 'too-large' | 'full' }> {
    const { bytesMax, filesMax, bytesTotalMax } = this.#limits;
    const octets = file.bytes.length;
    if (octets > bytesMax) return { refused: 'too-large' };
    if (this.#files.size >= filesMax || this.#octets + octets > bytesTotalMax) {
      return { refused: 'full' };
    }
    const id = this.#drawId();
    // Counted from the beginning: what is written at the same time must not pass the limit together.
    this.#note(id, octets, now);
    try {
      await this.#write(id, `${readType(file.contentType)}\n`, file.bytes);
    } catch (error) {
      this.#forget(id);
      throw error;
    }
    return { uri: `${this.#publicUrl}${mediaPath}${id}` };
  }

  /** Null when there is no such file. */
  async find(id: string): Promise<MediaFile | null> {
    const known = this.#files.get(id);
    if (known === undefined) return null;
    const path = this.#pathOf(id);
    const file = await open(path).catch(() => null);
    if (file === null) return null;
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(typeBytesMax), 0, typeBytesMax, 0);
      const lineEnd = buffer.subarray(0, bytesRead).indexOf('\n');
      const start = lineEnd + 1;
      const { size } = await file.stat();
      return {
        contentType: readType(buffer.toString('latin1', 0, Math.max(lineEnd, 0))),
        octets: size - start,
        open: () => createReadStream(path, { start }),
      };
    } finally {
      await file.close();
    }
  }

  /** False when there is no such file. */
  async remove(id: string): Promise<boolean> {
    if (!this.#files.has(id)) return false;
    this.#forget(id);
    await unlink(this.#pathOf(id)).catch(() => {});
    return true;
  }

  /** Removes a file by its address, if it is one of ours. */
  async removeUri(uri: string): Promise<void> {
    if (uri.includes(mediaPath)) await this.remove(uri.slice(-32));
  }

  /** Removes up to `limit` files that were kept before a time; says how many. */
  async prune(before: number, limit: number): Promise<number> {
    const old: string[] = [];
    for (const [id, { keptAt }] of this.#files) {
      if (old.length === limit) break;
      if (keptAt < before) old.push(id);
    }
    for (const id of old) await this.remove(id);
    return old.length;
  }

  /** Whole or not at all, and on the disk when it is there. */
  async #write(id: string, line: string, bytes: Uint8Array): Promise<void> {
    const path = this.#pathOf(id);
    const draft = `${path}.new`;
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(line);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    const directory = await open(this.#directory);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  #drawId(): string {
    const word = () => this.#random.uint32().toString(16).padStart(8, '0');
    return word() + word() + word() + word();
  }

  #pathOf(name: string): string {
    return join(this.#directory, name);
  }

  #note(id: string, octets: number, keptAt: number): void {
    this.#files.set(id, { octets, keptAt });
    this.#octets += octets;
  }

  #forget(id: string): void {
    this.#octets -= this.#files.get(id)?.octets ?? 0;
    this.#files.delete(id);
  }
}

/** Where files are served, as contract §9.6 says. */
export const mediaPath = '/fileproxy/files/';

/** A media type without parameters; what is none is a number of octets. */
function readType(text: string): string {
  const type = (text.split(';', 1)[0] ?? '').trim().toLowerCase();
  return typeShape.test(type) ? type : 'application/octet-stream';
}

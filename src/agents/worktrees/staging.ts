import { chmod, open, readdir, rm, symlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectId } from '../../contracts/review.ts';
import type { Entry } from './applyPlan.ts';
import type { BlobReader } from './blobReader.ts';
import { statOf } from './diskEntry.ts';
import { foldersOf } from './treePath.ts';

const OPEN_AT_ONCE = 32;

/**
 * New content, written in full beside where it goes before anything is changed, so that a full disk is met here and what remains
 * is renames. Names carry the mission's commit: what a crash leaves behind is known again and removed.
 */
export class Staging implements AsyncDisposable {
  readonly #top: string;
  readonly #blobs: BlobReader;
  readonly #prefix: string;
  readonly #staged = new Set<string>();
  readonly #unsynced: FileHandle[] = [];
  #count = 0;

  constructor(top: string, blobs: BlobReader, commit: ObjectId) {
    this.#top = top;
    this.#blobs = blobs;
    this.#prefix = `.gonogo-${commit}-`;
  }

  /** Removes what an interrupted run left in the folders of `paths`. */
  async clean(paths: Iterable<string>): Promise<void> {
    const folders = new Set(['']);
    for (const path of paths) for (const folder of foldersOf(path)) folders.add(folder);
    for (const folder of folders) {
      if (!(await this.#isReal(folder))) continue;
      const leftovers = (await readdir(join(this.#top, folder))).filter((name) => name.startsWith(this.#prefix));
      for (const name of leftovers) await rm(join(this.#top, folder, name), { force: true });
    }
  }

  /** Writes the entry's bytes and returns the file's full path. `permissions`: exactly these, else what the umask makes of the mode. */
  async add(path: string, entry: Entry, permissions: number | undefined): Promise<string> {
    const file = join(this.#top, await this.#nearestFolder(path), `${this.#prefix}${this.#count++}.tmp`);
    this.#staged.add(file);
    if (entry.mode === '120000') {
      const target: Buffer[] = [];
      await this.#blobs.read(entry.id, (chunk) => void target.push(chunk));
      await symlink(Buffer.concat(target), file);
      return file;
    }
    const handle = await open(file, 'wx', entry.mode === '100755' ? 0o777 : 0o666);
    this.#unsynced.push(handle);
    await this.#blobs.read(entry.id, (chunk) => handle.writeFile(chunk));
    if (permissions !== undefined) await chmod(file, permissions);
    if (this.#unsynced.length >= OPEN_AT_ONCE) await this.sync();
    return file;
  }

  /** Once this returns, every file added would survive a power cut. */
  async sync(): Promise<void> {
    const handles = this.#unsynced.splice(0);
    const ends = await Promise.allSettled(
      handles.map(async (handle) => {
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** The file was renamed to its place. */
  placed(file: string): void {
    this.#staged.delete(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#unsynced.splice(0).map((handle) => handle.close()));
    for (const file of this.#staged) await rm(file, { force: true });
  }

  /** The folder of the path may not exist yet, or be a file still. */
  async #nearestFolder(path: string): Promise<string> {
    let nearest = '';
    for (const folder of foldersOf(path)) {
      if (!(await this.#isReal(folder))) break;
      nearest = folder;
    }
    return nearest;
  }

  async #isReal(folder: string): Promise<boolean> {
    for (const part of [...foldersOf(folder), folder]) {
      if ((await statOf(join(this.#top, part)))?.isDirectory() !== true) return false;
    }
    return true;
  }
}

import { constants, type Stats } from 'node:fs';
import { lstat, open, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../base/errors.ts';
import { WorktreeFault } from './fault.ts';
import { foldersOf } from './treePath.ts';

export type FileMode = '100644' | '100755' | '120000';

export function isFileMode(mode: string): mode is FileMode {
  return mode === '100644' || mode === '100755' || mode === '120000';
}

/** git keeps one bit of a file's mode: may its owner execute it. */
export function modeOf(stat: { readonly mode: number }): '100644' | '100755' {
  return (stat.mode & 0o100) === 0 ? '100644' : '100755';
}

/** A file or symbolic link, opened without following any link. The caller MUST close `handle`. */
export type DiskEntry =
  | { readonly mode: '100644' | '100755'; readonly size: number; readonly handle: FileHandle; readonly stat: Stats }
  | { readonly mode: '120000'; readonly target: Buffer; readonly stat: Stats };

/** Remembers which folders below `root` are real ones, so that no path is read through a link. */
export class RealFolders {
  readonly #root: string;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(root: string) {
    this.#root = root;
  }

  async hold(path: string): Promise<boolean> {
    for (const folder of foldersOf(path)) {
      if (!(await this.#isReal(folder))) return false;
    }
    return true;
  }

  #isReal(folder: string): Promise<boolean> {
    const known = this.#known.get(folder) ?? statOf(join(this.#root, folder)).then((stat) => stat?.isDirectory() === true);
    this.#known.set(folder, known);
    return known;
  }
}

/** `lstat`, with `undefined` for what does not exist. */
export async function statOf(full: string): Promise<Stats | undefined> {
  try {
    return await lstat(full);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export function isGone(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * Opens what stands at `path` below `root`; `undefined` where there is no file or link, or only one behind a linked folder.
 *
 * @throws WorktreeFault `unsupported-entry` for sockets, pipes, devices and what cannot be read; `changed-meanwhile` when it was swapped while being opened.
 */
export async function openEntry(root: string, path: string, folders: RealFolders): Promise<DiskEntry | undefined> {
  if (!(await folders.hold(path))) return undefined;
  const full = join(root, path);
  const stat = await statOf(full);
  if (stat === undefined || stat.isDirectory()) return undefined;
  try {
    if (stat.isSymbolicLink()) return { mode: '120000', target: await readlink(full, { encoding: 'buffer' }), stat };
    if (!stat.isFile()) throw special(path);
    return await openFile(full, path, stat);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw unreadable(path, error);
  }
}

async function openFile(full: string, path: string, seen: Stats): Promise<DiskEntry> {
  // Not blocking: a pipe put in the file's place would otherwise hang the open.
  const handle = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stat = await handle.stat();
  if (stat.ino === seen.ino && stat.dev === seen.dev) return { mode: modeOf(stat), size: stat.size, handle, stat };
  await handle.close();
  throw new WorktreeFault('changed-meanwhile', `\`${path}\` was replaced while it was read; try again`, [path]);
}

function special(path: string): WorktreeFault {
  return new WorktreeFault('unsupported-entry', `\`${path}\` is neither a file nor a link; remove it and try again`, [path]);
}

/** Turns "no permission" and "became a link" into words about the path; everything else stays as it is. */
export function unreadable(path: string, error: unknown): unknown {
  switch (systemCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return new WorktreeFault('unsupported-entry', `\`${path}\` may not be read; change its permissions or ignore it`, [path], {
        cause: error,
      });
    case 'ELOOP':
      return new WorktreeFault('changed-meanwhile', `\`${path}\` was replaced while it was read; try again`, [path], { cause: error });
    default:
      return error;
  }
}

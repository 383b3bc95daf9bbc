import { constants } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import nodePath from 'node:path';
import { systemCode } from '../../base/errors.ts';
import { ToolError } from '../toolError.ts';

interface OpenFolder {
  /** A path to this very folder, wherever its own path leads by now. */
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Runs `work` in the folder `names` below `root`, following no link on the way: each folder is opened inside the one before
 * and held open, so that a link swapped in between is an error and never a way out. Where the system cannot address an open
 * folder (`/proc/self/fd`), each step is looked at right before it is taken.
 */
export async function withFolder<T>(
  root: string,
  names: readonly string[],
  options: { readonly create: boolean },
  work: (folder: string) => Promise<T>,
): Promise<T> {
  let folder = await openFolder(root);
  try {
    for (const name of names) {
      const next = nodePath.join(folder.path, name);
      if (options.create) await makeFolder(next);
      const inner = await openFolder(next);
      await folder.close();
      folder = inner;
    }
    return await work(folder.path);
  } finally {
    await folder.close();
  }
}

async function openFolder(path: string): Promise<OpenFolder> {
  if (process.platform !== 'linux') {
    if (!(await lstat(path)).isDirectory())
      throw new ToolError('changed-meanwhile', 'a folder on the way became something else; look again before you go on');
    return { path, close: () => Promise.resolve() };
  }
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  return { path: `/proc/self/fd/${handle.fd}`, close: () => handle.close() };
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

import { constants } from 'node:fs';
import { copyFile, mkdir, readlink, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { RealFolders, isGone, statOf, unreadable } from './diskEntry.ts';
import { WorktreeFault } from './fault.ts';
import { inParallel } from './inParallel.ts';
import { folderOf } from './treePath.ts';

const AT_ONCE = 16;

interface CopyPlan {
  readonly from: string;
  readonly to: string;
  readonly paths: readonly string[];
  /** No copy looks younger than this, in ms. */
  readonly youngest: number;
  readonly signal: AbortSignal;
}

/**
 * Copies files and links as they are, raw, with mode and time of change; what vanished meanwhile is left out.
 *
 * @throws WorktreeFault `unsupported-entry` for what is neither a file nor a link, or cannot be read.
 */
export async function copyFiles({ from, to, paths, youngest, signal }: CopyPlan): Promise<void> {
  const folders = new RealFolders(from);
  const made = new Map<string, Promise<unknown>>();
  const makeFolder = (folder: string): Promise<unknown> => {
    const making = made.get(folder) ?? mkdir(join(to, folder), { recursive: true });
    made.set(folder, making);
    return making;
  };
  await inParallel(paths, AT_ONCE, async (path) => {
    signal.throwIfAborted();
    if (!(await folders.hold(path))) return;
    try {
      await copyEntry(join(from, path), join(to, path), path, youngest, () => makeFolder(folderOf(path)));
    } catch (error) {
      if (!isGone(error)) throw unreadable(path, error);
    }
  });
}

async function copyEntry(
  source: string,
  target: string,
  path: string,
  youngest: number,
  makeFolder: () => Promise<unknown>,
): Promise<void> {
  const stat = await statOf(source);
  // A tracked file that is a folder now: what is in it is listed by itself.
  if (stat === undefined || stat.isDirectory()) return;
  if (!stat.isFile() && !stat.isSymbolicLink()) {
    throw new WorktreeFault('unsupported-entry', `\`${path}\` is neither a file nor a link; remove or ignore it and try again`, [path]);
  }
  await makeFolder();
  if (stat.isSymbolicLink()) return symlink(await readlink(source, { encoding: 'buffer' }), target);
  await copyFile(source, target, constants.COPYFILE_FICLONE);
  const changed = Math.min(stat.mtimeMs, youngest) / 1000;
  await utimes(target, changed, changed);
}

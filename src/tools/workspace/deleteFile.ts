import { lstat, unlink } from 'node:fs/promises';
import nodePath from 'node:path';
import type { Permit } from '../../contracts/permit.ts';
import { explain, quoted, ToolError } from '../toolError.ts';
import { locate } from './locate.ts';
import { withFolder } from './withFolder.ts';

/** Deletes the file the permit names. Folders and links stay: a link was judged by where it leads, not by where it lies. */
export async function deleteFile(permit: Permit, root: string): Promise<void> {
  const action = permit.redeem('file.delete');
  const { folders, name } = await locate(root, action);
  try {
    if ((await lstat(nodePath.resolve(action.cwd, action.resource))).isSymbolicLink())
      throw new ToolError(
        'symlink',
        `${quoted(action.resource)} is a symbolic link, and those are left alone; delete the file it leads to`,
      );
    await withFolder(root, folders, { create: false }, async (folder) => {
      const target = nodePath.join(folder, name);
      if (!(await lstat(target)).isFile())
        throw new ToolError('not-a-file', `${quoted(action.resource)} is not a file; delete files one by one`);
      await unlink(target);
    });
  } catch (error) {
    throw explain(error, action.resource);
  }
}

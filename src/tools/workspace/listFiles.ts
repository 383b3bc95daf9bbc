import { lstat } from 'node:fs/promises';
import nodePath from 'node:path';
import { resolveInside } from '../../base/resolveInside.ts';
import { systemCode } from '../../base/errors.ts';
import type { Permit } from '../../contracts/permit.ts';
import { explain, quoted, ToolError } from '../toolError.ts';

/** Files below an absolute folder that git tracks or would track (`git ls-files -co --exclude-standard -z`), relative to that folder. */
export type ListTracked = (folder: string) => Promise<readonly string[]>;

const MAX_LISTED = 5_000;

/** Files below the folder the permit names that are there and that git does not ignore, relative to the action's `cwd`, sorted. */
export async function listFiles(permit: Permit, root: string, listTracked: ListTracked): Promise<readonly string[]> {
  const action = permit.redeem('file.list');
  const found = await resolveInside(root, action.cwd, action.resource);
  if (!found.ok) throw new ToolError(found.error.code, found.error.message);
  const folder = found.value.absolute;
  try {
    if (!(await lstat(folder)).isDirectory())
      throw new ToolError('not-a-folder', `${quoted(action.resource)} is not a folder; list the folder it is in`);
  } catch (error) {
    throw explain(error, action.resource);
  }
  const files: string[] = [];
  for (const name of [...new Set(await listTracked(folder))].sort()) {
    if (files.length === MAX_LISTED)
      throw new ToolError('too-large', `${quoted(action.resource)} holds more than ${MAX_LISTED} files; list one of its folders`);
    const path = nodePath.join(folder, name);
    if (await isThere(path)) files.push(nodePath.relative(action.cwd, path).split(nodePath.sep).join('/'));
  }
  return files;
}

/** Git also names tracked files that have been deleted. */
async function isThere(path: string): Promise<boolean> {
  try {
    const stats = await lstat(path);
    return stats.isFile() || stats.isSymbolicLink();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}

import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { chmod, lstat, open, rename, rm } from 'node:fs/promises';
import nodePath from 'node:path';
import { systemCode } from '../../base/errors.ts';
import type { Permit } from '../../contracts/permit.ts';
import { explain, MAX_FILE_BYTES, quoted, ToolError, tooLarge } from '../toolError.ts';
import { locate } from './locate.ts';
import { withFolder } from './withFolder.ts';

export interface Written {
  readonly bytes: number;
  readonly created: boolean;
}

/**
 * Writes the permit's content to the file it names: beside it under a name of our own (`.gonogo-<12 hex>.tmp`), then in its
 * place, so that nobody sees half of it. Keeps the mode of a file that was there and makes the folders that are missing.
 */
export async function writeFile(permit: Permit, root: string): Promise<Written> {
  const action = permit.redeem('file.write');
  const content = Buffer.from(action.input.content, 'utf8');
  if (content.length > MAX_FILE_BYTES) throw tooLarge(action.resource, content.length);
  const { folders, name } = await locate(root, action);
  try {
    return await withFolder(root, folders, { create: true }, async (folder) => {
      const target = nodePath.join(folder, name);
      const before = await statOf(target);
      if (before !== undefined && !before.isFile())
        throw new ToolError('not-a-file', `${quoted(action.resource)} is not a file; choose another name`);
      await replace(folder, target, content, before);
      return { bytes: content.length, created: before === undefined };
    });
  } catch (error) {
    throw explain(error, action.resource);
  }
}

async function replace(folder: string, target: string, content: Uint8Array, before: Stats | undefined): Promise<void> {
  const temporary = nodePath.join(folder, `.gonogo-${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
  try {
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    if (before !== undefined) await chmod(temporary, before.mode & 0o777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

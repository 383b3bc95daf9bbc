import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import nodePath from 'node:path';
import { systemCode } from '../base/errors.ts';

export interface Program {
  readonly path: string;
  /** Changes when the program does. */
  readonly stamp: string;
}

/** A program by its path; `undefined` when there is none that can be run. */
export async function programAt(path: string): Promise<Program | undefined> {
  try {
    const { mtimeMs, size, ino } = await runnable(path);
    return { path, stamp: `${ino}:${size}:${mtimeMs}` };
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** The first program of that name in the absolute folders of a `PATH`. A relative folder would be one of the worktree. */
export async function programOnPath(name: string, searchPath: string): Promise<Program | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of searchPath.split(nodePath.delimiter)) {
    const found = nodePath.isAbsolute(folder) ? await programAt(nodePath.join(folder, file)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

async function runnable(path: string) {
  const found = await stat(path);
  if (!found.isFile()) throw Object.assign(new Error('not a file'), { code: 'EACCES' });
  await access(path, constants.X_OK);
  return found;
}

import { lstat, readFile } from 'node:fs/promises';
import { systemCode } from '../../base/errors.ts';
import { resolveInside } from '../../base/resolveInside.ts';
import type { ActionOfKind } from '../../contracts/action.ts';

const MAX_BYTES = 5 * 1024 * 1024;

/** The text a write would replace, for critics; `undefined` when there is none to compare with. Rejects when it cannot be read. */
export async function textBefore(root: string | undefined, action: ActionOfKind<'file.write'>): Promise<string | undefined> {
  if (root === undefined) return undefined;
  const target = await resolveInside(root, action.cwd, action.resource);
  if (!target.ok) return undefined;
  try {
    const found = await lstat(target.value.absolute);
    if (!found.isFile() || found.size > MAX_BYTES) return undefined;
    return await readFile(target.value.absolute, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

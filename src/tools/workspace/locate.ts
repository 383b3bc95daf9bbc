import { resolveInside } from '../../base/resolveInside.ts';
import { quoted, ToolError } from '../toolError.ts';

export interface Location {
  readonly absolute: string;
  /** Relative to the root, with `/`. */
  readonly relative: string;
  /** Names of the folders from the root down to the one that holds it. */
  readonly folders: readonly string[];
  readonly name: string;
}

/** The resource of an action, resolved again right before the effect. @throws ToolError when it leads outside or is the root itself. */
export async function locate(root: string, action: { readonly cwd: string; readonly resource: string }): Promise<Location> {
  const found = await resolveInside(root, action.cwd, action.resource);
  if (!found.ok) throw new ToolError(found.error.code, found.error.message);
  const folders = found.value.relative.split('/');
  const name = folders.pop();
  if (name === undefined || name === '') throw new ToolError('not-a-file', `${quoted(action.resource)} is a folder; name a file in it`);
  return { ...found.value, folders, name };
}

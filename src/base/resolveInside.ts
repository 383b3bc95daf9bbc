import { lstat, realpath } from 'node:fs/promises';
import nodePath from 'node:path';
import { messageOf, systemCode } from './errors.ts';
import { err, ok, type Result } from './result.ts';
import { visibleText } from './visibleText.ts';

export interface InsidePath {
  /** Free of symbolic links as far as it exists. */
  readonly absolute: string;
  /** Relative to the root, with `/`; `''` for the root itself. */
  readonly relative: string;
}

export interface PathProblem {
  readonly code: 'bad-path' | 'outside' | 'symlink-outside';
  readonly message: string;
}

/**
 * Where `path` really leads, provided that is inside `root`. `root` MUST be a real path; `path` is absolute or relative to `cwd`.
 *
 * Nothing is decoded: `%2e%2e` is a name like any other. Every symbolic link on the way is followed, and each has to lead
 * inside; one that leads nowhere is refused, because what it will lead to later is anybody's guess. What Windows would read
 * as a separator, a drive, a stream or a device is refused on Windows, and separators and drives everywhere else too.
 *
 * The answer is true for the moment it is given: whoever opens the path afterwards does so without following links.
 */
export async function resolveInside(root: string, cwd: string, path: string): Promise<Result<InsidePath, PathProblem>> {
  const flaw = flawOf(path, process.platform === 'win32');
  if (flaw !== undefined) return refuse('bad-path', path, flaw);
  const wanted = nodePath.resolve(cwd, path);
  const steps = stepsBelow(root, wanted);
  if (steps === undefined) return refuse('outside', path, 'is outside the working folder; use a path inside it');

  let current = root;
  for (const [index, step] of steps.entries()) {
    const next = nodePath.join(current, step);
    const kind = await kindOf(next);
    switch (kind) {
      case 'missing':
        return inside(root, nodePath.join(current, ...steps.slice(index)));
      case 'link': {
        const target = await targetOf(next);
        if (target === undefined)
          return refuse('symlink-outside', path, 'goes through a symbolic link that leads nowhere; use another path');
        if (stepsBelow(root, target) === undefined)
          return refuse('symlink-outside', path, 'goes through a symbolic link that leaves the working folder; use another path');
        current = target;
        break;
      }
      case 'there':
        // Elsewhere file systems may ignore case: `.GIT` has to come out as the `.git` that is there.
        current = process.platform === 'linux' ? next : ((await targetOf(next)) ?? next);
        break;
      case 'below-file':
        return refuse('bad-path', path, 'has a file where a folder would have to be; use another path');
      default:
        return refuse('bad-path', path, `cannot be looked at (${kind.problem}); use another path`);
    }
  }
  return inside(root, current);
}

/** What is wrong with a path before anybody looks at the disk. */
export function flawOf(path: string, windows: boolean): string | undefined {
  if (path === '') return 'is empty; name a file';
  if (!path.isWellFormed()) return 'holds half of a surrogate pair; use another name';
  // eslint-disable-next-line no-control-regex -- finding them is the point
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) return 'holds a control character; use another name';
  if (!windows) {
    if (path.includes('\\')) return 'holds a backslash; separate folders with `/`';
    if (/^[a-z]:/i.test(path)) return 'names a drive; use a path relative to the working folder';
    return undefined;
  }
  if (/^[\\/]{2}/.test(path)) return 'names a network share or a device; use a path relative to the working folder';
  if (/^[a-z]:(?![\\/])/i.test(path)) return 'is relative to a drive; use a path relative to the working folder';
  const names = path.replace(/^[a-z]:/i, '').split(/[\\/]+/);
  if (names.some((name) => /[:*?"<>|]/.test(name))) return 'holds a character that Windows keeps for itself; use another name';
  if (names.some((name) => name !== '.' && name !== '..' && /[. ]$/.test(name)))
    return 'has a name that ends in a dot or a space; use another name';
  if (names.some((name) => /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i.test(name)))
    return 'names a device; use another name';
  if (names.some((name) => /~[0-9]/.test(name))) return 'may be the short form of another name; write the name in full';
  return undefined;
}

/** The names that lead from `root` down to `path`; `undefined` when it is not below it. */
function stepsBelow(root: string, path: string): readonly string[] | undefined {
  const relative = nodePath.relative(root, path);
  if (relative === '') return [];
  const steps = relative.split(nodePath.sep);
  return steps[0] === '..' || nodePath.isAbsolute(relative) ? undefined : steps;
}

async function kindOf(path: string): Promise<'missing' | 'link' | 'there' | 'below-file' | { readonly problem: string }> {
  try {
    return (await lstat(path)).isSymbolicLink() ? 'link' : 'there';
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return 'missing';
    if (code === 'ENOTDIR') return 'below-file';
    return { problem: code ?? messageOf(error) };
  }
}

/** `undefined` for a link that leads nowhere, in a circle, or where we may not look. */
async function targetOf(link: string): Promise<string | undefined> {
  try {
    return await realpath(link);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

function inside(root: string, absolute: string): Result<InsidePath, PathProblem> {
  return ok({ absolute, relative: nodePath.relative(root, absolute).split(nodePath.sep).join('/') });
}

function refuse(code: PathProblem['code'], path: string, why: string): Result<InsidePath, PathProblem> {
  return err({ code, message: `\`${visibleText(path, { limit: 200 })}\` ${why}` });
}

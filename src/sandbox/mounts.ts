import { lstat, readlink, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { CodedError, systemCode } from '../base/errors.ts';
import type { RuntimeMount } from './bubblewrapArgs.ts';

/** Folders that steer git, GoNoGo and the editor: a test run has no business changing them. */
const protectedNames = ['.git', '.gonogo', '.vscode'];
const machineFolders = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/home',
  '/lib',
  '/lib64',
  '/media',
  '/mnt',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
].concat(['/srv', '/sys', '/tmp', '/usr', '/var']);

export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** True for a folder that holds the user's home, the whole disk or the machine's own state. */
export function isTooBroad(path: string, home = homedir()): boolean {
  return isInside(path, home) || machineFolders.some((folder) => isInside(path, folder));
}

/** A path and its real target, so that both names work inside; what is gone by now is left out. */
export async function runtimeMounts(paths: readonly string[]): Promise<readonly RuntimeMount[]> {
  const mounts = new Map<string, RuntimeMount>();
  for (const path of paths) {
    const real = await realPathOf(path);
    if (real === undefined || isTooBroad(path) || isTooBroad(real)) continue;
    const isLink = (await lstat(path)).isSymbolicLink();
    mounts.set(path, isLink ? { kind: 'link', path, target: await readlink(path) } : { kind: 'bind', path });
    mounts.set(real, { kind: 'bind', path: real });
  }
  // Outer folders first, or a later mount would cover an earlier one inside it.
  return [...mounts.values()].sort((a, b) => a.path.length - b.path.length);
}

/**
 * Checks the folder a command may write to, and finds what inside it stays read-only.
 *
 * @throws CodedError `not-permitted` when the folder is missing, too broad or does not hold `cwd`.
 */
export async function readOnlyPaths(writable: string, cwd: string): Promise<readonly string[]> {
  const root = await realPathOf(writable);
  const start = await realPathOf(cwd);
  if (root === undefined || start === undefined)
    throw refusal(`\`${root === undefined ? writable : cwd}\` does not exist; prepare it first`);
  if (root !== writable) throw refusal(`\`${writable}\` leads through a link; name \`${root}\` itself`);
  if (isTooBroad(root)) throw refusal(`\`${writable}\` is too broad to be writable; name the worktree itself`);
  if (!isInside(root, start) || !isInside(root, cwd)) throw refusal(`\`${cwd}\` is outside \`${writable}\`; start the command inside it`);
  const readOnly: string[] = [];
  for (const folder of foldersBetween(root, start)) {
    for (const name of protectedNames) {
      const path = join(folder, name);
      // A link is not followed: binding it would show its target, which may lie anywhere.
      if (await isFileOrFolder(path)) readOnly.push(path);
    }
  }
  return readOnly;
}

function foldersBetween(root: string, start: string): readonly string[] {
  const folders = [start];
  for (let folder = start; relative(root, folder) !== ''; folder = dirname(folder)) folders.push(dirname(folder));
  return folders;
}

async function isFileOrFolder(path: string): Promise<boolean> {
  try {
    const stat = await lstat(path);
    return stat.isFile() || stat.isDirectory();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** `undefined` when it does not exist. */
export async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function refusal(message: string): CodedError<'not-permitted'> {
  return new CodedError('not-permitted', message);
}

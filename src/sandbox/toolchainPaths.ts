import { access, constants, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { isInside, isTooBroad } from './mounts.ts';

const tools = ['node', 'npm', 'npx', 'corepack', 'pnpm', 'yarn', 'bun', 'deno', 'python3', 'python', 'pytest', 'ruby', 'go', 'java', 'php'];
/** Always there inside the sandbox. */
const builtIn = ['/usr', '/bin', '/sbin', '/lib', '/lib64'];

/**
 * What of PATH a sandbox needs to see so that the tools found there start: program folders with the libraries of their prefix, and
 * packages that tools are links into. Never a home folder itself; of a version manager under it only the version that is in use.
 *
 * @param path the value of PATH.
 */
export async function toolchainPaths(path: string, home = homedir()): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const folder of new Set(path.split(':'))) {
    // Shims look for their version manager's state, which stays outside; the system's tool answers instead.
    if (!isAbsolute(folder) || basename(folder) === 'shims') continue;
    for (const tool of tools) {
      const file = join(folder, tool);
      const real = await executable(file);
      if (real === undefined) continue;
      for (const needed of [...(await neededFor(file, home)), ...(real === file ? [] : await neededFor(real, home))]) found.add(needed);
    }
  }
  const outer = [...found].filter((path) => !builtIn.some((folder) => isInside(folder, path)) && !isTooBroad(path, home));
  return outer.filter((path) => !outer.some((other) => other !== path && isInside(other, path))).sort();
}

async function neededFor(file: string, home: string): Promise<readonly string[]> {
  const packageRoot = packageOf(file);
  if (packageRoot !== undefined) return [packageRoot];
  const folder = dirname(file);
  const prefix = dirname(folder);
  if (basename(folder) !== 'bin' || prefix === home || prefix === sep) return [file];
  const library = join(prefix, 'lib');
  return (await isFolder(library)) ? [folder, library] : [folder];
}

/** `…/node_modules/npm` for a file inside it; `undefined` for the links in `node_modules/.bin`. */
function packageOf(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/.@][^/]*(?=\/)/.exec(file)?.[0];
}

async function executable(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.X_OK);
    return (await isFolder(file)) ? undefined : await realpath(file);
  } catch {
    // Not there or not ours to run: either way nothing to show.
    return undefined;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

import { access, readFile } from 'node:fs/promises';
import nodePath from 'node:path';
import { systemCode } from '../base/errors.ts';

/** Where an agent works: `root` or a folder below it. */
export interface AgentPlace {
  readonly root: string;
  readonly cwd: string;
}

const folders = ['.opencode/plugin', '.opencode/plugins'];
const configurations = ['opencode.json', 'opencode.jsonc', '.opencode/opencode.json', '.opencode/opencode.jsonc'];

/**
 * What opencode would run of a repository as soon as it starts, whatever it is told: its plugins. The path of the first, relative to
 * the root; `undefined` when there is none. It looks from the working folder up to the root, as opencode does.
 */
export async function pluginsOf({ root, cwd }: AgentPlace): Promise<string | undefined> {
  for (const folder of upwards(cwd, root)) {
    for (const name of folders) if (await exists(nodePath.join(folder, name))) return nodePath.relative(root, nodePath.join(folder, name));
    for (const name of configurations)
      if (namesPlugins(await textOf(nodePath.join(folder, name)))) return nodePath.relative(root, nodePath.join(folder, name));
  }
  return undefined;
}

/** A name may be spelled with escapes. A comment counts too: better once too often. */
function namesPlugins(text: string): boolean {
  return /plugin|\\u/i.test(text);
}

function upwards(from: string, to: string): readonly string[] {
  const path = nodePath.relative(to, from);
  const names = path === '' || path.startsWith('..') ? [] : path.split(nodePath.sep);
  return names.map((_, index) => nodePath.join(to, ...names.slice(0, names.length - index))).concat(to);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return '';
    throw error;
  }
}

function isAbsence(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

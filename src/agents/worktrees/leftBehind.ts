import { join } from 'node:path';
import { statOf } from './diskEntry.ts';
import type { Git } from './git.ts';
import type { Repository } from './repository.ts';
import { pathOf, splitNul } from './treePath.ts';

/** Where package managers put what a project needs; always made again, so mostly ignored. */
const dependencyFolders = ['node_modules', '.venv', 'venv', 'vendor'];

/** Folders with dependencies that a worktree will lack, because git ignores them: relative to the repository's top. */
export async function leftBehind(git: Git, { top, prefix, gitDir }: Repository): Promise<readonly string[]> {
  const candidates = [...new Set(dependencyFolders.flatMap((name) => [`${prefix}${name}`, name]))];
  const stats = await Promise.all(candidates.map((path) => statOf(join(top, path))));
  const there = candidates.filter((_path, index) => stats[index]?.isDirectory() === true);
  if (there.length === 0) return [];
  const { stdout } = await git.run(['check-ignore', '-z', '--stdin'], {
    cwd: top,
    gitDir,
    workTree: top,
    // This command refuses literal pathspecs; no path that begins with a dot is read as a pattern's magic.
    env: { GIT_LITERAL_PATHSPECS: '0' },
    input: there.map((path) => `./${path}\0`).join(''),
    answers: [1],
  });
  return splitNul(stdout).flatMap((bytes) => pathOf(bytes)?.replace(/^\.\//, '') ?? []);
}

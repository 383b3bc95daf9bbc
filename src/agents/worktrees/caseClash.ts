import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Move } from './applyPlan.ts';
import { statOf } from './diskEntry.ts';
import { WorktreeFault, listed } from './fault.ts';
import { foldersOf } from './treePath.ts';

/**
 * Paths the move would write that another path, of either tree or of the move, equals but for the case of its letters: a file system
 * that takes both for one keeps only the last. `known` holds the paths of both trees.
 */
export function caseClashes(move: Move, known: Iterable<string>): readonly string[] {
  const spellings = new Map<string, Set<string>>();
  const add = (path: string): void => {
    const folded = fold(path);
    const seen = spellings.get(folded) ?? new Set();
    spellings.set(folded, seen.add(path));
  };
  for (const path of known) for (const each of [...foldersOf(path), path]) add(each);
  for (const path of move.steps.keys()) for (const each of [...foldersOf(path), path]) add(each);
  const clashing = (path: string): boolean => (spellings.get(fold(path))?.size ?? 0) > 1;
  const written = [...move.steps.values()].filter((step) => step.to !== undefined).map((step) => step.path);
  return written.filter((path) => [...foldersOf(path), path].some(clashing)).sort();
}

/** Whether the file system of a folder takes `A` and `a` for the same name. A folder without any letter in it tells nothing: false. */
export async function ignoresCase(folder: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const other = swapped(name);
    if (other === name) continue;
    const [own, same] = await Promise.all([statOf(join(folder, name)), statOf(join(folder, other))]);
    if (own !== undefined && same?.ino === own.ino && same.dev === own.dev) return true;
  }
  return false;
}

/** @throws WorktreeFault `unsupported-entry` when there are any. */
/** @throws WorktreeFault `unsupported-entry` when there are any. */
export function refuseClashes(paths: readonly string[]): void {
  if (paths.length === 0) return;
  const message = `${listed(paths)} would stand beside a name that differs only in the case of its letters, and this disk keeps one of the two; nothing was written, so let the agent choose another name`;
  throw new WorktreeFault('unsupported-entry', message, paths);
}

/** As file systems compare, roughly: a clash too many is a question, a clash too few is a lost file. */
function fold(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase();
}

function swapped(name: string): string {
  const upper = name.toUpperCase();
  return upper === name ? name.toLowerCase() : upper;
}

import type { ObjectId } from '../../contracts/review.ts';
import { WorktreeFault, listed } from './fault.ts';
import type { Git } from './git.ts';
import type { Repository } from './repository.ts';
import { isPortablePath, pathOf, splitNul } from './treePath.ts';

/** Which paths below a folder belong to a snapshot. They may be gone again, or be something else, when they are read. */
export interface Listing {
  readonly files: readonly string[];
  /** Submodules and the commit each stands on; their files are not part of a snapshot. */
  readonly gitlinks: ReadonlyMap<string, ObjectId>;
  /** Escaped names that cannot travel: not UTF-8, or taken for `.git` on some file systems. */
  readonly unportable: readonly string[];
  /** Repositories of their own below the folder, which are not part of it. */
  readonly nested: readonly string[];
}

/** Tracked and untracked, not ignored, paths of the person's working tree. */
export async function listWorkspace(git: Git, repository: Repository, signal: AbortSignal): Promise<Listing> {
  const call = { cwd: repository.top, gitDir: repository.gitDir, workTree: repository.top, signal };
  const [tracked, untracked] = await Promise.all([git.run(['ls-files', '-z', '--stage'], call), git.run(UNTRACKED, call)]);
  return combine(tracked.stdout, untracked.stdout);
}

/**
 * The paths of an agent's worktree: those of the tree it began with and untracked, not ignored, ones.
 * The agent's own git files are never looked at; `indexFile` is scratch space that the caller removes.
 *
 * @throws WorktreeFault `unsupported-entry` when the agent made a name that cannot travel.
 */
export async function listWorktree(git: Git, repository: Repository, root: string, base: ObjectId, indexFile: string): Promise<Listing> {
  const call = { cwd: root, gitDir: repository.gitDir, workTree: root, indexFile };
  await git.run(['read-tree', base], call);
  const [tracked, untracked] = await Promise.all([git.run(['ls-files', '-z', '--stage'], call), git.run(UNTRACKED, call)]);
  const listing = combine(tracked.stdout, untracked.stdout);
  if (listing.unportable.length === 0) return listing;
  const names = listed(listing.unportable);
  throw new WorktreeFault(
    'unsupported-entry',
    `the agent made ${names}, a name git cannot carry; let it choose another one`,
    listing.unportable,
  );
}

const UNTRACKED = ['ls-files', '-z', '--others', '--exclude-standard'];

function combine(tracked: Buffer, untracked: Buffer): Listing {
  const files = new Set<string>();
  const gitlinks = new Map<string, ObjectId>();
  const unportable: string[] = [];
  const nested: string[] = [];
  const add = (bytes: Buffer, take: (path: string) => void): void => {
    const path = pathOf(bytes);
    if (path !== undefined && isPortablePath(path)) take(path);
    else unportable.push(path ?? escaped(bytes));
  };
  for (const line of splitNul(tracked)) {
    // `<mode> <object> <stage>\t<path>`
    const tab = line.indexOf(9);
    const [mode = '', id = ''] = line.subarray(0, tab).toString('latin1').split(' ');
    add(line.subarray(tab + 1), (path) => {
      if (mode === '160000') gitlinks.set(path, id);
      else files.add(path);
    });
  }
  for (const line of splitNul(untracked)) {
    // A trailing slash marks a repository of its own, which is not part of this one.
    if (line.at(-1) !== 0x2f) add(line, (path) => void files.add(path));
    else nested.push(pathOf(line.subarray(0, -1)) ?? escaped(line));
  }
  return { files: [...files], gitlinks, unportable, nested };
}

function escaped(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`))
    .join('');
}

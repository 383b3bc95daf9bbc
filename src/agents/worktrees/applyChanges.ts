import type { Snapshot } from '../../contracts/worktrees.ts';
import { ApplyJournal } from './applyJournal.ts';
import { stepsOf, type Move } from './applyPlan.ts';
import { BlobReader } from './blobReader.ts';
import { rawChanges } from './changes.ts';
import { caseClashes, ignoresCase, refuseClashes } from './caseClash.ts';
import { WorktreeFault, listed } from './fault.ts';
import type { Git } from './git.ts';
import { assertWithin } from './rawDiff.ts';
import type { Repository } from './repository.ts';
import { narrowed } from './standings.ts';
import { Transfer } from './transfer.ts';
import { pathOf, splitNul } from './treePath.ts';

interface ApplyDeps {
  readonly git: Git;
  readonly storeDir: string;
  readonly repository: Repository;
  readonly base: Snapshot;
  readonly result: Snapshot;
}

/** When the files are brought to where a mission left them: the first time, or again after a rollback. */
export type Occasion = 'first' | 'again';

/** Writes the changes from `base` to `result` into the workspace. Branch, HEAD and the person's index stay as they are. */
export async function applyChanges({ git, storeDir, repository, base, result }: ApplyDeps, occasion: Occasion): Promise<void> {
  await using blobs = new BlobReader(git, repository);
  const move = await moveBetween(git, repository, base, result, repository.prefix);
  if (await ignoresCase(repository.top)) {
    refuseClashes(caseClashes(move, [...(await filesIn(git, repository, base.tree)), ...(await filesIn(git, repository, result.tree))]));
  }
  const transfer = new Transfer({
    top: repository.top,
    prefix: repository.prefix,
    blobs,
    commit: result.commit,
    conflict: occasion === 'first' ? changedMeanwhile : changedSinceRollback,
  });
  const journal = new ApplyJournal(storeDir, base, result);
  await transfer.clean(move);
  const tasks = await transfer.plan(move);
  // An interrupted apply has seen the workspace as it was before.
  const interrupted = await journal.read();
  const before = interrupted?.state === 'applied' ? interrupted : await transfer.remember(move, tasks);
  await journal.write('applied', before);
  await transfer.perform(move, tasks, before, 'there');
}

/** The way back, of every path or of `only` some. */
export async function rollbackChanges(deps: ApplyDeps, only: readonly string[] | undefined): Promise<void> {
  const { git, storeDir, repository, base, result } = deps;
  await using blobs = new BlobReader(git, repository);
  const whole = await moveBetween(git, repository, result, base, repository.prefix);
  const move = only === undefined ? whole : narrowed(whole, only);
  const transfer = new Transfer({
    top: repository.top,
    prefix: repository.prefix,
    blobs,
    commit: result.commit,
    conflict: changedSinceApply,
  });
  const journal = new ApplyJournal(storeDir, base, result);
  await transfer.clean(move);
  const before = await journal.read();
  await transfer.perform(move, await transfer.plan(move), before, 'back');
  // While a part stays applied, what the journal knows of the rest is still needed.
  if (before !== undefined && only === undefined) await journal.write('rolled-back', before);
}

/** @throws WorktreeFault `outside-workspace` when something beyond the folder `within` would move; `''` lets everything move. */
export async function moveBetween(git: Git, repository: Repository, from: Snapshot, to: Snapshot, within: string): Promise<Move> {
  const changes = await rawChanges(git, repository, from.tree, to.tree, 'no-renames');
  assertWithin(within, changes);
  const [fromFolders, toFolders] = await Promise.all([foldersIn(git, repository, from.tree), foldersIn(git, repository, to.tree)]);
  return { steps: stepsOf(changes), fromFolders, toFolders };
}

async function foldersIn(git: Git, repository: Repository, tree: string): Promise<ReadonlySet<string>> {
  const args = ['ls-tree', '-r', '-d', '-z', '--name-only', '--full-tree', tree];
  const { stdout } = await git.run(args, { cwd: repository.top, gitDir: repository.gitDir });
  return new Set(splitNul(stdout).flatMap((bytes) => pathOf(bytes) ?? []));
}

async function filesIn(git: Git, repository: Repository, tree: string): Promise<readonly string[]> {
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', tree];
  const { stdout } = await git.run(args, { cwd: repository.top, gitDir: repository.gitDir });
  return splitNul(stdout).flatMap((bytes) => pathOf(bytes) ?? []);
}

function changedMeanwhile(paths: readonly string[]): WorktreeFault {
  const message = `${listed(paths)} changed in the workspace since the mission began; nothing was applied, so put that aside and apply again, or launch the mission anew`;
  return new WorktreeFault('changed-meanwhile', message, paths);
}

function changedSinceRollback(paths: readonly string[]): WorktreeFault {
  const message = `${listed(paths)} changed since the mission was rolled back; nothing was applied, so put that aside and apply again`;
  return new WorktreeFault('changed-meanwhile', message, paths);
}

function changedSinceApply(paths: readonly string[]): WorktreeFault {
  const message = `${listed(paths)} changed since the mission was applied; nothing was rolled back, so put that aside and roll back again, or undo by hand`;
  return new WorktreeFault('changed-since-apply', message, paths);
}

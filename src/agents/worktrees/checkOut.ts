import type { Snapshot } from '../../contracts/worktrees.ts';
import { moveBetween } from './applyChanges.ts';
import { BlobReader } from './blobReader.ts';
import { WorktreeFault, listed } from './fault.ts';
import type { Git } from './git.ts';
import { listWorktree } from './listing.ts';
import type { Repository } from './repository.ts';
import { takeSnapshot } from './snapshot.ts';
import { Transfer } from './transfer.ts';

interface CheckOutDeps {
  readonly git: Git;
  readonly repository: Repository;
  /** The worktree, in the store. */
  readonly root: string;
  readonly base: Snapshot;
  readonly target: Snapshot;
  /** Scratch space that the caller removes. */
  readonly indexFile: string;
  /** Keeps what is on disk from garbage collection while it is compared. */
  readonly ref: string;
}

/** The first brings the tree; each further one takes away what the rules for ignored files, which came with it, do not cover any more. */
const ROUNDS = 4;

/** Changes the files of a worktree until what would be captured of it is the target. */
export async function checkOut(deps: CheckOutDeps): Promise<void> {
  const { git, repository, root, base, target, indexFile, ref } = deps;
  const call = { cwd: repository.top, gitDir: repository.gitDir };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const listing = await listWorktree(git, repository, root, base.tree, indexFile);
      const message = 'GoNoGo: a worktree on its way to another tree';
      const disk = await takeSnapshot(git, repository, { root, listing, ref, parent: base.commit, message });
      if (disk.tree === target.tree) return;
      await step(deps, disk);
    }
  } finally {
    await git.run(['update-ref', '-d', ref], call);
  }
  throw new WorktreeFault('write-failed', 'the worktree does not come to rest on the selected files; approve or reject the whole instead');
}

async function step({ git, repository, root, target }: CheckOutDeps, disk: Snapshot): Promise<void> {
  await using blobs = new BlobReader(git, repository);
  const move = await moveBetween(git, repository, disk, target, '');
  const conflict = (paths: readonly string[]): WorktreeFault =>
    new WorktreeFault('changed-meanwhile', `${listed(paths)} changed in the worktree while the selection was laid out; try again`, paths);
  const transfer = new Transfer({ top: root, prefix: repository.prefix, blobs, commit: target.commit, conflict });
  await transfer.clean(move);
  await transfer.perform(move, await transfer.plan(move), undefined, 'there');
}

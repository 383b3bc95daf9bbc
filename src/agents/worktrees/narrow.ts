import type { FileSelection } from '../../contracts/review.ts';
import type { Snapshot } from '../../contracts/worktrees.ts';
import { BlobReader } from './blobReader.ts';
import { narrowed, rawChanges } from './changes.ts';
import type { Git } from './git.ts';
import { assertWithin, type RawChange } from './rawDiff.ts';
import type { Repository } from './repository.ts';
import { answered, commitHeader, fastImport, quoted } from './snapshot.ts';

interface NarrowPlan {
  readonly base: Snapshot;
  readonly whole: Snapshot;
  readonly selection: readonly FileSelection[];
  readonly ref: string;
  readonly message: string;
}

/**
 * The base with only the selected changes, made of git objects alone: no filter, attribute or file on disk has a say.
 *
 * @throws Error when the selection names what the change does not have.
 */
export async function narrowSnapshot(
  git: Git,
  repository: Repository,
  { base, whole, selection, ref, message }: NarrowPlan,
): Promise<Snapshot> {
  const changes = await rawChanges(git, repository, base.tree, whole.tree, 'find-renames');
  assertWithin(repository.prefix, changes);
  const selected = selection.map(({ path, hunks }) => {
    const change = changes.find((each) => each.path === path);
    if (!change) throw new Error(`\`${path}\` is not part of this change; read the review again`);
    return { change, hunks };
  });
  await using blobs = new BlobReader(git, repository);
  const gone: Buffer[] = [];
  const kept: Buffer[] = [];
  for (const { change, hunks } of selected) {
    const left = change.kind === 'deleted' ? change.path : change.oldPath;
    if (left !== undefined) gone.push(Buffer.from(`D ${quoted(left)}\n`));
    if (change.kind !== 'deleted') kept.push(await entryOf(change, hunks, blobs));
  }
  // A path may go to make room for a folder of that name, so what goes comes first.
  return await fastImport(git, repository, [
    commitHeader(1, ref, message),
    Buffer.from(`from ${base.commit}\n`),
    ...gone,
    ...kept,
    answered(1),
  ]);
}

async function entryOf(change: RawChange, hunks: readonly number[] | undefined, blobs: BlobReader): Promise<Buffer> {
  const { newMode, newId, path } = change;
  if (newId === undefined) throw new Error(`\`${path}\` has no content; read the review again`);
  if (hunks === undefined) return Buffer.from(`M ${newMode} ${newId} ${quoted(path)}\n`);
  const bytes = await narrowed(change, blobs, new Set(hunks));
  return Buffer.concat([Buffer.from(`M ${newMode} inline ${quoted(path)}\ndata ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

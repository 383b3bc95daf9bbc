import { digestOf } from '../../base/digest.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { MissionId } from '../../base/ids.ts';
import type { CriticFile } from '../../contracts/critic.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { WorktreeRef } from '../../contracts/mission.ts';
import type { Permit } from '../../contracts/permit.ts';
import type { FileChange, FileReview, FileSelection, ObjectId } from '../../contracts/review.ts';
import type {
  Direction,
  FileStanding,
  MergedText,
  RepositoryFacts,
  Snapshot,
  WorktreeError,
  Worktrees,
} from '../../contracts/worktrees.ts';
import { KeyedQueue } from '../../resilience/keyedQueue.ts';
import { applyChanges, moveBetween, rollbackChanges } from './applyChanges.ts';
import { isObjectId } from './blobId.ts';
import { BlobReader } from './blobReader.ts';
import { criticFile, describe, rawChanges, review } from './changes.ts';
import { checkOut } from './checkOut.ts';
import { RealFolders, openEntry, statOf } from './diskEntry.ts';
import { WorktreeFault } from './fault.ts';
import { Git } from './git.ts';
import { leftBehind } from './leftBehind.ts';
import { listWorkspace, listWorktree } from './listing.ts';
import { mergeFile } from './mergeFile.ts';
import { narrowSnapshot } from './narrow.ts';
import { assertWithin, type RawChange } from './rawDiff.ts';
import { locate, type Repository } from './repository.ts';
import { assertHoldable } from './shadowRepository.ts';
import { takeSnapshot } from './snapshot.ts';
import { standingsOf } from './standings.ts';
import { countUncommitted } from './uncommitted.ts';
import { WorktreeFolder, snapshotRef } from './worktreeFolder.ts';
import { WorktreeStore } from './worktreeStore.ts';

interface GitWorktreesOptions {
  /** Absolute. Worktrees live in `worktrees/<missionId>` below it, journals of applied missions in `applied/`. */
  readonly storeDir: string;
  /** Default `git`, found on PATH. */
  readonly gitPath?: string;
  readonly logger: Logger;
}

const WAITING = 100;

/** `Worktrees` on the `git` command line. */
export class GitWorktrees implements Worktrees {
  readonly #storeDir: string;
  readonly #git: Git;
  readonly #store: WorktreeStore;
  readonly #folder: WorktreeFolder;
  /** One change at a time to a mission's worktree, and to a workspace. */
  readonly #lanes = new KeyedQueue<string>(WAITING);

  constructor({ storeDir, gitPath = 'git', logger }: GitWorktreesOptions) {
    this.#storeDir = storeDir;
    this.#git = new Git(gitPath, process.env);
    this.#store = new WorktreeStore(storeDir);
    this.#folder = new WorktreeFolder({ git: this.#git, store: this.#store, logger });
  }

  inspect(folder: string): Promise<Result<RepositoryFacts, WorktreeError>> {
    return answer(async () => {
      const repository = await this.#locate(folder);
      const { top, prefix, commonDir, shadow } = repository;
      if (!shadow) {
        const uncommitted = await countUncommitted(this.#git, repository);
        return { top, prefix, commonDir, uncommitted, leftBehind: await leftBehind(this.#git, repository) };
      }
      const listing = await listWorkspace(this.#git, repository, new AbortController().signal);
      await assertHoldable(top, listing);
      return { top, prefix, commonDir: top, uncommitted: 0, leftBehind: [], withoutGit: { nested: listing.nested } };
    });
  }

  create(missionId: MissionId, folder: string, signal: AbortSignal): Promise<Result<WorktreeRef, WorktreeError>> {
    return answer(() =>
      this.#alone(missionId, signal, async () => {
        const repository = await this.#locate(folder);
        return (await this.#folder.find(missionId, repository)) ?? (await this.#folder.make(missionId, repository, signal));
      }),
    );
  }

  async capture(missionId: MissionId, folder: string, worktree: WorktreeRef): Promise<Result<Snapshot, WorktreeError>> {
    const { root, base } = worktree;
    return answer(() =>
      this.#alone(missionId, undefined, async () => {
        const repository = await this.#locate(folder);
        await this.#assertStands(missionId, root);
        try {
          const listing = await listWorktree(this.#git, repository, root, base.tree, this.#store.scratchIndex(missionId));
          const message = `GoNoGo mission ${missionId}: what the agent made`;
          return await takeSnapshot(this.#git, repository, {
            root,
            listing,
            ref: snapshotRef(missionId, 'result'),
            parent: base.commit,
            message,
          });
        } finally {
          await this.#store.clearScratch(missionId);
        }
      }),
    );
  }

  files(missionId: MissionId, folder: string, worktree: WorktreeRef): Promise<Result<readonly string[], WorktreeError>> {
    return answer(() =>
      this.#alone(missionId, undefined, async () => {
        const repository = await this.#locate(folder);
        try {
          const listing = await listWorktree(this.#git, repository, worktree.root, worktree.base.tree, this.#store.scratchIndex(missionId));
          return listing.files;
        } finally {
          await this.#store.clearScratch(missionId);
        }
      }),
    );
  }

  changes(folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>> {
    return answer(async () => this.#each(await this.#locate(folder), base, result, describe));
  }

  review(folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileReview[], WorktreeError>> {
    return answer(async () => this.#each(await this.#locate(folder), base, result, review));
  }

  narrow(
    missionId: MissionId,
    folder: string,
    base: Snapshot,
    whole: Snapshot,
    selection: readonly FileSelection[],
  ): Promise<Result<Snapshot, WorktreeError>> {
    return answer(async () => {
      const named = selection.map(({ path, hunks }) => ({ path: path.toWellFormed(), hunks: [...(hunks ?? [])] }));
      const ref = snapshotRef(missionId, `part-${digestOf({ whole: whole.tree, selection: named }).slice(0, 16)}`);
      const message = `GoNoGo mission ${missionId}: what a person kept of it`;
      return narrowSnapshot(this.#git, await this.#locate(folder), { base, whole, selection, ref, message });
    });
  }

  checkOut(missionId: MissionId, folder: string, { root, base }: WorktreeRef, target: Snapshot): Promise<Result<void, WorktreeError>> {
    return answer(() =>
      this.#alone(missionId, undefined, async () => {
        const repository = await this.#locate(folder);
        await this.#assertStands(missionId, root);
        const [indexFile, ref] = [this.#store.scratchIndex(missionId), snapshotRef(missionId, 'disk')];
        try {
          await checkOut({ git: this.#git, repository, root, base, target, indexFile, ref });
        } finally {
          await this.#store.clearScratch(missionId);
        }
      }),
    );
  }

  criticFiles(folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly CriticFile[], WorktreeError>> {
    return answer(async () => this.#each(await this.#locate(folder), base, result, criticFile));
  }

  async blob(folder: string, tree: ObjectId, path: string): Promise<Uint8Array | undefined> {
    if (!isObjectId(tree)) throw new Error(`\`${tree}\` is not an object id`);
    const repository = await this.#locate(folder);
    const call = { cwd: repository.top, gitDir: repository.gitDir };
    const { stdout } = await this.#git.run(['ls-tree', '-z', '--full-tree', tree, '--', path], call);
    const id = /^\d{6} blob ([0-9a-f]+)\t/.exec(stdout.toString('latin1'))?.[1];
    if (id === undefined) return undefined;
    await using blobs = new BlobReader(this.#git, repository);
    return await wholeBlob(blobs, id);
  }

  async apply(permit: Permit, folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>> {
    const { input } = permit.redeem('code.apply');
    assertSameTrees([input.baseTree, input.tree], [base.tree, result.tree]);
    return answer(async () => {
      const repository = await this.#locate(folder);
      const changes = await this.#each(repository, base, result, describe);
      const deps = { git: this.#git, storeDir: this.#storeDir, repository, base, result };
      await this.#alone(repository.top, undefined, () => applyChanges(deps, 'first'));
      return changes;
    });
  }

  async reapply(permit: Permit, folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>> {
    const { input } = permit.redeem('code.reapply');
    assertSameTrees([input.baseTree, input.tree], [base.tree, result.tree]);
    return answer(async () => {
      const repository = await this.#locate(folder);
      const changes = await this.#each(repository, base, result, describe);
      const deps = { git: this.#git, storeDir: this.#storeDir, repository, base, result };
      await this.#alone(repository.top, undefined, () => applyChanges(deps, 'again'));
      return changes;
    });
  }

  async rollback(permit: Permit, folder: string, result: Snapshot, base: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>> {
    const { input } = permit.redeem('code.rollback');
    assertSameTrees([input.fromTree, input.toTree], [result.tree, base.tree]);
    return answer(async () => {
      const repository = await this.#locate(folder);
      const { only } = input;
      const all = await this.#each(repository, result, base, describe, only ? 'no-renames' : 'find-renames');
      const deps = { git: this.#git, storeDir: this.#storeDir, repository, base, result };
      await this.#alone(repository.top, undefined, () => rollbackChanges(deps, only));
      return only ? all.filter(({ path }) => only.includes(path)) : all;
    });
  }

  compare(folder: string, base: Snapshot, result: Snapshot, direction: Direction): Promise<Result<readonly FileStanding[], WorktreeError>> {
    return answer(async () => {
      const repository = await this.#locate(folder);
      const changes = await this.#each(repository, base, result, describe, 'no-renames');
      const [from, to] = direction === 'there' ? [base, result] : [result, base];
      const standings = await standingsOf(repository.top, await moveBetween(this.#git, repository, from, to, repository.prefix));
      return changes.flatMap((change) => {
        const standing = standings.get(change.path);
        return standing === undefined ? [] : [{ change, ...standing }];
      });
    });
  }

  merge(
    folder: string,
    base: Snapshot,
    result: Snapshot,
    direction: Direction,
    path: string,
  ): Promise<Result<MergedText | undefined, WorktreeError>> {
    return answer(async () => {
      const repository = await this.#locate(folder);
      const changes = await rawChanges(this.#git, repository, base.tree, result.tree, 'no-renames');
      const change = changes.find((each) => each.path === path);
      const isFile = (mode: string): boolean => mode === '100644' || mode === '100755';
      if (!change?.oldId || !change.newId || !isFile(change.oldMode) || !isFile(change.newMode)) return undefined;
      const now = await readRegularFile(repository.top, path);
      if (now === undefined) return undefined;
      await using blobs = new BlobReader(this.#git, repository);
      const [before, left] = [await wholeBlob(blobs, change.oldId), await wholeBlob(blobs, change.newId)];
      const names = { before: 'before the mission', left: 'as the mission left it' };
      const [origin, goal, labels] =
        direction === 'there'
          ? [before, left, ['now', names.before, names.left] as const]
          : [left, before, ['now', names.left, names.before] as const];
      return await mergeFile(this.#git, this.#storeDir, { origin, now, goal, labels });
    });
  }

  async remove(missionId: MissionId, folder: string): Promise<void> {
    await this.#alone(missionId, undefined, async () => {
      const found = await answer(() => this.#locate(folder));
      await this.#folder.remove(missionId, found.ok ? found.value.commonDir : undefined);
    });
  }

  async sweep(live: ReadonlySet<MissionId>): Promise<number> {
    const dead = (await this.#store.missions()).filter((id) => !live.has(id));
    for (const id of dead) await this.#alone(id, undefined, () => this.#folder.remove(id));
    return dead.length;
  }

  async #assertStands(id: MissionId, root: string): Promise<void> {
    if (root !== this.#store.root(id)) throw new Error(`\`${root}\` is not the worktree of mission \`${id}\``);
    if ((await statOf(root))?.isDirectory() === true) return;
    throw new WorktreeFault('git-failed', `the worktree of mission \`${id}\` is gone; launch the mission again`);
  }

  #locate(folder: string): Promise<Repository> {
    return locate(this.#git, this.#storeDir, folder);
  }

  async #each<T>(
    repository: Repository,
    from: Snapshot,
    to: Snapshot,
    look: (change: RawChange, blobs: BlobReader) => Promise<T>,
    renames: 'find-renames' | 'no-renames' = 'find-renames',
  ): Promise<readonly T[]> {
    const changes = await rawChanges(this.#git, repository, from.tree, to.tree, renames);
    assertWithin(repository.prefix, changes);
    await using blobs = new BlobReader(this.#git, repository);
    const seen: T[] = [];
    for (const change of changes) seen.push(await look(change, blobs));
    return seen;
  }

  async #alone<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const release = await this.#lanes.acquire(key, signal ?? new AbortController().signal);
    try {
      return await work();
    } finally {
      release();
    }
  }
}

/** The port's boundary: refusals become values, broken promises stay exceptions. */
async function answer<T>(work: () => Promise<T>): Promise<Result<T, WorktreeError>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof WorktreeFault) return err({ code: error.code, message: error.message, paths: error.paths });
    throw error;
  }
}

async function wholeBlob(blobs: BlobReader, id: ObjectId): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await blobs.read(id, (chunk) => void chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** The bytes of a regular file below `top`; `undefined` for everything else. */
async function readRegularFile(top: string, path: string): Promise<Buffer | undefined> {
  const entry = await openEntry(top, path, new RealFolders(top));
  if (entry === undefined || !('handle' in entry)) return undefined;
  await using handle = entry.handle;
  return await handle.readFile();
}

function assertSameTrees(permitted: readonly ObjectId[], asked: readonly ObjectId[]): void {
  if (permitted.join() === asked.join()) return;
  throw new Error(`the permit is for the trees \`${permitted.join()}\`, not for \`${asked.join()}\`; submit the action again`);
}

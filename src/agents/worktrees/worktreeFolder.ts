import { chmod, lstat, mkdir, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { MissionId } from '../../base/ids.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { WorktreeRef } from '../../contracts/mission.ts';
import { copyFiles } from './copyFiles.ts';
import { statOf } from './diskEntry.ts';
import type { Git } from './git.ts';
import { listWorkspace, type Listing } from './listing.ts';
import { headOf, type Repository } from './repository.ts';
import { assertHoldable } from './shadowRepository.ts';
import { takeSnapshot } from './snapshot.ts';
import type { WorktreeRecord, WorktreeStore } from './worktreeStore.ts';

interface WorktreeFolderDeps {
  readonly git: Git;
  readonly store: WorktreeStore;
  readonly logger: Logger;
}

/**
 * `refs/gonogo/missions/<id>/base`, `…/result`, and `…/part-<digest>` for what a person kept of the result: what keeps a mission's
 * snapshots. `…/disk` holds what is in the worktree while that is being changed.
 */
export function snapshotRef(id: MissionId, side: 'base' | 'result' | 'disk' | `part-${string}`): string {
  return `refs/gonogo/missions/${id}/${side}`;
}

/** Makes and takes away the folder an agent works in. */
export class WorktreeFolder {
  readonly #git: Git;
  readonly #store: WorktreeStore;
  readonly #logger: Logger;

  constructor(deps: WorktreeFolderDeps) {
    this.#git = deps.git;
    this.#store = deps.store;
    this.#logger = deps.logger;
  }

  /** The worktree that stands for the mission, if it was finished. */
  async find(id: MissionId, repository: Repository): Promise<WorktreeRef | undefined> {
    const record = await this.#store.read(id);
    if (record?.state !== 'ready' || record.commonDir !== repository.commonDir) return undefined;
    const root = this.#store.root(id);
    const stands = (await statOf(root))?.isDirectory() === true && (await statOf(record.gitDir)) !== undefined;
    return stands ? { root, cwd: resolve(root, record.prefix), base: record.base } : undefined;
  }

  /** What a crash left of an earlier try is removed first; a try that fails leaves nothing. */
  async make(id: MissionId, repository: Repository, signal: AbortSignal): Promise<WorktreeRef> {
    await this.remove(id, repository.commonDir);
    try {
      return await this.#makeAfresh(id, repository, signal);
    } catch (error) {
      await this.remove(id, repository.commonDir);
      throw error;
    }
  }

  async #makeAfresh(id: MissionId, repository: Repository, signal: AbortSignal): Promise<WorktreeRef> {
    const root = this.#store.root(id);
    const { commonDir, prefix } = repository;
    await this.#store.write(id, { state: 'making', commonDir });
    const gitDir = await this.#addEmpty(repository, root, signal);
    const listing = await this.#fill(repository, root, signal);
    const base = await takeSnapshot(this.#git, repository, {
      root,
      listing,
      ref: snapshotRef(id, 'base'),
      parent: await headOf(this.#git, repository),
      message: `GoNoGo mission ${id}: the workspace as the agent found it`,
      signal,
    });
    await this.#git.run(['update-ref', '--no-deref', 'HEAD', base.commit], { cwd: root, gitDir, signal });
    await this.#refreshIndex(id, repository, join(gitDir, 'index'), base.tree, signal);
    await this.#store.write(id, { state: 'ready', commonDir, gitDir, prefix, base });
    return { root, cwd: resolve(root, prefix), base };
  }

  /** Takes everything of the mission away but its snapshots. What is gone already is no failure. */
  async remove(id: MissionId, fallbackCommonDir?: string): Promise<void> {
    const root = this.#store.root(id);
    const record = await this.#store.read(id);
    await removeTree(root);
    const commonDir = record?.commonDir ?? fallbackCommonDir;
    if (commonDir !== undefined && (await statOf(commonDir)) !== undefined) await this.#unregister(commonDir, root, record);
    await this.#store.forget(id);
  }

  /**
   * A worktree that stands on a commit of its own without files: HEAD may not exist yet, and nothing of it is wanted on disk.
   * Returns the worktree's git directory.
   */
  async #addEmpty(repository: Repository, root: string, signal: AbortSignal): Promise<string> {
    const call = { cwd: repository.top, gitDir: repository.gitDir, signal };
    const tree = await this.#git.line(['mktree'], call);
    const commit = await this.#git.line(['commit-tree', tree, '-m', 'GoNoGo: an empty worktree'], call);
    await this.#git.run(['worktree', 'add', '--quiet', '--detach', '--no-checkout', root, commit], call);
    const pointer = await readFile(join(root, '.git'), 'utf8');
    return realpath(pointer.replace(/^gitdir: /, '').trimEnd());
  }

  async #fill(repository: Repository, root: string, signal: AbortSignal): Promise<Listing> {
    const listed = await listWorkspace(this.#git, repository, signal);
    if (listed.unportable.length > 0) {
      this.#logger.log('warn', 'some files have names that git cannot carry; the agent does not see them', { names: listed.unportable });
    }
    if (repository.shadow) {
      await assertHoldable(repository.top, listed);
      if (listed.nested.length > 0)
        this.#logger.log('warn', 'repositories inside a folder without git are left out', { names: listed.nested });
    }
    // A store inside the workspace must not travel into itself.
    const store = `${await realpath(dirname(root))}${sep}`;
    const listing = { ...listed, files: listed.files.filter((path) => !join(repository.top, path).startsWith(store)) };
    // git doubts an index entry that is as young as the index, and would compare content, through filters, once more.
    const youngest = (await lstat(join(root, '.git'))).mtimeMs - 2_000;
    await copyFiles({ from: repository.top, to: root, paths: listing.files, youngest, signal });
    for (const folder of [...listing.gitlinks.keys(), repository.prefix]) await mkdir(join(root, folder), { recursive: true });
    return listing;
  }

  /**
   * Gives the worktree an index that says "clean". git compares files through filters and end-of-line rules while doing so; in a
   * git directory of our own, whose attributes outrank all others and switch them off, no program of the repository can run.
   */
  async #refreshIndex(id: MissionId, repository: Repository, indexFile: string, tree: string, signal: AbortSignal): Promise<void> {
    const root = this.#store.root(id);
    const room = this.#store.cleanRoom(id);
    const format = tree.length === 64 ? 'sha256' : 'sha1';
    const bare = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_ATTR_NOSYSTEM: '1' };
    await this.#git.run(['init', '--quiet', '--template=', `--object-format=${format}`, room], { cwd: dirname(room), env: bare, signal });
    const gitDir = join(room, '.git');
    await mkdir(join(gitDir, 'info'), { recursive: true });
    await writeFile(join(gitDir, 'info', 'attributes'), '* -text -eol -filter -ident -working-tree-encoding\n');
    const env = { ...bare, GIT_OBJECT_DIRECTORY: join(repository.commonDir, 'objects') };
    const call = { cwd: root, gitDir, workTree: root, indexFile, env, signal };
    await this.#git.run(['read-tree', tree], call);
    // Without --refresh's success something changed in the worktree since the snapshot, which nobody but us may do yet.
    await this.#git.run(['update-index', '--refresh'], call);
    await rm(room, { recursive: true, force: true });
  }

  async #unregister(commonDir: string, root: string, record: WorktreeRecord | undefined): Promise<void> {
    try {
      // Twice: also when somebody locked it.
      await this.#git.run(['worktree', 'remove', '--force', '--force', root], { cwd: commonDir, gitDir: commonDir, answers: [128] });
    } catch (error) {
      this.#logger.log('warn', 'git could not take the worktree off its list', { root, error: messageOf(error) });
    }
    const gitDir = record?.state === 'ready' ? record.gitDir : join(commonDir, 'worktrees', root.slice(root.lastIndexOf(sep) + 1));
    if (dirname(dirname(gitDir)) === commonDir) await rm(gitDir, { recursive: true, force: true });
  }
}

/** Like `rm -rf`, also where an agent took its own write permission from folders. Links are removed, never followed. */
async function removeTree(root: string): Promise<void> {
  try {
    await rm(root, { recursive: true, force: true });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(systemCode(error) ?? '')) throw error;
    await openFolders(root);
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openFolders(folder: string): Promise<void> {
  const stat = await statOf(folder);
  if (stat?.isDirectory() !== true) return;
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name));
  }
}

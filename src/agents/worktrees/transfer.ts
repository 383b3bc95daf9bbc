import type { Stats } from 'node:fs';
import { chmod, mkdir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCode } from '../../base/errors.ts';
import type { ObjectId } from '../../contracts/review.ts';
import type { Before } from './applyJournal.ts';
import { isModeOnly, judge, leftoverFolders, reversed, type Move, type Step } from './applyPlan.ts';
import type { BlobReader } from './blobReader.ts';
import { isGone, modeOf, statOf } from './diskEntry.ts';
import { WorktreeFault, listed } from './fault.ts';
import { inParallel } from './inParallel.ts';
import { syncFolder } from './smallFile.ts';
import { Staging } from './staging.ts';
import { folderOf, foldersOf } from './treePath.ts';
import { isSame, lookAt } from './workspaceEntry.ts';

const LOOK_AT_ONCE = 16;

interface TransferDeps {
  readonly top: string;
  /** The opened folder below `top`, with a trailing `/`, or `''`. */
  readonly prefix: string;
  readonly blobs: BlobReader;
  /** The mission's result, for the names of temporary files. */
  readonly commit: ObjectId;
  /** The words and the code for a path that is neither as in one tree nor as in the other. */
  readonly conflict: (paths: readonly string[]) => WorktreeFault;
}

/** What is to be done at one path, and what stood there when it was looked at. */
interface Task {
  readonly step: Step;
  readonly stat: Stats | undefined;
}

/** How a finished move is told apart from what must be taken back. */
interface Guide {
  /** Only these folders may be removed; `undefined`: every one that is left over. */
  readonly removable: ReadonlySet<string> | undefined;
  readonly before: Before | undefined;
}

/** Brings the paths of a move from one tree to the other, on disk: all of them, or none. */
export class Transfer {
  readonly #deps: TransferDeps;

  constructor(deps: TransferDeps) {
    this.#deps = deps;
  }

  /** Looks at every path. @throws WorktreeFault of `deps.conflict` before anything was written. */
  async plan(move: Move): Promise<readonly Task[]> {
    const tasks: Task[] = [];
    const strange = new Set<string>();
    await inParallel([...move.steps.values()], LOOK_AT_ONCE, async (step) => {
      const { found, stat } = await lookAt(this.#deps.top, move, step);
      const judgement = judge(move, step, found);
      if (judgement.next === 'refuse') for (const path of judgement.paths) strange.add(path);
      if (judgement.next === 'write') tasks.push({ step, stat });
    });
    if (strange.size > 0) throw this.#deps.conflict([...strange].sort());
    return tasks.sort((a, b) => (a.step.path < b.step.path ? -1 : 1));
  }

  /** What the workspace is like where the tasks will change it. */
  async remember(move: Move, tasks: readonly Task[]): Promise<Before> {
    const { top, prefix } = this.#deps;
    const files = new Map<string, number>();
    const folders = new Map<string, number>();
    const made = new Set<string>();
    for (const { step, stat } of tasks) {
      if (stat?.isFile() === true) files.set(step.path, stat.mode & 0o7777);
      if (step.to === undefined) continue;
      for (const folder of foldersOf(step.path)) {
        if ((await statOf(join(top, folder)))?.isDirectory() !== true) made.add(folder);
      }
    }
    for (const folder of leftoverFolders(move, prefix)) {
      const stat = await statOf(join(top, folder));
      if (stat?.isDirectory() === true) folders.set(folder, stat.mode & 0o7777);
    }
    return { files, folders, made };
  }

  /** Removes temporary files an interrupted run left. */
  async clean(move: Move): Promise<void> {
    await using staging = this.#staging();
    await staging.clean(move.steps.keys());
  }

  /**
   * Carries out the tasks; when one fails, what was done is taken back.
   *
   * @throws WorktreeFault of `deps.conflict`, or `write-failed`.
   */
  async perform(move: Move, tasks: readonly Task[], before: Before | undefined, direction: 'there' | 'back'): Promise<void> {
    const attempted: string[] = [];
    const removable = direction === 'back' ? before?.made : undefined;
    try {
      await this.#carryOut(move, tasks, { removable, before }, attempted);
    } catch (error) {
      const fault = error instanceof WorktreeFault ? error : writeFailed(error);
      if (attempted.length === 0) throw fault;
      await this.#takeBack(reversed(move, attempted), before, direction, fault);
      throw fault;
    }
  }

  async #takeBack(back: Move, before: Before | undefined, direction: 'there' | 'back', fault: WorktreeFault): Promise<void> {
    try {
      const removable = direction === 'there' ? before?.made : undefined;
      await this.#carryOut(back, await this.plan(back), { removable, before }, []);
    } catch (error) {
      const paths = [...back.steps.keys()];
      const message = `writing stopped half-way, and ${listed(paths)} could not all be put back; compare them with what you expect`;
      throw new WorktreeFault('write-failed', message, paths, { cause: new AggregateError([fault, error]) });
    }
  }

  async #carryOut(move: Move, tasks: readonly Task[], guide: Guide, attempted: string[]): Promise<void> {
    const { top, prefix } = this.#deps;
    await using staging = this.#staging();
    const staged = new Map<string, string>();
    for (const { step, stat } of tasks) {
      if (step.to === undefined || isModeOnly(step)) continue;
      staged.set(step.path, await staging.add(step.path, step.to, permissionsOf(step, stat, guide.before)));
    }
    await staging.sync();

    for (const task of tasks.filter(({ step }) => step.to === undefined)) {
      await this.#assertSame(task);
      attempted.push(task.step.path);
      await unlink(join(top, task.step.path));
    }
    for (const folder of leftoverFolders(move, prefix)) {
      if (guide.removable?.has(folder) !== false) await removeIfEmpty(join(top, folder));
    }
    for (const task of tasks.filter(({ step }) => step.to !== undefined)) {
      const { path } = task.step;
      await this.#assertSame(task);
      attempted.push(path);
      const file = staged.get(path);
      if (file === undefined) {
        const permissions = permissionsOf(task.step, task.stat, guide.before);
        if (permissions !== undefined) await chmod(join(top, path), permissions);
        continue;
      }
      for (const folder of foldersOf(path)) await this.#makeFolder(folder, guide.before);
      await rename(file, join(top, path));
      staging.placed(file);
    }
    await this.#syncFolders(tasks);
  }

  /** The last look, right before a path is changed: the time since the first one is short, and this keeps it from mattering. */
  async #assertSame({ step, stat }: Task): Promise<void> {
    for (const folder of foldersOf(step.path)) {
      const parent = await statOf(join(this.#deps.top, folder));
      if (parent === undefined) break;
      if (!parent.isDirectory()) throw this.#deps.conflict([folder]);
    }
    if (!isSame(stat, await statOf(join(this.#deps.top, step.path)))) throw this.#deps.conflict([step.path]);
  }

  async #makeFolder(folder: string, before: Before | undefined): Promise<void> {
    const full = join(this.#deps.top, folder);
    try {
      await mkdir(full);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      return;
    }
    const permissions = before?.folders.get(folder);
    if (permissions !== undefined) await chmod(full, permissions);
  }

  async #syncFolders(tasks: readonly Task[]): Promise<void> {
    for (const folder of new Set(tasks.map(({ step }) => folderOf(step.path)))) {
      const full = join(this.#deps.top, folder);
      if ((await statOf(full))?.isDirectory() === true) await syncFolder(full);
    }
  }

  #staging(): Staging {
    const { top, blobs, commit } = this.#deps;
    return new Staging(top, blobs, commit);
  }
}

/** A file keeps its permissions where it keeps its mode; a file that comes back gets those it had. */
function permissionsOf({ path, to }: Step, stat: Stats | undefined, before: Before | undefined): number | undefined {
  if (to === undefined || to.mode === '120000') return undefined;
  const current = stat?.isFile() === true ? stat.mode & 0o7777 : undefined;
  if (current !== undefined && modeOf({ mode: current }) === to.mode) return current;
  const earlier = before?.files.get(path);
  if (earlier !== undefined && modeOf({ mode: earlier }) === to.mode) return earlier;
  if (current === undefined) return undefined;
  return to.mode === '100755' ? current | ((current & 0o444) >> 2) | 0o100 : current & ~0o111;
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    // Ignored files, or an empty folder of the person's, keep it.
    if (!isGone(error) && !['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  }
}

function writeFailed(error: unknown): WorktreeFault {
  const message = `the changes could not be written (${messageOf(error)}) and were taken back; make room or mend the permissions, then try again`;
  return new WorktreeFault('write-failed', message, [], { cause: error });
}

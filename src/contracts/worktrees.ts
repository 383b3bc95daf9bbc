import type { MissionId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import type { Permit } from './permit.ts';
import type { FileChange, FileReview, FileSelection, ObjectId } from './review.ts';
import type { CriticFile } from './critic.ts';
import type { WorktreeRef } from './mission.ts';

/** The raw bytes of a folder at one moment, kept as a tree in the repository and held by a ref. No branch moves. */
export interface Snapshot {
  readonly tree: ObjectId;
  readonly commit: ObjectId;
}

export type WorktreeErrorCode =
  | 'not-a-repository'
  | 'git-missing'
  | 'git-failed'
  | 'changed-meanwhile'
  | 'changed-since-apply'
  | 'outside-workspace'
  | 'unsupported-entry'
  /** The disk refused (full, read-only, no permission); what had been written was put back. */
  | 'write-failed';

export interface WorktreeError {
  readonly code: WorktreeErrorCode;
  /** One sentence: what, why, the next step. */
  readonly message: string;
  /** The paths it is about, relative to the repository's top. */
  readonly paths: readonly string[];
}

export interface RepositoryFacts {
  /** Real path of the repository's top. */
  readonly top: string;
  /** The workspace folder relative to `top`, `''` when they are the same, else with a trailing `/`. */
  readonly prefix: string;
  /** Real path of the git common directory, the repository's identity; of the folder where there is no repository. */
  readonly commonDir: string;
  readonly uncommitted: number;
  /** Folders with dependencies that a worktree lacks, because git ignores them; relative to `top`. */
  readonly leftBehind: readonly string[];
  /** The folder is in no repository: snapshots are kept in the store. `nested`: repositories in it, which are left out. */
  readonly withoutGit?: { readonly nested: readonly string[] };
}

/** From before the mission to as it left the files, or the other way. */
export type Direction = 'there' | 'back';

/** How one path of a mission's changes stands in the workspace now. */
export interface FileStanding {
  /** Before the mission and as it left it; renames are a deletion and an addition. */
  readonly change: FileChange;
  /** `ready`: it can go. `there`: it is already as it would become. `changed`: somebody else's work stands there, or in its way. */
  readonly standing: 'ready' | 'there' | 'changed';
  readonly now: 'file' | 'absent' | 'other';
}

/** The person's file with the mission's change taken in, or out; conflicts stand between markers. */
export interface MergedText {
  readonly text: string;
  readonly conflicts: number;
  /** SHA-256 of the person's bytes it was made from. */
  readonly nowSha256: string;
}

/**
 * Isolated copies of a workspace for agents, and the only way their changes come back.
 * Bytes are taken and given raw: no filters, no end-of-line conversion, no hooks, no external diff or textconv.
 */
export interface Worktrees {
  inspect(folder: string): Promise<Result<RepositoryFacts, WorktreeError>>;
  /** A detached worktree holding tracked and untracked, not ignored, files as they are on disk now. Idempotent for a mission. */
  create(missionId: MissionId, folder: string, signal: AbortSignal): Promise<Result<WorktreeRef, WorktreeError>>;
  /** Files that would be captured now, relative to the worktree's root. */
  files(missionId: MissionId, folder: string, worktree: WorktreeRef): Promise<Result<readonly string[], WorktreeError>>;
  /** The worktree's content as a tree, from the disk, kept from garbage collection under the mission's refs. */
  capture(missionId: MissionId, folder: string, worktree: WorktreeRef): Promise<Result<Snapshot, WorktreeError>>;
  /** Changed paths, renames found. `outside-workspace` when something beyond the workspace folder changed. */
  changes(folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>>;
  /** The same with hunks for the review. The same trees always give the same hunks, so that a selection can name them by their index. */
  review(folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileReview[], WorktreeError>>;
  /**
   * The tree with only the selected changes of `whole`, raw, kept under the mission's refs beside it. Touches no folder. Every path and
   * hunk MUST be one of the review, and a hunk never of a change that goes whole only.
   */
  narrow(
    missionId: MissionId,
    folder: string,
    base: Snapshot,
    whole: Snapshot,
    selection: readonly FileSelection[],
  ): Promise<Result<Snapshot, WorktreeError>>;
  /**
   * Makes what `capture` would take of the worktree exactly this tree, so that a command run there meets these bytes and no others.
   * Ignored files stay as they are: what a set-up made is still there. Safe to call again after a crash.
   */
  checkOut(missionId: MissionId, folder: string, worktree: WorktreeRef, tree: Snapshot): Promise<Result<void, WorktreeError>>;
  /** The texts critics look at. */
  criticFiles(folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly CriticFile[], WorktreeError>>;
  /** Bytes of one side of a path, for the native diff; `undefined` where it does not exist. */
  blob(folder: string, tree: ObjectId, path: string): Promise<Uint8Array | undefined>;
  /**
   * Writes exactly the changes between `base` and `result` into the workspace; the permit's `code.apply` MUST name both trees.
   * Refuses with `changed-meanwhile`, before the first byte, when a touched path is neither as in `base` nor as in `result`,
   * so that an interrupted apply can be finished by calling it again.
   */
  apply(permit: Permit, folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>>;
  /**
   * The way back, under a `code.rollback` permit, with `changed-since-apply`. A permit with `only` takes back these paths and no
   * others, still all of them or none.
   */
  rollback(permit: Permit, folder: string, result: Snapshot, base: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>>;
  /** `apply` once more after a rollback, under a `code.reapply` permit. */
  reapply(permit: Permit, folder: string, base: Snapshot, result: Snapshot): Promise<Result<readonly FileChange[], WorktreeError>>;
  /** How every changed path stands in the workspace. Reads only. */
  compare(folder: string, base: Snapshot, result: Snapshot, direction: Direction): Promise<Result<readonly FileStanding[], WorktreeError>>;
  /**
   * A three-way merge of one path on raw bytes, in the store; nothing in the workspace changes. `undefined` where there is nothing to
   * merge: a side is missing, is no regular file, or is not text.
   */
  merge(
    folder: string,
    base: Snapshot,
    result: Snapshot,
    direction: Direction,
    path: string,
  ): Promise<Result<MergedText | undefined, WorktreeError>>;
  /** Removes the worktree; the snapshots stay. Never fails on one that is gone. */
  remove(missionId: MissionId, folder: string): Promise<void>;
  /** Removes worktrees in the store that belong to none of `live`; returns how many. */
  sweep(live: ReadonlySet<MissionId>): Promise<number>;
}

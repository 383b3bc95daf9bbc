import type { Millis } from '../base/clock.ts';
import type { GrantId, MissionId, RequestId } from '../base/ids.ts';
import type { MicroUsd } from '../base/money.ts';
import type { Preset } from './preset.ts';
import type { Pause, Priority } from './queue.ts';
import type { TestRun } from './review.ts';
import type { Finding } from './verdict.ts';
import type { Snapshot } from './worktrees.ts';

export interface MissionEnd {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly message: string;
}

/** What a running mission has finished, so that it resumes after the last completed step. */
export interface MissionProgress {
  /** Set once the worktree stands. */
  readonly worktree?: WorktreeRef;
  readonly setUpDone: boolean;
  /** Roles of the preset that have finished, in order. */
  readonly agentsDone: readonly string[];
  /** 1 for the first try; the agents get one more when the checks say no. */
  readonly attempt: number;
  /** What the checks said of the attempt before. */
  readonly feedback?: string;
}

export interface WorktreeRef {
  readonly root: string;
  /** The workspace folder inside the worktree: `root` or below it. */
  readonly cwd: string;
  readonly base: Snapshot;
}

/** A change as it was tested and criticised, and all that apply and rollback need. */
export interface Proposed {
  readonly base: Snapshot;
  readonly result: Snapshot;
  readonly tests: TestRun;
  /** What the gate's checks and critics said of it. */
  readonly findings: readonly Finding[];
  /** Digest over the changed files, part of what is approved. */
  readonly filesSha256: string;
}

/** What is left out of one file of a change. */
export interface LeftOut {
  readonly path: string;
  readonly hunks: number;
  /** Nothing of the file is kept. */
  readonly whole: boolean;
}

/** What a person kept of a change. The rest stays with it, so that nothing is lost. */
export interface Narrowing {
  /** The request in which it was last narrowed. */
  readonly requestId: RequestId;
  /** What the agents made, however often it was narrowed since. */
  readonly whole: Proposed;
  /** What is missing of `whole`. */
  readonly leftOut: readonly LeftOut[];
}

/** Everything a person was shown. */
export interface Candidate extends Proposed {
  readonly narrowedFrom?: Narrowing;
  /** Why a selection of this was not possible. */
  readonly notNarrowed?: Finding;
}

/** What is verified, when it is not what the agents left in the worktree. */
export type VerifyTask =
  | { readonly kind: 'part'; readonly result: Snapshot; readonly narrowing: Narrowing }
  /** The selection was no good: the whole is brought back, and `problem` says why. */
  | { readonly kind: 'whole'; readonly whole: Proposed; readonly problem: Finding };

export type MissionState =
  | { readonly status: 'drafted' }
  | {
      readonly status: 'queued';
      readonly since: Millis;
      /** Default `normal`. */
      readonly priority?: Priority | undefined;
      /** Its order among those of one priority; default `since`. */
      readonly order?: number | undefined;
      /** Since when it rises by waiting; default `since`. */
      readonly rises?: Millis | undefined;
      /** A person keeps it from starting. */
      readonly paused?: Pause | undefined;
    }
  | { readonly status: 'running'; readonly step: string; readonly progress: MissionProgress }
  | { readonly status: 'verifying'; readonly progress: MissionProgress; readonly task?: VerifyTask }
  | {
      readonly status: 'awaiting-approval';
      readonly requestId: RequestId;
      readonly progress: MissionProgress;
      readonly candidate: Candidate;
    }
  /** Nobody answered in time. Opening it verifies again and asks again. */
  | { readonly status: 'parked'; readonly progress: MissionProgress; readonly candidate: Candidate; readonly reason: string }
  | { readonly status: 'applying'; readonly grantId: GrantId; readonly progress: MissionProgress; readonly candidate: Candidate }
  /** `refusal` says why the last rollback did not happen. */
  | { readonly status: 'done'; readonly at: Millis; readonly candidate: Candidate; readonly refusal?: MissionEnd }
  /** `only`: the paths the person chose, where others changed since the apply. */
  | { readonly status: 'rolling-back'; readonly at: Millis; readonly candidate: Candidate; readonly only?: readonly string[] }
  /** `only` as before; `refusal` says why the last Apply Again did not happen. Missions of the first version kept no candidate. */
  | {
      readonly status: 'rolled-back';
      readonly at: Millis;
      readonly candidate?: Candidate;
      readonly only?: readonly string[];
      readonly refusal?: MissionEnd;
    }
  | { readonly status: 'reapplying'; readonly at: Millis; readonly candidate: Candidate; readonly only?: readonly string[] }
  | { readonly status: 'rejected'; readonly at: Millis; readonly reason: string }
  | { readonly status: 'failed'; readonly at: Millis; readonly end: MissionEnd }
  | { readonly status: 'cancelled'; readonly at: Millis; readonly reason: string };

export type MissionStatus = MissionState['status'];

export interface Mission {
  readonly id: MissionId;
  readonly workspaceId: string;
  readonly tenantId: string;
  /** Absolute path of the workspace folder. */
  readonly folder: string;
  readonly preset: Preset;
  readonly goal: string;
  readonly budget: MicroUsd;
  /** The program that flies in every role, fixed at launch. */
  readonly agent: string;
  /** `DEMO` or the model's name, fixed at launch. */
  readonly model: string;
  readonly createdAt: Millis;
  readonly state: MissionState;
}

/** What the gate's checks know of a mission. */
export interface MissionFacts {
  readonly id: MissionId;
  readonly status: MissionStatus;
  readonly workspaceId: string;
  readonly folder: string;
  readonly guardrails: Preset['guardrails'];
  /** Absolute root the agents work in; `undefined` before the worktree stands. */
  readonly root: string | undefined;
  readonly cwd: string | undefined;
  readonly testArgv: readonly string[];
  readonly setUpArgv: readonly string[] | undefined;
  readonly budget: MicroUsd;
}

const final: ReadonlySet<MissionStatus> = new Set(['done', 'rejected', 'failed', 'cancelled', 'rolled-back']);

export function isFinal(status: MissionStatus): boolean {
  return final.has(status);
}

const active: ReadonlySet<MissionStatus> = new Set(['running', 'verifying', 'applying', 'rolling-back', 'reapplying']);

/** Whether it takes one of the places of `agents.max`. */
export function isActive(status: MissionStatus): boolean {
  return active.has(status);
}

import type { Millis } from '../base/clock.ts';
import type { MissionId, RequestId } from '../base/ids.ts';
import type { MicroUsd } from '../base/money.ts';
import type { AgentCard, AgentChoice, AgentProgram } from './agent.ts';
import type { ApprovalDecision, ApprovalRequest, DecisionRefusal, Risk } from './approval.ts';
import type { HealthItem, HealthLevel } from './health.ts';
import type { KillSwitch, KillSwitchName } from './killSwitches.ts';
import type { LedgerEntry, LedgerQuery } from './ledger.ts';
import type { LogLevel } from './logger.ts';
import type { MissionStatus } from './mission.ts';
import type { ModelProtocol, ModelTarget, ModelTest } from './models.ts';
import type { BudgetAlert, FlightEstimate, Pause, Priority, QueueChange, TimeRange, WaitReason } from './queue.ts';
import type { FileReview, FileSelection, Meter, Stopped, TestRun } from './review.ts';
import type { Finding } from './verdict.ts';
import type { Direction, FileStanding, MergedText } from './worktrees.ts';

/** Its key is no setting: see `KernelApi.setModelKey`. */
export interface UpstreamSettings {
  /** Default `openai`. */
  readonly protocol?: ModelProtocol | undefined;
  readonly baseUrl: string;
  readonly model: string;
  readonly inputUsdPerMTok: number;
  readonly outputUsdPerMTok: number;
}

/** What the kernel takes from the settings. The host sends it whole, at the start and after each change. */
export interface KernelSettings {
  readonly maxMissions: number;
  readonly agents: {
    /** The one that flies when nobody chooses. */
    readonly preferred: string;
    readonly programs: Readonly<Record<string, AgentProgram>>;
    /** Ask which one flies, for each mission. */
    readonly ask: boolean;
  };
  readonly spawnDelayMs: Millis;
  readonly agentStartMs: Millis;
  readonly budget: { readonly mission: MicroUsd; readonly day: MicroUsd; readonly month: MicroUsd; readonly alertAt: number };
  readonly approvalExpiresMs: Millis;
  readonly demo: boolean;
  readonly upstream: UpstreamSettings | undefined;
  /** Continue interrupted missions. */
  readonly persist: boolean;
  readonly useWorktrees: boolean;
  /** Relative to the workspace folder. */
  readonly templatesPath: string;
  readonly logLevel: LogLevel;
  /** False in an untrusted workspace: nothing is launched, decided or rolled back. */
  readonly trusted: boolean;
}

export type KernelErrorCode =
  | 'store-unavailable'
  | 'unknown-mission'
  | 'unknown-preset'
  | 'wrong-state'
  | 'read-only'
  | 'untrusted-workspace'
  | 'no-model'
  | 'no-agent'
  | 'bad-model'
  | 'bad-goal'
  | 'bad-selection'
  | 'not-a-repository'
  | 'kernel-stopped'
  | 'internal'
  | DecisionRefusal;

export interface PresetCard {
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** What a person reads before a launch. */
export interface PreFlight {
  readonly missionId: MissionId;
  readonly preset: PresetCard;
  readonly goal: string;
  /** The program that flies in every role. */
  readonly agent: AgentCard;
  /** The roles. */
  readonly agents: readonly string[];
  readonly tools: readonly string[];
  readonly guardrails: readonly string[];
  readonly critics: readonly string[];
  readonly costFrom: MicroUsd;
  readonly costTo: MicroUsd;
  readonly minutesFrom: number;
  readonly minutesTo: number;
  readonly risk: Risk;
  readonly testCommand: string;
  readonly model: string;
  readonly demo: boolean;
  readonly isolation: string | undefined;
  readonly uncommitted: number;
  /** How long it likely works. */
  readonly flight: FlightEstimate;
  readonly position: number;
  /** Absent while the queue is paused. */
  readonly wait?: TimeRange;
  readonly meters: readonly Meter[];
  /** Sentences that keep it from launching; empty when it is GO. */
  readonly blockers: readonly string[];
  readonly warnings: readonly string[];
}

export interface MissionView {
  readonly id: MissionId;
  readonly presetTitle: string;
  readonly goal: string;
  readonly folder: string;
  readonly workspaceId: string;
  readonly status: MissionStatus;
  /** One line: the running step, the reason it ended. */
  readonly detail: string;
  readonly createdAt: Millis;
  readonly spent: MicroUsd;
  readonly budget: MicroUsd;
  readonly agent: string;
  readonly model: string;
  readonly demo: boolean;
  /** 1-based place among the queued, with the wait unless it is paused; absent when not queued. */
  readonly queue?: { readonly position: number; readonly wait?: TimeRange; readonly priority: Priority; readonly paused?: Pause };
  /** Why it does not go on now; empty when it works or has ended. */
  readonly waiting: readonly WaitReason[];
  readonly requestId?: RequestId;
  /** Another window runs it. */
  readonly elsewhere: boolean;
}

/** Set on the review of a part: what a person kept of an earlier review, tested and criticised by itself. */
export interface NarrowedFrom {
  /** The request the selection was made in. */
  readonly requestId: RequestId;
  /** Files of which nothing is left. */
  readonly filesLeftOut: number;
  /** Hunks left out of files of which something stays. */
  readonly hunksLeftOut: number;
}

/** Everything the approval webview shows for one request. */
export interface ReviewDetail {
  readonly request: ApprovalRequest;
  readonly mission: MissionView | undefined;
  readonly files: readonly FileReview[];
  /** For a request that is not a diff: the action in full, as text. */
  readonly content: string | undefined;
  readonly tests: TestRun | undefined;
  readonly findings: readonly Finding[];
  readonly stopped: readonly Stopped[];
  readonly meters: readonly Meter[];
  readonly isolation: string | undefined;
  readonly queuePosition: number;
  readonly queueLength: number;
  readonly narrowedFrom?: NarrowedFrom;
  /** Missions that wait for a place, and when the next of them likely starts. */
  readonly queued: number;
  readonly nextStart?: TimeRange;
}

export interface MissionStanding {
  readonly direction: Direction;
  /** Real path of the folder that the paths are relative to. */
  readonly top: string;
  readonly files: readonly FileStanding[];
}

/** Whole state for trees and status bar, sent whenever something changed. */
export interface KernelSnapshot {
  readonly missions: readonly MissionView[];
  readonly approvals: readonly ApprovalRequest[];
  readonly meters: readonly Meter[];
  readonly switches: readonly KillSwitch[];
  /** A person keeps all waiting missions from starting. */
  readonly queuePause?: Pause;
  readonly health: { readonly level: HealthLevel; readonly items: readonly HealthItem[] };
}

/**
 * The kernel as the editor and the terminal see it. Every method rejects with a `CodedError<KernelErrorCode>`.
 * There is no method that decides without the digest shown.
 */
export interface KernelApi {
  configure(settings: KernelSettings): Promise<void>;
  snapshot(): Promise<KernelSnapshot>;
  presets(folder: string): Promise<readonly PresetCard[]>;
  /** Asks the agents' programs for their versions, if there is a choice. */
  agents(): Promise<AgentChoice>;
  /** Drafts a mission, by default for the preferred agent, and says what would happen. Nothing runs but the agent's `--version`. */
  preFlight(presetId: string, goal: string, folder: string, agentId?: string): Promise<PreFlight>;
  launch(missionId: MissionId): Promise<void>;
  cancel(missionId: MissionId, reason: string): Promise<void>;
  /** Verifies again and asks again. */
  reopen(missionId: MissionId): Promise<void>;
  /** With `only`, takes back these paths and leaves the others as they are: a person chose so, after reading `standing`. */
  rollBack(missionId: MissionId, only?: readonly string[]): Promise<void>;
  /** After a rollback: exactly the bytes that were applied before. Refused when the files changed, or nobody approved these bytes. */
  applyAgain(missionId: MissionId): Promise<void>;
  /** How the files of a mission's changes stand in the workspace now: for the way back of an applied one, else for the way there. */
  standing(missionId: MissionId): Promise<MissionStanding>;
  /** The person's file with the mission's change merged in, or out; `undefined` where there is nothing to merge. Writes nothing. */
  merged(missionId: MissionId, path: string): Promise<MergedText | undefined>;
  /** Changes when waiting missions of this window start, or whether any does. */
  changeQueue(change: QueueChange, by: string): Promise<void>;
  review(requestId: RequestId): Promise<ReviewDetail>;
  /** `unsavedPaths`: absolute paths of editors with unsaved changes; an approval touching one is refused. */
  decide(decision: ApprovalDecision, unsavedPaths: readonly string[]): Promise<void>;
  /**
   * Takes the request back and asks anew for what is kept of its changes, once that was tested and criticised by itself. Applies nothing.
   * A selection the checks say no to brings the whole back, with a finding that says why. Rejects with `bad-selection` for a path or hunk
   * the review does not have, one named twice, nothing kept, or everything kept.
   */
  narrow(requestId: RequestId, digest: string, selection: readonly FileSelection[], by: string): Promise<void>;
  /** A decision that could not even be parsed or matched, for the record. */
  refused(requestId: string, reason: string): Promise<void>;
  /** Bytes for the native diff. */
  blob(missionId: MissionId, side: 'before' | 'after', path: string): Promise<Uint8Array | undefined>;
  ledger(query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  stopEverything(by: string, reason: string): Promise<void>;
  liftSwitch(name: KillSwitchName, since: Millis, by: string): Promise<void>;
  /**
   * Hands over the key of a model's server, or takes it back. It is kept in the kernel's memory only, goes to that server's origin and
   * nowhere else, and is part of no snapshot, log, record or agent's environment. Rejects with `bad-model` for an address or a key that
   * cannot be used.
   */
  setModelKey(baseUrl: string, key: string | undefined): Promise<void>;
  /** Asks a model's server, with the key handed over for it, which models it has, and for a few tokens when a model is named. Recorded as the person's own action. */
  testModel(target: ModelTarget): Promise<ModelTest>;
  shutdown(): Promise<void>;
}

export type KernelEvent =
  | { readonly kind: 'snapshot'; readonly snapshot: KernelSnapshot }
  | { readonly kind: 'budget-alert'; readonly alerts: readonly BudgetAlert[] }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string; readonly fields: Readonly<Record<string, unknown>> };

/** Every method, by name: what may be called across the worker's border. */
export const kernelMethods = [
  'configure',
  'snapshot',
  'presets',
  'agents',
  'preFlight',
  'launch',
  'cancel',
  'reopen',
  'rollBack',
  'changeQueue',
  'applyAgain',
  'standing',
  'merged',
  'review',
  'decide',
  'narrow',
  'refused',
  'blob',
  'ledger',
  'stopEverything',
  'liftSwitch',
  'setModelKey',
  'testModel',
  'shutdown',
] as const satisfies readonly (keyof KernelApi)[];

/** What the kernel worker is started with. */
export interface KernelBoot {
  /** Folder of the store. */
  readonly home: string;
  /** Absolute folders of this window: it runs their missions and no others. */
  readonly folders: readonly string[];
  /** The local person's name for the record. */
  readonly userId: string;
  /** The program this kernel works for, for the record: `gonogo/0.1.0 (Visual Studio Code 1.139.1)`. */
  readonly userAgent: string;
  /** Folder with `presets/` and `demo/`. */
  readonly media: string;
  /** The built-in agent's script. */
  readonly agentScript: string;
  readonly demoScript: string;
}

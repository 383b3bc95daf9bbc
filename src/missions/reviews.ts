import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { CodedError } from '../base/errors.ts';
import type { RequestId } from '../base/ids.ts';
import type { ApprovalRequest } from '../contracts/approval.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { KernelErrorCode, MissionView, NarrowedFrom, ReviewDetail } from '../contracts/kernelApi.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { Candidate, Mission, Narrowing } from '../contracts/mission.ts';
import type { FileReview, Meter } from '../contracts/review.ts';
import type { Sandbox } from '../contracts/sandbox.ts';
import type { Worktrees } from '../contracts/worktrees.ts';
import { markLines } from './lineMarks.ts';
import { applyDigest } from './missionActions.ts';
import { countLeftOut } from './selection.ts';
import { wholeOf } from './selectionCheck.ts';
import type { SqliteMissions } from './sqliteMissions.ts';
import { stoppedOn } from './stopped.ts';

export interface ReviewsOptions {
  readonly missions: SqliteMissions;
  readonly approvals: Approvals;
  readonly worktrees: Worktrees;
  readonly sandbox: Sandbox;
  readonly ledger: Ledger;
  readonly viewOf: (mission: Mission) => MissionView;
  readonly metersOf: (mission: Mission) => readonly Meter[];
  /** How many wait for a place, and when the next one starts. */
  readonly queueAhead: () => Pick<ReviewDetail, 'queued' | 'nextStart'>;
}

type Refuse = (code: KernelErrorCode, message: string) => CodedError<KernelErrorCode>;
const refuse: Refuse = (code, message) => new CodedError(code, message);

/** What a person is shown of a request, and whether that is what they can decide. */
export class Reviews {
  readonly #options: ReviewsOptions;
  /** The last review with its marks: it is asked for again with every change of anything. */
  #last: { readonly digest: string; readonly count: number; readonly files: readonly FileReview[] } | undefined;

  constructor(options: ReviewsOptions) {
    this.#options = options;
  }

  /** Requests a person can decide now: the one of a mission only once its changes can be shown. Oldest first. */
  pending(): readonly ApprovalRequest[] {
    return this.#options.approvals.pending().filter((request) => this.#isReady(request));
  }

  async detail(requestId: RequestId): Promise<ReviewDetail> {
    const { approvals, missions, worktrees, sandbox, ledger, viewOf, metersOf, queueAhead } = this.#options;
    const request = approvals.get(requestId);
    if (!request) throw refuse('unknown-request', 'this request is not known here; open the list of approvals again');
    const mission = request.missionId === undefined ? undefined : missions.get(request.missionId);
    if (request.state.status === 'pending' && !this.#isReady(request) && !isNarrowed(mission))
      throw refuse('wrong-state', 'this review is not ready yet; it opens by itself in a moment');
    const candidate = mission && candidateOf(mission, request);
    const files = mission && candidate && (await worktrees.review(mission.folder, candidate.base, candidate.result));
    if (files && !files.ok) throw refuse('internal', files.error.message);
    const pending = this.pending();
    const health = await sandbox.health();
    const tests = candidate?.tests;
    return {
      request,
      mission: mission && viewOf(mission),
      files: this.#marked(request, files?.value ?? []),
      content: approvals.contentOf(requestId) || undefined,
      tests,
      findings: [...(candidate?.notNarrowed ? [candidate.notNarrowed] : []), ...request.findings],
      stopped: mission ? stoppedOn(ledger.query({ missionId: mission.id, result: 'blocked', limit: 200 })) : [],
      meters: mission ? metersOf(mission) : [],
      isolation: tests && 'isolation' in tests ? tests.isolation : health.available ? health.isolation : undefined,
      queuePosition: pending.findIndex((each) => each.id === requestId) + 1,
      queueLength: pending.length,
      ...(candidate?.narrowedFrom ? { narrowedFrom: shownOf(candidate.narrowedFrom) } : {}),
      ...queueAhead(),
    };
  }

  /** Why these changes cannot be decided now; `undefined` when they can. `unsavedPaths`, absolute, are those an approval must not touch. */
  async obstacle(requestId: RequestId, unsavedPaths: readonly string[]): Promise<CodedError<KernelErrorCode> | undefined> {
    const { approvals, missions, worktrees } = this.#options;
    const request = approvals.get(requestId);
    if (request?.state.status !== 'pending' || request.kind !== 'code.apply') return undefined;
    const mission = request.missionId === undefined ? undefined : missions.get(request.missionId);
    const candidate = mission && candidateOf(mission, request);
    if (!mission || !candidate || !this.#isReady(request))
      return refuse('stale-digest', 'the mission has gone on since this was shown; open its newest review and decide there');
    if (unsavedPaths.length === 0) return undefined;
    const [facts, changes] = [
      await worktrees.inspect(mission.folder),
      await worktrees.changes(mission.folder, candidate.base, candidate.result),
    ];
    if (!facts.ok) return refuse('not-a-repository', facts.error.message);
    if (!changes.ok) return refuse('internal', changes.error.message);
    const touched = new Set(changes.value.flatMap((change) => [change.path, ...(change.oldPath === undefined ? [] : [change.oldPath])]));
    for (const path of unsavedPaths) {
      const inside = relative(facts.value.top, await realPathOf(path))
        .split(sep)
        .join('/');
      if (touched.has(inside))
        return refuse('unsaved-changes', `\`${inside}\` has unsaved changes in the editor; save or revert them, then approve`);
    }
    return undefined;
  }

  #marked({ digest }: ApprovalRequest, files: readonly FileReview[]): readonly FileReview[] {
    if (this.#last?.digest !== digest || this.#last.count !== files.length)
      this.#last = { digest, count: files.length, files: markLines(files, () => performance.now()) };
    return this.#last.files;
  }

  #isReady(request: ApprovalRequest): boolean {
    if (request.kind !== 'code.apply') return true;
    const state = request.missionId === undefined ? undefined : this.#options.missions.get(request.missionId)?.state;
    return state?.status === 'awaiting-approval' && state.requestId === request.id;
  }
}

/** The changes a request asked for, as long as the mission still has exactly these. */
function candidateOf(mission: Mission, request: ApprovalRequest): Candidate | undefined {
  if (request.kind !== 'code.apply') return undefined;
  const { state } = mission;
  const candidate = 'candidate' in state ? state.candidate : 'task' in state && state.task ? wholeOf(state.task) : undefined;
  return candidate && applyDigest(mission, candidate) === request.digest ? candidate : undefined;
}

/** A selection of it is being checked: it can still be read. */
function isNarrowed(mission: Mission | undefined): boolean {
  return mission?.state.status === 'verifying' && mission.state.task !== undefined;
}

function shownOf({ requestId, leftOut }: Narrowing): NarrowedFrom {
  return { requestId, ...countLeftOut(leftOut) };
}

/** Also of a file that is not on disk yet, in a folder that may be a link. */
async function realPathOf(path: string): Promise<string> {
  return realpath(path).catch(async () => join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path)));
}

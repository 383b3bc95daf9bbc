import { assertNever } from '../base/assertNever.ts';
import type { Clock } from '../base/clock.ts';
import { digestOf } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { Result } from '../base/result.ts';
import type { Performed } from '../contracts/gate.ts';
import type { Candidate, Mission, MissionProgress, MissionState, Proposed, VerifyTask } from '../contracts/mission.ts';
import type { FileChange, TestRun } from '../contracts/review.ts';
import { StoreUnavailable, type UnitOfWork } from '../contracts/unitOfWork.ts';
import type { Finding } from '../contracts/verdict.ts';
import type { Snapshot, WorktreeError, Worktrees } from '../contracts/worktrees.ts';
import { mustWait, type Proposal } from './missionActions.ts';
import type { MissionCommands } from './missionCommands.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

export interface SelectionCheckOptions {
  readonly missions: Pick<SqliteMissions, 'saveTestRun'>;
  readonly worktrees: Pick<Worktrees, 'changes' | 'checkOut'>;
  readonly commands: Pick<MissionCommands, 'test'>;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** Asks for a change to be applied, without a grant. */
  readonly propose: (
    mission: Mission,
    proposal: Proposal,
    signal: AbortSignal,
  ) => Promise<Performed<Result<readonly FileChange[], WorktreeError>>>;
}

const OUTPUT_CHARS = 4_000;

export const notReviewed = {
  code: 'not-reviewed',
  message: 'The changes passed without a review, which must not happen. Roll the mission back and report this.',
} as const;

interface Why {
  readonly code: string;
  readonly reason: string;
  /** The end of what failing tests said. */
  readonly output?: string;
}

/** What became of one change that was laid out, tested and proposed. */
type Looked =
  | { readonly outcome: 'asked'; readonly state: (kept: Pick<Candidate, 'narrowedFrom' | 'notNarrowed'>) => MissionState }
  | { readonly outcome: 'no'; readonly why: Why }
  | { readonly outcome: 'wait' }
  | { readonly outcome: 'not-reviewed' };

/**
 * Verifies what a person kept of a change: on its own bytes, by the tests and critics the whole went through. A selection that does not
 * pass is no end of the mission: the whole comes back, with a finding that says why.
 */
export class SelectionCheck {
  readonly #options: SelectionCheckOptions;

  constructor(options: SelectionCheckOptions) {
    this.#options = options;
  }

  /** The mission's next state; `undefined` when it has to wait. Safe to take again after a crash. */
  async take(mission: Mission, progress: MissionProgress, task: VerifyTask, signal: AbortSignal): Promise<MissionState | undefined> {
    const whole = wholeOf(task);
    const result = task.kind === 'part' ? task.result : whole.result;
    const looked = await this.#look(mission, progress, whole.base, result, signal);
    switch (looked.outcome) {
      case 'wait':
        return undefined;
      case 'not-reviewed':
        return { status: 'failed', at: this.#options.clock.now(), end: notReviewed };
      case 'asked':
        return looked.state(task.kind === 'part' ? { narrowedFrom: task.narrowing } : { notNarrowed: task.problem });
      case 'no':
        if (task.kind === 'whole')
          return parkedWhole(progress, task, `The whole change could not be asked for again: ${looked.why.reason}`);
        return { status: 'verifying', progress, task: { kind: 'whole', whole, problem: problemOf(looked.why) } };
      default:
        return assertNever(looked);
    }
  }

  async #look(mission: Mission, progress: MissionProgress, base: Snapshot, result: Snapshot, signal: AbortSignal): Promise<Looked> {
    const { worktrees, missions, unitOfWork, commands, propose } = this.#options;
    const { worktree } = progress;
    if (!worktree) return no({ code: 'worktree-lost', reason: 'The worktree is gone.' });
    const laidOut = await worktrees.checkOut(mission.id, mission.folder, worktree, result);
    if (!laidOut.ok) return no(layOutFailure(laidOut.error));
    const changes = await worktrees.changes(mission.folder, base, result);
    if (!changes.ok) return no(layOutFailure(changes.error));
    const tests = await commands.test(mission, worktree, result, signal);
    signal.throwIfAborted();
    await unitOfWork.run(() => missions.saveTestRun(mission.id, result.tree, tests));
    const proposal = { base, result, filesSha256: digestOf(changes.value.map((change) => ({ ...change }))) };
    const asked = await propose(mission, proposal, signal);
    switch (asked.status) {
      case 'done':
        return { outcome: 'not-reviewed' };
      case 'failed':
        if (asked.error instanceof StoreUnavailable) return { outcome: 'wait' };
        return no({ code: 'apply-failed', reason: sentence(messageOf(asked.error)) });
      case 'refused': {
        const { verdict } = asked;
        if (verdict.effect !== 'hold') return mustWait(verdict) ? { outcome: 'wait' } : no(refusalOf(verdict.findings, tests));
        const { findings, request } = verdict;
        const proposed: Proposed = { ...proposal, tests, findings };
        return {
          outcome: 'asked',
          state: (kept) => ({ status: 'awaiting-approval', requestId: request.id, progress, candidate: { ...proposed, ...kept } }),
        };
      }
      default:
        return assertNever(asked);
    }
  }
}

/** The whole waits until it is opened again, since what was under way cannot go on. */
export function parkedWhole(progress: MissionProgress, task: VerifyTask, why: string): MissionState {
  const notNarrowed = task.kind === 'whole' ? task.problem : problemOf({ code: 'interrupted', reason: why });
  const reason = `${why} Open it again to have the whole change checked and asked once more.`;
  return { status: 'parked', progress, candidate: { ...wholeOf(task), notNarrowed }, reason };
}

/** How a change a person was shown is verified again; `undefined`: as the agents left it. */
export function taskAgain(candidate: Candidate): VerifyTask | undefined {
  const { narrowedFrom, notNarrowed, ...proposed } = candidate;
  if (narrowedFrom) return { kind: 'part', result: candidate.result, narrowing: narrowedFrom };
  return notNarrowed && { kind: 'whole', whole: proposed, problem: notNarrowed };
}

export function wholeOf(task: VerifyTask): Proposed {
  return task.kind === 'part' ? task.narrowing.whole : task.whole;
}

function no(why: Why): Looked {
  return { outcome: 'no', why };
}

function problemOf({ code, reason, output }: Why): Finding {
  return {
    check: 'selection',
    effect: 'hold',
    code: 'selection-refused',
    reason: `Your selection could not be used, so this is the whole change again. ${reason}`,
    evidence: { code, ...(output === undefined ? {} : { output }) },
  };
}

function layOutFailure({ code, message }: WorktreeError): Why {
  return { code, reason: `It could not be laid out: ${sentence(message)}` };
}

function refusalOf(findings: readonly Finding[], tests: TestRun): Why {
  const refusals = findings.filter((finding) => finding.effect === 'no-go');
  const reasons = refusals.map(({ location, reason }) => sentence(location ? `${location.path}:${location.line} ${reason}` : reason));
  return {
    code: refusals[0]?.code ?? 'no-go',
    reason: reasons.join(' '),
    ...(tests.status === 'failed' ? { output: tests.output.slice(-OUTPUT_CHARS) } : {}),
  };
}

function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

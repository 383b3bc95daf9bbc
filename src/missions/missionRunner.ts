import { abortReason } from '../base/abort.ts';
import type { Clock, Millis } from '../base/clock.ts';
import { assertNever } from '../base/assertNever.ts';
import { digestOf } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { CorrelationId, MissionId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import type { Result } from '../base/result.ts';
import type { ActionDraft } from '../contracts/action.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { Gate, EffectOutcome } from '../contracts/gate.ts';
import type { Candidate, Mission, MissionProgress, MissionState, WorktreeRef } from '../contracts/mission.ts';
import type { Permit } from '../contracts/permit.ts';
import type { PresetAgent } from '../contracts/preset.ts';
import type { FileChange, TestRun } from '../contracts/review.ts';
import type { SandboxResult } from '../contracts/sandbox.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import { decisive } from '../contracts/verdict.ts';
import type { Snapshot, Worktrees, WorktreeError } from '../contracts/worktrees.ts';
import type { Lease } from '../durable/leases.ts';
import { summarizeTests } from './testSummary.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

const MAX_ATTEMPTS = 2;

/** An agent's turn, as the composition root arranges it: token, tools, process. */
export type RunAgent = (turn: {
  readonly mission: Mission;
  readonly agent: PresetAgent;
  readonly worktree: WorktreeRef;
  readonly text: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}) => Promise<Result<void, { readonly code: string; readonly message: string }>>;

export interface RunnerOptions {
  readonly missions: SqliteMissions;
  readonly approvals: Approvals;
  readonly gate: Gate;
  readonly worktrees: Worktrees;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly runAgent: RunAgent;
  readonly runCommand: (permit: Permit, worktree: WorktreeRef, signal: AbortSignal) => Promise<SandboxResult>;
  /** A token for the mission itself, to test and to apply. */
  readonly missionToken: (mission: Mission) => Promise<string>;
  readonly spawnDelay: () => Millis;
}

type Next = MissionState | undefined;

/** Drives one mission, step by step. What is done is in the store before the next step begins. */
export class MissionRunner {
  readonly #options: RunnerOptions;
  #lastSpawn: Millis = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /**
   * Goes on until the mission waits for a person, waits for the gate, or is at its end.
   * An aborted `signal` leaves the state as it is.
   */
  async drive(id: MissionId, lease: Lease, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const mission = this.#options.missions.get(id);
      if (!mission) return;
      const next = await this.#step(mission, signal);
      if (!next) return;
      await this.#move(mission, next, lease);
    }
  }

  async #step(mission: Mission, signal: AbortSignal): Promise<Next> {
    const { state } = mission;
    switch (state.status) {
      case 'queued':
        return { status: 'running', step: 'Preparing a worktree', progress: { setUpDone: false, agentsDone: [], attempt: 1 } };
      case 'running':
        return this.#run(mission, state.progress, signal);
      case 'verifying':
        return this.#verify(mission, state.progress, signal);
      case 'awaiting-approval':
        return this.#afterDecision(state);
      case 'applying':
        return this.#apply(mission, state, signal);
      case 'rolling-back':
        return this.#rollBack(mission, state, signal);
      case 'drafted':
      case 'parked':
      case 'done':
      case 'rejected':
      case 'failed':
      case 'cancelled':
      case 'rolled-back':
        return undefined;
      default:
        return assertNever(state);
    }
  }

  async #run(mission: Mission, progress: MissionProgress, signal: AbortSignal): Promise<Next> {
    const { worktrees, runAgent } = this.#options;
    if (!progress.worktree) {
      const made = await worktrees.create(mission.id, mission.folder, signal);
      if (!made.ok) return this.#failed(made.error);
      return { status: 'running', step: 'Worktree ready', progress: { ...progress, worktree: made.value } };
    }
    if (!progress.setUpDone) {
      const problem = mission.preset.setUp ? await this.#setUp(mission, mission.preset.setUp, progress.worktree, signal) : undefined;
      if (problem) return this.#failed({ code: 'set-up-failed', message: problem });
      return { status: 'running', step: 'Ready to work', progress: { ...progress, setUpDone: true } };
    }
    const agent = mission.preset.agents.find((each) => !progress.agentsDone.includes(each.role));
    if (!agent) return { status: 'verifying', progress };
    await this.#paceSpawns(signal);
    const ran = await runAgent({
      mission,
      agent,
      worktree: progress.worktree,
      text: taskText(mission, progress),
      attempt: progress.attempt,
      signal,
    });
    signal.throwIfAborted();
    if (!ran.ok) return this.#failed({ code: ran.error.code, message: `${agent.title} stopped: ${ran.error.message}` });
    return {
      status: 'running',
      step: `${agent.title} is done`,
      progress: { ...progress, agentsDone: [...progress.agentsDone, agent.role] },
    };
  }

  async #verify(mission: Mission, progress: MissionProgress, signal: AbortSignal): Promise<Next> {
    const { worktrees, missions, unitOfWork, gate, missionToken } = this.#options;
    const { worktree } = progress;
    if (!worktree) return this.#failed({ code: 'worktree-lost', message: 'The worktree is gone. Launch the mission again.' });
    const captured = await worktrees.capture(mission.id, mission.folder, worktree);
    if (!captured.ok) return this.#failed(captured.error);
    const changes = await worktrees.changes(mission.folder, worktree.base, captured.value);
    if (!changes.ok) return this.#failed(changes.error);
    if (changes.value.length === 0)
      return this.#failed({ code: 'no-changes', message: 'The agents changed nothing. Try again with a goal that says more.' });
    const tests = await this.#test(mission, worktree, captured.value, signal);
    signal.throwIfAborted();
    if ('stopped' in tests) return undefined;
    await unitOfWork.run(() => missions.saveTestRun(mission.id, captured.value.tree, tests));
    const filesSha256 = digestOf(changes.value.map((change) => ({ ...change })));
    const draft = applyDraft(mission, worktree.base, captured.value, filesSha256, await missionToken(mission));
    // Nothing but a grant lets this through, and there is none yet: the effect only runs once a person has decided.
    const asked = await gate.perform(draft, (permit) => this.#applyEffect(permit, mission, worktree.base, captured.value), {
      signal,
      onHold: 'refuse',
    });
    if (asked.status === 'done')
      return this.#failed({
        code: 'not-reviewed',
        message: 'The changes passed without a review, which must not happen. Roll the mission back and report this.',
      });
    if (asked.status === 'failed') return this.#failed({ code: 'apply-failed', message: messageOf(asked.error) });
    const { verdict } = asked;
    if (verdict.effect === 'hold') {
      const candidate: Candidate = { base: worktree.base, result: captured.value, tests, findings: verdict.findings, filesSha256 };
      return { status: 'awaiting-approval', requestId: verdict.request.id, progress, candidate };
    }
    if (isStop(decisive(verdict.findings)?.code)) return undefined;
    const refusals = verdict.findings.filter((finding) => finding.effect === 'no-go');
    const reasons = refusals
      .map((finding) => (finding.location ? `${finding.location.path}:${finding.location.line} ${finding.reason}` : finding.reason))
      .join('\n');
    if (progress.attempt >= MAX_ATTEMPTS) return this.#failed({ code: refusals[0]?.code ?? 'no-go', message: reasons });
    const output = tests.status === 'failed' ? `\n\n${tests.output.slice(-4_000)}` : '';
    return {
      status: 'running',
      step: 'Trying once more',
      progress: { ...progress, agentsDone: [], attempt: progress.attempt + 1, feedback: reasons + output },
    };
  }

  #afterDecision(state: Extract<MissionState, { status: 'awaiting-approval' }>): Next {
    const { approvals, clock } = this.#options;
    const request = approvals.get(state.requestId);
    const { progress, candidate } = state;
    switch (request?.state.status) {
      case 'pending':
        return undefined;
      case 'approved':
        return { status: 'applying', grantId: request.state.grantId, progress, candidate };
      case 'rejected':
        return { status: 'rejected', at: clock.now(), reason: request.state.reason };
      case 'withdrawn':
        return { status: 'cancelled', at: clock.now(), reason: request.state.reason };
      case 'expired':
        return {
          status: 'parked',
          progress,
          candidate,
          reason: 'Nobody answered in time. Open it again to have it checked and asked once more.',
        };
      case 'superseded':
      case undefined:
        return {
          status: 'parked',
          progress,
          candidate,
          reason: 'The request is gone. Open it again to have it checked and asked once more.',
        };
    }
  }

  async #apply(mission: Mission, state: Extract<MissionState, { status: 'applying' }>, signal: AbortSignal): Promise<Next> {
    const { gate, missionToken, clock } = this.#options;
    const { candidate, progress } = state;
    const draft = applyDraft(mission, candidate.base, candidate.result, candidate.filesSha256, await missionToken(mission));
    const performed = await gate.perform(draft, (permit) => this.#applyEffect(permit, mission, candidate.base, candidate.result), {
      signal,
      grantId: state.grantId,
      onHold: 'refuse',
    });
    if (performed.status === 'failed') return this.#failed({ code: 'apply-failed', message: messageOf(performed.error) });
    if (performed.status === 'refused') {
      if (isStop(decisive(performed.verdict.findings)?.code)) return undefined;
      return { status: 'parked', progress, candidate, reason: performed.reason };
    }
    const applied = performed.value;
    if (!applied.ok) return { status: 'parked', progress, candidate, reason: applied.error.message };
    return { status: 'done', at: clock.now(), candidate };
  }

  /** A person's way back: everything as it was, or nothing and why. */
  async #rollBack(mission: Mission, state: Extract<MissionState, { status: 'rolling-back' }>, signal: AbortSignal): Promise<Next> {
    const { gate, worktrees, clock } = this.#options;
    const { base, result } = state.candidate;
    const draft: ActionDraft = {
      ...common(mission),
      kind: 'code.rollback',
      principal: { kind: 'person', id: 'local' },
      surface: 'command',
      input: { fromTree: result.tree, toTree: base.tree },
    };
    const performed = await gate.perform(draft, (permit) => outcomeOf(worktrees.rollback(permit, mission.folder, result, base)), {
      signal,
      onHold: 'refuse',
    });
    const refusal =
      performed.status === 'refused'
        ? { code: 'no-go', message: performed.reason }
        : performed.status === 'failed'
          ? { code: 'rollback-failed', message: messageOf(performed.error) }
          : performed.value.ok
            ? undefined
            : { code: performed.value.error.code, message: performed.value.error.message };
    if (refusal) return { status: 'done', at: state.at, candidate: state.candidate, refusal };
    return { status: 'rolled-back', at: clock.now() };
  }

  #applyEffect(
    permit: Permit,
    mission: Mission,
    base: Snapshot,
    result: Snapshot,
  ): Promise<EffectOutcome<Result<readonly FileChange[], WorktreeError>>> {
    return outcomeOf(this.#options.worktrees.apply(permit, mission.folder, base, result));
  }

  async #setUp(mission: Mission, argv: readonly string[], worktree: WorktreeRef, signal: AbortSignal): Promise<string | undefined> {
    const ran = await this.#command(mission, argv, worktree, signal);
    if (ran.status === 'refused') return ran.reason;
    if (ran.status === 'failed') return messageOf(ran.error);
    if (ran.value.exitCode === 0) return undefined;
    return `\`${argv.join(' ')}\` ended with ${ran.value.exitCode ?? ran.value.signal ?? 'a time-out'}: ${ran.value.output.trim().split('\n').at(-1) ?? ''}`;
  }

  async #test(mission: Mission, worktree: WorktreeRef, tree: Snapshot, signal: AbortSignal): Promise<TestRun | { readonly stopped: true }> {
    const known = this.#options.missions.testRun(mission.id, tree.tree);
    if (known?.status === 'passed') return known;
    const ran = await this.#command(mission, mission.preset.test, worktree, signal);
    if (ran.status === 'failed') return { status: 'not-run', summary: `The tests could not run: ${messageOf(ran.error)}` };
    if (ran.status === 'refused') {
      const code = decisive(ran.verdict.findings)?.code;
      return isStop(code) ? { stopped: true } : { status: 'not-run', summary: ran.reason.replace(/^NO-GO: /, '') };
    }
    const { exitCode, timedOut, output, durationMs, isolation } = ran.value;
    const passed = exitCode === 0 && !timedOut;
    return { status: passed ? 'passed' : 'failed', summary: summarizeTests(output, passed, timedOut), output, durationMs, isolation };
  }

  async #command(mission: Mission, argv: readonly string[], worktree: WorktreeRef, signal: AbortSignal) {
    const { gate, runCommand, missionToken } = this.#options;
    const draft: ActionDraft = {
      ...common(mission),
      kind: 'shell.exec',
      principal: { kind: 'mission', id: mission.id },
      capability: await missionToken(mission),
      resource: argv.join(' '),
      cwd: worktree.cwd,
      input: { argv: [...argv] },
    };
    return gate.perform(
      draft,
      async (permit) => {
        const value = await runCommand(permit, worktree, signal);
        const summary = {
          exitCode: value.exitCode,
          signal: value.signal,
          timedOut: value.timedOut,
          durationMs: Math.round(value.durationMs),
          outputBytes: value.outputBytes,
          isolation: value.isolation,
        };
        return { value, result: value.exitCode === 0 ? 'success' : 'failure', summary };
      },
      { signal, onHold: 'refuse' },
    );
  }

  /** Agents start at least `agents.spawnDelayMs` apart, so that several missions do not storm the machine. */
  async #paceSpawns(signal: AbortSignal): Promise<void> {
    const { clock, spawnDelay } = this.#options;
    const at = Math.max(clock.now(), this.#lastSpawn + spawnDelay());
    this.#lastSpawn = at;
    const wait = at - clock.now();
    if (wait <= 0) return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        timer[Symbol.dispose]();
        reject(abortReason(signal));
      };
      const timer = clock.after(wait, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async #move(mission: Mission, next: MissionState, lease: Lease): Promise<void> {
    const { unitOfWork, missions } = this.#options;
    await unitOfWork.run(() => void missions.move(mission.id, mission.state.status, next, lease));
  }

  #failed(end: { readonly code: string; readonly message: string }): MissionState {
    return { status: 'failed', at: this.#options.clock.now(), end: { code: end.code, message: end.message } };
  }
}

/** A pulled switch stops a mission where it is; it goes on when a person resumes. */
function isStop(code: string | undefined): boolean {
  return code === 'global-write';
}

function common(mission: Mission) {
  return {
    domain: mission.preset.domain,
    resource: mission.id,
    cwd: mission.folder,
    workspaceId: mission.workspaceId,
    tenantId: mission.tenantId,
    sessionId: mission.id,
    correlationId: mission.id as string as CorrelationId,
    missionId: mission.id,
    estimatedCost: zeroUsd,
    surface: 'mission',
    effect: 'ours',
  } as const;
}

function applyDraft(mission: Mission, base: Snapshot, result: Snapshot, filesSha256: string, capability: string): ActionDraft {
  return {
    ...common(mission),
    kind: 'code.apply',
    principal: { kind: 'mission', id: mission.id },
    capability,
    input: { baseTree: base.tree, tree: result.tree, filesSha256 },
  };
}

function taskText(mission: Mission, progress: MissionProgress): string {
  const task = `Goal: ${mission.goal}\n\nThe test command is: ${JSON.stringify(mission.preset.test)}`;
  return progress.feedback ? `${task}\n\nThe checks said no to the last attempt:\n${progress.feedback}` : task;
}

async function outcomeOf(
  changing: Promise<Result<readonly FileChange[], WorktreeError>>,
): Promise<EffectOutcome<Result<readonly FileChange[], WorktreeError>>> {
  const value = await changing;
  if (!value.ok)
    return {
      value,
      result: 'failure',
      summary: {
        code: value.error.code,
        message: value.error.message.toWellFormed(),
        paths: value.error.paths.map((path) => path.toWellFormed()),
      },
    };
  const files = value.value.map((change) => ({
    path: change.path.toWellFormed(),
    kind: change.kind,
    ...(change.afterSha256 ? { sha256: change.afterSha256 } : {}),
  }));
  return { value, result: 'success', summary: { files } };
}

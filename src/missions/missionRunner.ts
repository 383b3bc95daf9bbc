import { assertNever } from '../base/assertNever.ts';
import type { Clock, Millis } from '../base/clock.ts';
import { digestOf } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { EffectOutcome, Gate } from '../contracts/gate.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { Candidate, Mission, MissionProgress, MissionState, WorktreeRef } from '../contracts/mission.ts';
import type { Permit } from '../contracts/permit.ts';
import type { PresetAgent } from '../contracts/preset.ts';
import type { FileChange, TestRun } from '../contracts/review.ts';
import { StoreUnavailable, type UnitOfWork } from '../contracts/unitOfWork.ts';
import type { Verdict } from '../contracts/verdict.ts';
import type { WorktreeError, Worktrees } from '../contracts/worktrees.ts';
import type { Lease } from '../durable/leases.ts';
import { pause } from '../resilience/wait.ts';
import { effectSince, failureOf } from './effectRecord.ts';
import { applyDraft, mustWait, outcomeOf, type Proposal } from './missionActions.ts';
import type { MissionCommands } from './missionCommands.ts';
import { PersonsMoves, RECENT } from './personsMoves.ts';
import { notReviewed, SelectionCheck } from './selectionCheck.ts';
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
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly worktrees: Worktrees;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly commands: MissionCommands;
  readonly runAgent: RunAgent;
  /** A token for the mission itself, to test and to apply. */
  readonly missionToken: (mission: Mission) => Promise<string>;
  readonly spawnDelay: () => Millis;
  /** Whether everything is stopped now. */
  readonly stopped: () => boolean;
  /** How often the store has failed so far. */
  readonly storeFailures: () => number;
}

type Next = MissionState | undefined;

/** Drives one mission, step by step. What is done is in the store before the next step begins. */
export class MissionRunner {
  readonly #options: RunnerOptions;
  readonly #selections: SelectionCheck;
  readonly #personsMoves: PersonsMoves;
  #lastSpawn: Millis = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const propose = (mission: Mission, proposal: Proposal, signal: AbortSignal) => this.#perform(mission, proposal, undefined, signal);
    this.#selections = new SelectionCheck({ ...options, propose });
    this.#personsMoves = new PersonsMoves(options);
  }

  /**
   * Goes on until the mission waits for a person, has to wait until the store or a switch lets it go on, or is at its end.
   * An aborted `signal` leaves the state as it is.
   */
  async drive(id: MissionId, lease: Lease, signal: AbortSignal): Promise<void> {
    const { missions, unitOfWork, stopped, storeFailures } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const mission = missions.get(id);
      if (!mission) return;
      const failures = storeFailures();
      const next = await this.#step(mission, signal);
      if (!next) return;
      const { status } = mission.state;
      // What an interruption broke says nothing about the work: the step is taken again.
      if (next.status === 'failed' || status === 'verifying') signal.throwIfAborted();
      // Nor does what was refused because everything was stopped or nothing could be recorded.
      if ((status === 'running' || status === 'verifying') && (stopped() || storeFailures() !== failures)) return;
      await unitOfWork.run(() => void missions.move(id, status, next, lease));
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
        if (state.task) return this.#selections.take(mission, state.progress, state.task, signal);
        return this.#verify(mission, state.progress, signal);
      case 'awaiting-approval':
        return this.#afterDecision(state);
      case 'applying':
        return this.#apply(mission, state, signal);
      case 'rolling-back':
        return this.#personsMoves.rollBack(mission, state, signal);
      case 'reapplying':
        return this.#personsMoves.reapply(mission, state, signal);
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
    const { worktrees, commands } = this.#options;
    if (!progress.worktree) {
      const made = await worktrees.create(mission.id, mission.folder, signal);
      if (!made.ok) return this.#failed(made.error);
      return { status: 'running', step: 'Worktree ready', progress: { ...progress, worktree: made.value } };
    }
    if (!progress.setUpDone) {
      const problem = await commands.setUp(mission, progress.worktree, signal);
      if (problem !== undefined) return this.#failed({ code: 'set-up-failed', message: problem });
      return { status: 'running', step: 'Ready to work', progress: { ...progress, setUpDone: true } };
    }
    const agent = mission.preset.agents.find((each) => !progress.agentsDone.includes(each.role));
    if (!agent) return { status: 'verifying', progress };
    const ran = await this.#turn(mission, agent, progress.worktree, progress, signal);
    if (!ran.ok) return this.#failed({ code: ran.error.code, message: `${agent.title} stopped: ${ran.error.message}` });
    return {
      status: 'running',
      step: `${agent.title} is done`,
      progress: { ...progress, agentsDone: [...progress.agentsDone, agent.role] },
    };
  }

  async #turn(mission: Mission, agent: PresetAgent, worktree: WorktreeRef, progress: MissionProgress, signal: AbortSignal) {
    const { runAgent, approvals, unitOfWork, clock } = this.#options;
    await this.#paceSpawns(signal);
    try {
      return await runAgent({ mission, agent, worktree, text: taskText(mission, progress), attempt: progress.attempt, signal });
    } finally {
      // What it asked and nobody has answered yet would otherwise be asked of a person for nothing.
      await unitOfWork.run(() => approvals.withdraw(mission.id, 'The agent that asked has ended.', clock.now()));
    }
  }

  async #verify(mission: Mission, progress: MissionProgress, signal: AbortSignal): Promise<Next> {
    const { worktrees, missions, unitOfWork, commands } = this.#options;
    const { worktree } = progress;
    if (!worktree) return this.#failed({ code: 'worktree-lost', message: 'The worktree is gone. Launch the mission again.' });
    const captured = await worktrees.capture(mission.id, mission.folder, worktree);
    if (!captured.ok) return this.#failed(captured.error);
    const result = captured.value;
    const changes = await worktrees.changes(mission.folder, worktree.base, result);
    if (!changes.ok) return this.#failed(changes.error);
    if (changes.value.length === 0)
      return this.#failed({ code: 'no-changes', message: 'The agents changed nothing. Try again with a goal that says more.' });
    const tests = await commands.test(mission, worktree, result, signal);
    signal.throwIfAborted();
    await unitOfWork.run(() => missions.saveTestRun(mission.id, result.tree, tests));
    const proposal = { base: worktree.base, result, filesSha256: digestOf(changes.value.map((change) => ({ ...change }))) };
    const asked = await this.#perform(mission, proposal, undefined, signal);
    if (asked.status === 'done') return this.#failed(notReviewed);
    if (asked.status === 'failed') return this.#failed({ code: 'apply-failed', message: messageOf(asked.error) });
    const { verdict } = asked;
    if (verdict.effect !== 'hold') return this.#tryAgain(verdict, tests, progress);
    const candidate: Candidate = { ...proposal, tests, findings: verdict.findings };
    return { status: 'awaiting-approval', requestId: verdict.request.id, progress, candidate };
  }

  /** The checks said no: the agents hear why and get one more attempt. */
  #tryAgain(verdict: Verdict, tests: TestRun, progress: MissionProgress): MissionState {
    const refusals = verdict.findings.filter((finding) => finding.effect === 'no-go');
    const reasons = refusals.map(({ location, reason }) => (location ? `${location.path}:${location.line} ${reason}` : reason)).join('\n');
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
    const { clock, ledger } = this.#options;
    const { candidate, progress, grantId } = state;
    const parked = (reason: string): MissionState => ({ status: 'parked', progress, candidate, reason });
    // A crash after the last byte: the record knows more than the mission's state.
    const { outcome } = effectSince(ledger.query({ missionId: mission.id, limit: RECENT }), 'applying', 'code.apply');
    if (outcome) return outcome.result === 'success' ? { status: 'done', at: clock.now(), candidate } : parked(failureOf(outcome).message);
    const performed = await this.#perform(mission, candidate, grantId, signal);
    switch (performed.status) {
      case 'done':
        return performed.value.ok ? { status: 'done', at: clock.now(), candidate } : parked(performed.value.error.message);
      case 'failed':
        return performed.error instanceof StoreUnavailable ? undefined : parked(messageOf(performed.error));
      case 'refused':
        return mustWait(performed.verdict) ? undefined : parked(performed.reason);
    }
  }

  /** Asks for the changes to be applied. Nothing but a grant lets this through: without one the answer is a request to a person. */
  async #perform(
    mission: Mission,
    proposal: Proposal,
    grantId: Extract<MissionState, { status: 'applying' }>['grantId'] | undefined,
    signal: AbortSignal,
  ) {
    const { gate, worktrees, missionToken } = this.#options;
    const effect = (permit: Permit): Promise<EffectOutcome<Result<readonly FileChange[], WorktreeError>>> =>
      outcomeOf(worktrees.apply(permit, mission.folder, proposal.base, proposal.result));
    return gate.perform(applyDraft(mission, proposal, await missionToken(mission)), effect, {
      signal,
      onHold: 'refuse',
      ...(grantId === undefined ? {} : { grantId }),
    });
  }

  /** Agents start at least `agents.spawnDelayMs` apart, so that several missions do not storm the machine. */
  async #paceSpawns(signal: AbortSignal): Promise<void> {
    const { clock, spawnDelay } = this.#options;
    const at = Math.max(clock.now(), this.#lastSpawn + spawnDelay());
    this.#lastSpawn = at;
    if (at > clock.now()) await pause(clock, at - clock.now(), signal);
  }

  #failed(end: { readonly code: string; readonly message: string }): MissionState {
    return { status: 'failed', at: this.#options.clock.now(), end: { code: end.code, message: end.message } };
  }
}

function taskText(mission: Mission, progress: MissionProgress): string {
  const task = `Goal: ${mission.goal}\n\nThe test command is: ${JSON.stringify(mission.preset.test)}`;
  return progress.feedback ? `${task}\n\nThe checks said no to the last attempt:\n${progress.feedback}` : task;
}

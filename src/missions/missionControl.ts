import { access, realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { CodedError, messageOf } from '../base/errors.ts';
import type { CorrelationId, IdSource, MissionId, RequestId } from '../base/ids.ts';
import { zeroUsd, type MicroUsd } from '../base/money.ts';
import type { ApprovalDecision } from '../contracts/approval.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { Budget } from '../contracts/budget.ts';
import { worst, type HealthItem } from '../contracts/health.ts';
import type {
  KernelApi,
  KernelErrorCode,
  KernelSettings,
  KernelSnapshot,
  MissionView,
  PreFlight,
  PresetCard,
  ReviewDetail,
} from '../contracts/kernelApi.ts';
import type { KillSwitches, KillSwitchName } from '../contracts/killSwitches.ts';
import type { Ledger, LedgerDraft, LedgerEntry, LedgerQuery } from '../contracts/ledger.ts';
import { isFinal, type Mission } from '../contracts/mission.ts';
import type { Preset } from '../contracts/preset.ts';
import type { Meter } from '../contracts/review.ts';
import type { Sandbox } from '../contracts/sandbox.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import type { RepositoryFacts, Worktrees } from '../contracts/worktrees.ts';
import type { Leases } from '../durable/leases.ts';
import { parseGoal } from './goal.ts';
import { leaseName, type MissionScheduler } from './missionScheduler.ts';
import { DEMO_MODEL, viewOf } from './missionView.ts';
import { preFlightOf } from './preFlight.ts';
import { placeOf } from './queue.ts';
import { stoppedOn } from './stopped.ts';
import type { SqliteMissions } from './sqliteMissions.ts';
import { workspaceIdOf } from './workspaceId.ts';

export interface MissionControlOptions {
  readonly missions: SqliteMissions;
  readonly scheduler: MissionScheduler;
  readonly approvals: Approvals;
  readonly budget: Budget;
  readonly ledger: Ledger;
  readonly switches: KillSwitches;
  readonly worktrees: Worktrees;
  readonly sandbox: Sandbox;
  readonly leases: Leases;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly settings: () => KernelSettings;
  readonly configure: (settings: KernelSettings) => Promise<void>;
  readonly presets: (folder: string) => readonly Preset[];
  readonly isMine: (mission: Mission) => boolean;
  readonly activity: (id: MissionId) => string | undefined;
  readonly healthItems: () => Promise<readonly HealthItem[]>;
  readonly onChange: () => void;
  readonly close: () => Promise<void>;
}

type Refuse = (code: KernelErrorCode, message: string) => CodedError<KernelErrorCode>;
const refuse: Refuse = (code, message) => new CodedError(code, message);

/** The kernel's face: what a person can ask for, checked and carried out. */
export class MissionControl implements KernelApi {
  readonly #options: MissionControlOptions;

  constructor(options: MissionControlOptions) {
    this.#options = options;
  }

  async configure(settings: KernelSettings): Promise<void> {
    await this.#options.configure(settings);
    this.#options.onChange();
    void this.#options.scheduler.tick();
  }

  async snapshot(): Promise<KernelSnapshot> {
    const { missions, approvals, budget, switches, clock, isMine, healthItems } = this.#options;
    const all = missions.all();
    const mine = all.filter(isMine);
    const ours = new Set(mine.map((mission) => mission.workspaceId));
    const items = await healthItems();
    return {
      missions: mine.filter((mission) => mission.state.status !== 'drafted').map((mission) => this.#view(mission, all)),
      approvals: approvals.pending().filter((request) => ours.has(request.workspaceId)),
      meters: budget.meters(undefined, clock.now()),
      switches: switches.pulled(),
      health: { level: worst(items.map((item) => item.level)), items },
    };
  }

  presets(folder: string): Promise<readonly PresetCard[]> {
    return Promise.resolve(this.#options.presets(folder).map(({ id, title, description }) => ({ id, title, description })));
  }

  async preFlight(presetId: string, goalText: string, folder: string): Promise<PreFlight> {
    const { clock, ids, settings, sandbox, switches, unitOfWork, missions, presets } = this.#options;
    const preset = presets(folder).find((each) => each.id === presetId);
    if (!preset) throw refuse('unknown-preset', `there is no preset \`${presetId}\`; choose one of the list`);
    const goal = parseGoal(goalText);
    if (!goal.ok) throw refuse('bad-goal', goal.error);
    const facts = await this.#repository(folder);
    const { demo, upstream, budget: limits } = settings();
    const mission: Mission = {
      id: ids.next<MissionId>(),
      workspaceId: workspaceIdOf(facts.commonDir),
      tenantId: 'local',
      folder: await realpath(folder),
      preset,
      goal: goal.value,
      budget: Math.min(limits.mission, Math.ceil(preset.costUsd.to * 1_000_000)) as MicroUsd,
      model: demo ? DEMO_MODEL : (upstream?.model ?? ''),
      createdAt: clock.now(),
      state: { status: 'drafted' },
    };
    await unitOfWork.run(() => missions.insert(mission));
    const open = [...missions.open(), { ...mission, state: { status: 'queued', since: clock.now() } as const }];
    return preFlightOf(mission, {
      settings: settings(),
      sandbox: await sandbox.health(),
      uncommitted: facts.uncommitted,
      place: placeOf(open, mission.id, settings().maxMissions, clock.now()) ?? { position: 1, estimatedWaitMs: 0 },
      meters: this.#meters(mission),
      switches: switches.pulled(),
      demo,
      hasModel: demo || upstream !== undefined,
    });
  }

  async launch(missionId: MissionId): Promise<void> {
    const { unitOfWork, missions, clock, settings, switches, scheduler, onChange } = this.#options;
    this.#requireTrust();
    const { demo, upstream, useWorktrees } = settings();
    if (!demo && !upstream) throw refuse('no-model', 'no model is set; set `gonogo.models.upstream`, or turn `gonogo.models.demo` on');
    if (!useWorktrees)
      throw refuse(
        'wrong-state',
        '`gonogo.missions.useWorktrees` is off, and GoNoGo lets no agent work in your files directly; turn it on to launch',
      );
    if (switches.pulled().length > 0) throw refuse('wrong-state', 'everything is stopped; resume in GoNoGo: Show Approvals, then launch');
    await unitOfWork.run(() => {
      const mission = this.#mission(missionId);
      if (mission.state.status !== 'drafted') throw refuse('wrong-state', `this mission is \`${mission.state.status}\` already`);
      missions.move(missionId, 'drafted', { status: 'queued', since: clock.now() }, undefined);
    });
    onChange();
    void scheduler.tick();
  }

  async cancel(missionId: MissionId, reason: string): Promise<void> {
    const mission = this.#mission(missionId);
    if (isFinal(mission.state.status)) throw refuse('wrong-state', `this mission is \`${mission.state.status}\` already`);
    if (mission.state.status === 'rolling-back' || (mission.state.status === 'applying' && this.#options.scheduler.isDriving(missionId))) {
      throw refuse('wrong-state', 'the changes are being written right now; wait a moment and roll the mission back instead');
    }
    try {
      await this.#options.scheduler.cancel(mission, reason);
    } catch (error) {
      throw refuse('read-only', messageOf(error));
    } finally {
      this.#options.onChange();
    }
  }

  async reopen(missionId: MissionId): Promise<void> {
    const { unitOfWork, missions, scheduler, onChange } = this.#options;
    this.#requireTrust();
    const mission = this.#mission(missionId);
    const { state } = mission;
    if (state.status !== 'parked')
      throw refuse('wrong-state', `only a parked mission can be opened again; this one is \`${state.status}\``);
    const lease = await scheduler.takeLease(missionId);
    if (!lease) throw refuse('read-only', 'another window works on this mission; open it again there');
    await unitOfWork.run(() => void missions.move(missionId, 'parked', { status: 'verifying', progress: state.progress }, lease));
    await scheduler.releaseLease(lease);
    onChange();
    void scheduler.tick();
  }

  async rollBack(missionId: MissionId): Promise<void> {
    this.#requireTrust();
    const mission = this.#mission(missionId);
    if (mission.state.status !== 'done')
      throw refuse('wrong-state', `only an applied mission can be rolled back; this one is \`${mission.state.status}\``);
    let ended: Mission | undefined;
    try {
      ended = await this.#options.scheduler.rollBack(mission);
    } catch (error) {
      throw refuse('read-only', messageOf(error));
    }
    if (ended?.state.status === 'done' && ended.state.refusal) throw refuse('wrong-state', ended.state.refusal.message);
  }

  async review(requestId: RequestId): Promise<ReviewDetail> {
    const { approvals, missions, worktrees, sandbox, ledger } = this.#options;
    const request = approvals.get(requestId);
    if (!request) throw refuse('unknown-request', 'this request is not known here; open the list of approvals again');
    const mission = request.missionId === undefined ? undefined : missions.get(request.missionId);
    const all = missions.all();
    const candidate = mission && 'candidate' in mission.state && request.kind === 'code.apply' ? mission.state.candidate : undefined;
    const files = mission && candidate ? await worktrees.review(mission.folder, candidate.base, candidate.result) : undefined;
    if (files && !files.ok) throw refuse('internal', files.error.message);
    const pending = approvals.pending();
    const place = pending.findIndex((each) => each.id === requestId);
    const health = await sandbox.health();
    const tests = candidate?.tests;
    return {
      request,
      mission: mission && this.#view(mission, all),
      files: files?.value ?? [],
      content: approvals.contentOf(requestId) || undefined,
      tests,
      findings: request.findings,
      stopped: mission ? stoppedOn(ledger.query({ missionId: mission.id, result: 'blocked', limit: 200 })) : [],
      meters: mission ? this.#meters(mission) : [],
      isolation: tests && 'isolation' in tests ? tests.isolation : health.available ? health.isolation : undefined,
      queuePosition: place + 1,
      queueLength: pending.length,
      estimatedWaitMs: 0,
    };
  }

  async decide(decision: ApprovalDecision, unsavedPaths: readonly string[]): Promise<void> {
    const { approvals, unitOfWork, clock, scheduler, onChange } = this.#options;
    this.#requireTrust();
    const request = approvals.get(decision.requestId);
    if (request && decision.decision.kind === 'approve') await this.#refuseUnsaved(request.missionId, unsavedPaths);
    const decided = await unitOfWork.run(() => {
      const result = approvals.decide(decision, clock.now());
      this.#recordDecision(decision, result.ok ? undefined : result.error.message);
      return result;
    });
    if (!decided.ok) throw refuse(decided.error.code, decided.error.message);
    approvals.refresh();
    onChange();
    void scheduler.tick();
  }

  async refused(requestId: string, reason: string): Promise<void> {
    const { unitOfWork, ledger } = this.#options;
    await unitOfWork.run(() => {
      ledger.append(personEvent('approval.refused', requestId.slice(0, 100), {}, 'blocked', reason));
    });
  }

  async blob(missionId: MissionId, side: 'before' | 'after', path: string): Promise<Uint8Array | undefined> {
    const mission = this.#mission(missionId);
    if (!('candidate' in mission.state)) throw refuse('wrong-state', 'this mission has no changes to show');
    const { base, result } = mission.state.candidate;
    return this.#options.worktrees.blob(mission.folder, side === 'before' ? base.tree : result.tree, path);
  }

  ledger(query: LedgerQuery): Promise<readonly LedgerEntry[]> {
    return Promise.resolve(this.#options.ledger.query(query));
  }

  async stopEverything(by: string, reason: string): Promise<void> {
    const { unitOfWork, switches, ledger, scheduler, onChange } = this.#options;
    await unitOfWork.run(() => {
      switches.pull('GLOBAL_WRITE', by, reason);
      ledger.append(personEvent('switch.pulled', 'GLOBAL_WRITE', { by }, 'success', reason));
    });
    await scheduler.interruptAll(new Error(`everything was stopped: ${reason}`));
    onChange();
  }

  async liftSwitch(name: KillSwitchName, since: number, by: string): Promise<void> {
    const { unitOfWork, switches, ledger, scheduler, onChange } = this.#options;
    this.#requireTrust();
    const lifted = await unitOfWork.run(() => {
      const done = switches.lift(name, since);
      ledger.append(
        personEvent(
          'switch.lifted',
          name,
          { by },
          done ? 'success' : 'blocked',
          done ? undefined : 'it was not pulled, or pulled again since',
        ),
      );
      return done;
    });
    if (!lifted) throw refuse('stale-digest', 'the switch has changed since it was shown; look again and decide');
    onChange();
    void scheduler.tick();
  }

  async shutdown(): Promise<void> {
    await this.#options.close();
  }

  #mission(id: MissionId): Mission {
    const mission = this.#options.missions.get(id);
    if (!mission) throw refuse('unknown-mission', 'this mission is not in the store; open the list of missions again');
    return mission;
  }

  #view(mission: Mission, all: readonly Mission[]): MissionView {
    const { settings, clock, leases, activity } = this.#options;
    return viewOf(mission, {
      missions: all,
      places: settings().maxMissions,
      now: clock.now(),
      spent: this.#meters(mission).find((meter) => meter.scope === 'mission')?.spent ?? zeroUsd,
      elsewhere: leases.heldElsewhere(leaseName(mission.id)),
      activity: activity(mission.id),
    });
  }

  #meters(mission: Mission): readonly Meter[] {
    const { budget, clock } = this.#options;
    return budget.meters(mission.id, clock.now()).map((meter) => (meter.scope === 'mission' ? { ...meter, limit: mission.budget } : meter));
  }

  async #repository(folder: string): Promise<RepositoryFacts> {
    await access(folder).catch(() => {
      throw refuse('not-a-repository', `the folder \`${folder}\` is not there; open a folder and try again`);
    });
    const facts = await this.#options.worktrees.inspect(folder);
    if (!facts.ok) throw refuse('not-a-repository', facts.error.message);
    return facts.value;
  }

  /** Bytes that only the editor holds would be overwritten or lost. */
  async #refuseUnsaved(missionId: MissionId | undefined, unsavedPaths: readonly string[]): Promise<void> {
    const { missions, worktrees } = this.#options;
    const mission = missionId === undefined ? undefined : missions.get(missionId);
    if (!mission || mission.state.status !== 'awaiting-approval' || unsavedPaths.length === 0) return;
    const { candidate } = mission.state;
    const [facts, changes] = [
      await this.#repository(mission.folder),
      await worktrees.changes(mission.folder, candidate.base, candidate.result),
    ];
    if (!changes.ok) throw refuse('internal', changes.error.message);
    const touched = new Set(changes.value.flatMap((change) => [change.path, ...(change.oldPath === undefined ? [] : [change.oldPath])]));
    for (const path of unsavedPaths) {
      const real = await realpath(path).catch(() => path);
      const inside = relative(facts.top, real).split(sep).join('/');
      if (touched.has(inside))
        throw refuse('unsaved-changes', `\`${inside}\` has unsaved changes in the editor; save or revert them, then approve`);
    }
  }

  #requireTrust(): void {
    if (!this.#options.settings().trusted) throw refuse('untrusted-workspace', 'this workspace is not trusted; trust it first');
  }

  #recordDecision(decision: ApprovalDecision, refusal: string | undefined): void {
    const { approvals, ledger } = this.#options;
    const request = approvals.get(decision.requestId);
    const verb = decision.decision.kind === 'approve' ? 'approved' : 'rejected';
    const reason = refusal ?? (decision.decision.kind === 'reject' ? decision.decision.reason : undefined);
    const entry = personEvent(
      refusal ? 'approval.refused' : `approval.${verb}`,
      request?.resource ?? decision.requestId.slice(0, 100),
      { digest: decision.digest.slice(0, 64) },
      refusal ? 'blocked' : 'success',
      reason,
    );
    ledger.append({
      ...entry,
      principal: { kind: 'person', id: decision.by },
      restsOn: decision.requestId.slice(0, 100),
      ...(request ? { workspaceId: request.workspaceId } : {}),
      ...(request?.missionId ? { missionId: request.missionId, correlationId: request.missionId as string as CorrelationId } : {}),
    });
  }
}

function personEvent(
  action: string,
  resource: string,
  payload: Record<string, string>,
  result: LedgerDraft['result'],
  reason: string | undefined,
): LedgerDraft {
  return {
    workspaceId: '',
    tenantId: 'local',
    principal: { kind: 'person', id: 'local' },
    surface: 'command',
    action,
    phase: 'event',
    domain: 'ops',
    resource,
    payload,
    result,
    ...(reason === undefined ? {} : { reason }),
    cost: zeroUsd,
    correlationId: '' as CorrelationId,
  };
}

import { access, realpath } from 'node:fs/promises';
import type { Clock, Millis } from '../base/clock.ts';
import { CodedError, messageOf } from '../base/errors.ts';
import type { IdSource, MissionId, RequestId } from '../base/ids.ts';
import { usdToMicro, zeroUsd, type MicroUsd } from '../base/money.ts';
import type { AgentCard, AgentChoice } from '../contracts/agent.ts';
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
  MissionStanding,
  ReviewDetail,
} from '../contracts/kernelApi.ts';
import type { KillSwitches, KillSwitchName } from '../contracts/killSwitches.ts';
import type { Ledger, LedgerEntry, LedgerQuery } from '../contracts/ledger.ts';
import type { Mission } from '../contracts/mission.ts';
import type { ModelTarget, ModelTest } from '../contracts/models.ts';
import type { Pause, QueueChange } from '../contracts/queue.ts';
import type { FileSelection, Meter } from '../contracts/review.ts';
import type { Sandbox } from '../contracts/sandbox.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import type { MergedText, RepositoryFacts, Worktrees } from '../contracts/worktrees.ts';
import { leaseName, type Leases } from '../durable/leases.ts';
import { parseGoal } from './goal.ts';
import type { MissionChanges } from './missionChanges.ts';
import type { MissionDrives } from './missionDrives.ts';
import type { MissionLine } from './missionLine.ts';
import type { MissionScheduler } from './missionScheduler.ts';
import { DEMO_MODEL, viewOf } from './missionView.ts';
import { decisionEvent, personEvent, selectionRefused, unreadableDecision } from './personEvents.ts';
import { preFlightOf } from './preFlight.ts';
import type { PresetCatalog } from './presetCatalog.ts';
import { enqueued } from './queue.ts';
import type { QueueBoard } from './queueBoard.ts';
import { Reviews } from './reviews.ts';
import type { SqliteMissions } from './sqliteMissions.ts';
import { changesOf, mergedOf, standingOf } from './standing.ts';
import { workspaceIdOf } from './workspaceId.ts';

/** How long a card that nobody launched is kept. */
const DRAFT_TTL: Millis = 24 * 60 * 60_000;

/** What a person can do about the model. See `KernelApi.setModelKey` and `testModel`. */
export interface ModelDesk {
  setKey(baseUrl: string, key: string | undefined): void;
  test(target: ModelTarget): Promise<ModelTest>;
  /** The current model's server wants a key, as far as can be told, and has none. */
  keyMissing(): boolean;
}

/** The agents a mission may fly with. */
export interface AgentDesk {
  choice(): Promise<AgentChoice>;
  /** @param place where it is to fly, if that is known */
  inspect(id: string, place?: { readonly root: string; readonly cwd: string }): Promise<AgentCard>;
}

export interface MissionControlOptions {
  readonly missions: SqliteMissions;
  readonly scheduler: MissionScheduler;
  readonly drives: MissionDrives;
  readonly changes: MissionChanges;
  readonly line: MissionLine;
  /** What can be said of the queue now, with `missions` in it. */
  readonly board: (missions: readonly Mission[]) => QueueBoard;
  readonly queuePause: () => Pause | undefined;
  readonly approvals: Approvals;
  readonly budget: Budget;
  readonly ledger: Ledger;
  readonly switches: KillSwitches;
  readonly worktrees: Worktrees;
  readonly sandbox: Sandbox;
  readonly leases: Leases;
  readonly presets: PresetCatalog;
  readonly models: ModelDesk;
  readonly agents: AgentDesk;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly settings: () => KernelSettings;
  readonly configure: (settings: KernelSettings) => Promise<void>;
  readonly isMine: (mission: Pick<Mission, 'folder'>) => boolean;
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
  readonly #reviews: Reviews;
  #closed: Promise<void> | undefined;

  constructor(options: MissionControlOptions) {
    this.#options = options;
    this.#reviews = new Reviews({
      ...options,
      viewOf: (mission) => this.#view(mission, options.board(options.missions.open())),
      metersOf: (mission) => this.#meters(mission),
      queueAhead: () => {
        const { queued, nextStart } = options.board(options.missions.open());
        return { queued, ...(nextStart ? { nextStart } : {}) };
      },
    });
  }

  async configure(settings: KernelSettings): Promise<void> {
    const { configure, onChange, scheduler } = this.#open();
    await configure(settings);
    onChange();
    void scheduler.tick();
  }

  async snapshot(): Promise<KernelSnapshot> {
    const { missions, budget, switches, clock, isMine, healthItems, board: boardOf, queuePause } = this.#open();
    const items = await healthItems();
    const mine = missions.all().filter(isMine);
    const board = boardOf(missions.open());
    const pause = queuePause();
    const ours = new Set(mine.map((mission) => mission.workspaceId));
    return {
      missions: mine.filter((mission) => mission.state.status !== 'drafted').map((mission) => this.#view(mission, board)),
      approvals: this.#reviews.pending().filter((request) => ours.has(request.workspaceId)),
      meters: budget.meters(undefined, clock.now()),
      switches: switches.pulled(),
      ...(pause ? { queuePause: pause } : {}),
      health: { level: worst(items.map((item) => item.level)), items },
    };
  }

  async presets(folder: string): Promise<readonly PresetCard[]> {
    const { presets } = this.#open();
    return Promise.resolve(presets.of(folder).map(({ id, title, description }) => ({ id, title, description })));
  }

  async agents(): Promise<AgentChoice> {
    return this.#open().agents.choice();
  }

  async preFlight(presetId: string, goalText: string, folder: string, agentId?: string): Promise<PreFlight> {
    const { clock, ids, settings, sandbox, switches, unitOfWork, missions, presets, isMine } = this.#open();
    const preset = presets.of(folder).find((each) => each.id === presetId);
    if (!preset) throw refuse('unknown-preset', `there is no preset \`${presetId}\`; choose one of the list`);
    const goal = parseGoal(goalText);
    if (!goal.ok) throw refuse('bad-goal', goal.error);
    const facts = await this.#repository(folder);
    const { demo, upstream, budget: limits } = settings();
    const real = await realpath(folder);
    const agent = await this.#options.agents.inspect(agentId ?? settings().agents.preferred, { root: facts.top, cwd: real });
    const now = clock.now();
    const mission: Mission = {
      id: ids.next<MissionId>(),
      workspaceId: workspaceIdOf(facts.commonDir),
      tenantId: 'local',
      folder: real,
      preset,
      goal: goal.value,
      budget: Math.min(limits.mission, usdToMicro(preset.costUsd.to)) as MicroUsd,
      agent: agent.id,
      model: demo ? DEMO_MODEL : (upstream?.model ?? ''),
      createdAt: now,
      state: { status: 'drafted' },
    };
    if (!isMine(mission)) throw refuse('not-a-repository', `the folder \`${folder}\` is not open in this window; open it and try again`);
    await unitOfWork.run(() => {
      missions.forgetDrafts(now - DRAFT_TTL);
      missions.insert(mission);
    });
    const open = missions.open();
    const launched = { ...mission, state: enqueued(open, now) };
    const board = this.#options.board([...open, launched]);
    return preFlightOf(mission, {
      settings: settings(),
      sandbox: await sandbox.health(),
      uncommitted: facts.uncommitted,
      leftBehind: facts.leftBehind,
      place: board.placeOf(launched) ?? { position: 1 },
      flight: board.expected(mission),
      withoutGit: facts.withoutGit,
      meters: this.#meters(mission),
      switches: switches.pulled(),
      agent,
      demo,
      hasModel: demo || upstream !== undefined,
      keyMissing: this.#options.models.keyMissing(),
    });
  }

  async launch(missionId: MissionId): Promise<void> {
    const { unitOfWork, missions, clock, settings, switches, scheduler, onChange } = this.#open();
    this.#requireTrust();
    const { demo, upstream, useWorktrees } = settings();
    if (!demo && !upstream) throw refuse('no-model', 'no model is set; run GoNoGo: Set Up Model…, or turn `gonogo.models.demo` on');
    if (!useWorktrees)
      throw refuse(
        'wrong-state',
        '`gonogo.missions.useWorktrees` is off, and GoNoGo lets no agent work in your files directly; turn it on to launch',
      );
    const { problem } = await this.#options.agents.inspect(this.#mission(missionId).agent);
    if (problem !== undefined) throw refuse('no-agent', problem);
    await unitOfWork.run(() => {
      if (switches.pulled().length > 0) throw refuse('wrong-state', 'everything is stopped; resume in GoNoGo: Show Approvals, then launch');
      const mission = this.#mission(missionId);
      if (mission.state.status !== 'drafted') throw refuse('wrong-state', `this mission is \`${mission.state.status}\` already`);
      missions.move(missionId, 'drafted', enqueued(missions.open(), clock.now()), undefined);
    });
    onChange();
    void scheduler.tick();
  }

  cancel(missionId: MissionId, reason: string): Promise<void> {
    return this.#change(({ changes }) => changes.cancel(missionId, reason));
  }

  reopen(missionId: MissionId): Promise<void> {
    return this.#change(({ changes }) => {
      this.#requireTrust();
      return changes.reopen(missionId);
    });
  }

  rollBack(missionId: MissionId, only?: readonly string[]): Promise<void> {
    return this.#change(async ({ changes }) => {
      this.#requireTrust();
      if (only?.length === 0) throw refuse('wrong-state', 'no file can go back as it is; settle the conflicts first');
      const { state } = await changes.rollBack(missionId, only);
      if (state.status === 'done' && state.refusal) throw refuse('wrong-state', state.refusal.message);
      if (state.status === 'rolling-back')
        throw refuse('wrong-state', 'the rollback was interrupted; it goes on by itself as soon as it can');
    });
  }

  changeQueue(change: QueueChange, by: string): Promise<void> {
    return this.#change(({ unitOfWork, line }) => {
      this.#requireTrust();
      return unitOfWork.run(() => line.change(change, by));
    });
  }

  applyAgain(missionId: MissionId): Promise<void> {
    return this.#change(async ({ changes }) => {
      this.#requireTrust();
      const { state } = await changes.applyAgain(missionId);
      if (state.status === 'rolled-back' && state.refusal) throw refuse('wrong-state', state.refusal.message);
      if (state.status === 'reapplying') throw refuse('wrong-state', 'it was interrupted; it goes on by itself as soon as it can');
    });
  }

  async standing(missionId: MissionId): Promise<MissionStanding> {
    return standingOf(this.#open().worktrees, this.#mission(missionId));
  }

  async merged(missionId: MissionId, path: string): Promise<MergedText | undefined> {
    return mergedOf(this.#open().worktrees, this.#mission(missionId), path);
  }

  async review(requestId: RequestId): Promise<ReviewDetail> {
    this.#open();
    return this.#reviews.detail(requestId);
  }

  async decide(decision: ApprovalDecision, unsavedPaths: readonly string[]): Promise<void> {
    const { approvals, unitOfWork, clock, ledger } = this.#open();
    const touched = decision.decision.kind === 'approve' ? unsavedPaths : [];
    const obstacle = this.#untrusted() ?? (await this.#reviews.obstacle(decision.requestId, touched));
    await this.#change(async () => {
      const refusal = await unitOfWork.run(() => {
        const decided = obstacle ? undefined : approvals.decide(decision, clock.now());
        const problem = obstacle ?? (decided?.ok === false ? refuse(decided.error.code, decided.error.message) : undefined);
        ledger.append(decisionEvent(decision, approvals.get(decision.requestId), problem?.message));
        return problem;
      });
      approvals.refresh();
      if (refusal) throw refusal;
    });
  }

  narrow(requestId: RequestId, digest: string, selection: readonly FileSelection[], by: string): Promise<void> {
    return this.#change(async ({ changes, approvals, unitOfWork, ledger }) => {
      try {
        this.#requireTrust();
        await changes.narrow({ requestId, digest }, selection, by);
      } catch (error) {
        const reason = messageOf(error);
        await unitOfWork.run(() => void ledger.append(selectionRefused(requestId, digest, by, approvals.get(requestId), reason)));
        throw error;
      }
    });
  }

  async refused(requestId: string, reason: string): Promise<void> {
    const { unitOfWork, ledger } = this.#open();
    await unitOfWork.run(() => void ledger.append(unreadableDecision(requestId, reason)));
  }

  async blob(missionId: MissionId, side: 'before' | 'after', path: string): Promise<Uint8Array | undefined> {
    const { worktrees } = this.#open();
    const mission = this.#mission(missionId);
    const { base, result } = changesOf(mission);
    return worktrees.blob(mission.folder, side === 'before' ? base.tree : result.tree, path);
  }

  async ledger(query: LedgerQuery): Promise<readonly LedgerEntry[]> {
    return Promise.resolve(this.#open().ledger.query(query));
  }

  stopEverything(by: string, reason: string): Promise<void> {
    return this.#change(async ({ unitOfWork, switches, ledger, drives }) => {
      await unitOfWork.run(() => {
        switches.pull('GLOBAL_WRITE', by, reason);
        ledger.append(personEvent('switch.pulled', 'GLOBAL_WRITE', { by }, 'success', reason));
      });
      await drives.stopAll(new Error(`everything was stopped: ${reason}`));
    });
  }

  liftSwitch(name: KillSwitchName, since: number, by: string): Promise<void> {
    return this.#change(async ({ unitOfWork, switches, ledger }) => {
      this.#requireTrust();
      const lifted = await unitOfWork.run(() => {
        const done = switches.lift(name, since);
        const reason = done ? undefined : 'it was not pulled, or pulled again since';
        ledger.append(personEvent('switch.lifted', name, { by }, done ? 'success' : 'blocked', reason));
        return done;
      });
      if (!lifted) throw refuse('stale-digest', 'the switch has changed since it was shown; look again and decide');
    });
  }

  async setModelKey(baseUrl: string, key: string | undefined): Promise<void> {
    const { models, onChange } = this.#open();
    await Promise.resolve(models.setKey(baseUrl, key));
    onChange();
  }

  async testModel(target: ModelTarget): Promise<ModelTest> {
    return this.#open().models.test(target);
  }

  shutdown(): Promise<void> {
    this.#closed ??= this.#options.close();
    return this.#closed;
  }

  #open(): MissionControlOptions {
    if (this.#closed) throw refuse('kernel-stopped', 'the kernel has stopped; reload the window to start it again');
    return this.#options;
  }

  /** Something that may let missions go on, whether or not it worked. */
  async #change(work: (options: MissionControlOptions) => Promise<void>): Promise<void> {
    const options = this.#open();
    try {
      await work(options);
    } finally {
      options.onChange();
      void options.scheduler.tick();
    }
  }

  #mission(id: MissionId): Mission {
    const mission = this.#options.missions.get(id);
    if (!mission) throw refuse('unknown-mission', 'this mission is not in the store; open the list of missions again');
    return mission;
  }

  #view(mission: Mission, board: QueueBoard): MissionView {
    const { leases, activity } = this.#options;
    return viewOf(mission, {
      place: board.placeOf(mission),
      waiting: board.whyWaiting(mission),
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

  #requireTrust(): void {
    const problem = this.#untrusted();
    if (problem) throw problem;
  }

  #untrusted(): CodedError<KernelErrorCode> | undefined {
    return this.#options.settings().trusted ? undefined : refuse('untrusted-workspace', 'this workspace is not trusted; trust it first');
  }
}

import type { Clock } from '../base/clock.ts';
import { CodedError } from '../base/errors.ts';
import type { MissionId, RequestId } from '../base/ids.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { KernelErrorCode } from '../contracts/kernelApi.ts';
import type { Ledger } from '../contracts/ledger.ts';
import { isFinal, type Mission, type MissionState } from '../contracts/mission.ts';
import type { FileSelection } from '../contracts/review.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import type { Worktrees } from '../contracts/worktrees.ts';
import { leaseName, type Lease, type Leases } from '../durable/leases.ts';
import { effectSince } from './effectRecord.ts';
import type { MissionAftermath } from './missionAftermath.ts';
import type { MissionDrives } from './missionDrives.ts';
import { narrow } from './narrowings.ts';
import { narrowedEvent } from './personEvents.ts';
import { taskAgain } from './selectionCheck.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

export interface ChangesOptions {
  readonly missions: SqliteMissions;
  readonly drives: MissionDrives;
  readonly aftermath: MissionAftermath;
  readonly approvals: Approvals;
  readonly ledger: Ledger;
  readonly worktrees: Pick<Worktrees, 'narrow' | 'review'>;
  readonly leases: Leases;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
}

/** What a person looks at. */
interface Wish {
  readonly requestId: RequestId;
  readonly digest: string;
}

type Refuse = (code: KernelErrorCode, message: string) => CodedError<KernelErrorCode>;
const refuse: Refuse = (code, message) => new CodedError(code, message);

/** What a person does to a mission that exists. Each is refused, with nothing changed, while another window has the mission. */
export class MissionChanges {
  readonly #options: ChangesOptions;

  constructor(options: ChangesOptions) {
    this.#options = options;
  }

  /** Ends a mission wherever it is, but for the moments in which its changes are being written. */
  async cancel(id: MissionId, reason: string): Promise<void> {
    const { unitOfWork, missions, approvals, aftermath, drives, clock } = this.#options;
    if (drives.has(id)) this.#assertCancellable(this.#mission(id));
    await this.#change(id, 'another window runs this mission; cancel it there', async (lease) => {
      await unitOfWork.run(() => {
        const mission = this.#mission(id);
        this.#assertCancellable(mission);
        approvals.withdraw(id, reason, clock.now());
        missions.move(id, mission.state.status, { status: 'cancelled', at: clock.now(), reason }, lease);
      });
      await aftermath.ofDrive(id, lease);
    });
  }

  /** Sends a parked mission back to its checks. */
  async reopen(id: MissionId): Promise<void> {
    const { unitOfWork, missions, drives } = this.#options;
    assertParked(this.#mission(id));
    await this.#change(id, 'another window works on this mission; open it again there', async (lease) => {
      await unitOfWork.run(() => {
        const { progress, candidate } = assertParked(this.#mission(id));
        const task = taskAgain(candidate);
        missions.move(id, 'parked', { status: 'verifying', progress, ...(task ? { task } : {}) }, lease);
      });
      drives.know(id);
    });
  }

  /** Sends what a person kept of a change to its checks, in the place of the whole. Their request stays open until there is a new one. */
  async narrow(wish: Wish, selection: readonly FileSelection[], by: string): Promise<void> {
    const { unitOfWork, missions, drives, ledger, worktrees } = this.#options;
    const { id } = this.#asked(wish).mission;
    await this.#change(id, 'another window has this mission; select there', async (lease) => {
      const { request, mission, state } = this.#asked(wish);
      const task = await narrow(worktrees, mission, request, state.candidate, selection);
      await unitOfWork.run(() => {
        // Somebody may have decided while the selection was read.
        this.#asked(wish);
        missions.move(id, state.status, { status: 'verifying', progress: state.progress, task }, lease);
        ledger.append(narrowedEvent(request, by, task.result.tree, task.narrowing.leftOut));
      });
      drives.know(id);
    });
  }

  /** Rolls an applied mission back, every path or `only` some, and resolves with what became of it. */
  rollBack(id: MissionId, only: readonly string[] | undefined): Promise<Mission> {
    const begin = (mission: Mission): MissionState => {
      const { at, candidate } = assertApplied(mission);
      return { status: 'rolling-back', at, candidate, ...(only ? { only } : {}) };
    };
    return this.#drive(id, begin, 'another window works on this mission; roll it back there');
  }

  /** Applies a mission that was rolled back once more, and resolves with what became of it. */
  applyAgain(id: MissionId): Promise<Mission> {
    return this.#drive(id, assertRolledBack, 'another window works on this mission; apply it again there');
  }

  async #drive(id: MissionId, begin: (mission: Mission) => MissionState, elsewhere: string): Promise<Mission> {
    const { unitOfWork, missions, drives, leases } = this.#options;
    begin(this.#mission(id));
    await drives.alone(id, async () => {
      // Right after the apply its worktree is still being put away.
      await drives.rest(id);
      const lease = await unitOfWork.run(() => {
        const mission = this.#mission(id);
        const next = begin(mission);
        const taken = leases.acquire(leaseName(id));
        if (!taken) throw refuse('read-only', elsewhere);
        missions.move(id, mission.state.status, next, taken);
        return taken;
      });
      drives.begin(id, lease);
    });
    await drives.rest(id);
    return this.#mission(id);
  }

  #assertCancellable({ id, state }: Mission): void {
    if (isFinal(state.status)) throw refuse('wrong-state', `this mission is \`${state.status}\` already`);
    const { ledger } = this.#options;
    const writes =
      state.status === 'rolling-back' ||
      state.status === 'reapplying' ||
      (state.status === 'applying' && effectSince(ledger.query({ missionId: id, limit: 200 }), 'applying', 'code.apply').begun);
    if (writes) throw refuse('wrong-state', 'its changes are being written right now; wait a moment and roll the mission back instead');
  }

  /** Ends what runs of the mission here, then does `work` under its lease. */
  #change(id: MissionId, elsewhere: string, work: (lease: Lease) => Promise<void>): Promise<void> {
    const { unitOfWork, leases, drives } = this.#options;
    return drives.alone(id, async () => {
      await drives.handOver(id, 'a person changes this mission');
      const lease = await unitOfWork.run(() => leases.acquire(leaseName(id)));
      if (!lease) throw refuse('read-only', elsewhere);
      try {
        await work(lease);
      } finally {
        await unitOfWork.run(() => leases.release(lease));
      }
    });
  }

  /** The mission whose changes this request shows. @throws CodedError when a person cannot decide it, or not any more */
  #asked({ requestId, digest }: Wish) {
    const { approvals, missions, clock } = this.#options;
    const refusal = approvals.refusal(requestId, digest, clock.now());
    if (refusal) throw refuse(refusal.code, refusal.message);
    const request = approvals.get(requestId);
    if (request?.kind !== 'code.apply') throw refuse('bad-selection', 'this is no change of files; approve or reject it');
    const mission = request.missionId === undefined ? undefined : missions.get(request.missionId);
    const state = mission?.state;
    if (!mission || state?.status !== 'awaiting-approval' || state.requestId !== requestId)
      throw refuse('stale-digest', 'the mission has gone on since this was shown; open its newest review and select there');
    return { request, mission, state };
  }

  #mission(id: MissionId): Mission {
    const mission = this.#options.missions.get(id);
    if (!mission) throw refuse('unknown-mission', 'this mission is not in the store; open the list of missions again');
    return mission;
  }
}

function assertParked({ state }: Mission) {
  if (state.status !== 'parked') throw refuse('wrong-state', `only a parked mission can be opened again; this one is \`${state.status}\``);
  return state;
}

function assertApplied({ state }: Mission) {
  if (state.status !== 'done') throw refuse('wrong-state', `only an applied mission can be rolled back; this one is \`${state.status}\``);
  return state;
}

function assertRolledBack({ state }: Mission): MissionState {
  if (state.status !== 'rolled-back')
    throw refuse('wrong-state', `only a mission that was rolled back can be applied again; this one is \`${state.status}\``);
  const { at, candidate, only } = state;
  if (!candidate)
    throw refuse('wrong-state', 'this mission was rolled back by an earlier version, which kept nothing to apply; launch it again');
  return { status: 'reapplying', at, candidate, ...(only ? { only } : {}) };
}

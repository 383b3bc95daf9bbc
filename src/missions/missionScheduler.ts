import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { Approvals } from '../contracts/approvals.ts';
import { stopOf, type KillSwitches } from '../contracts/killSwitches.ts';
import type { Logger } from '../contracts/logger.ts';
import { isActive, type Mission, type MissionState } from '../contracts/mission.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import { leaseName, type Leases } from '../durable/leases.ts';
import type { MissionAftermath } from './missionAftermath.ts';
import type { MissionDrives } from './missionDrives.ts';
import { queued } from './queue.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

/** How soon it looks again for what nobody tells: the store works again, another window died. */
const LOOK_AGAIN: Millis = 2_000;
/** A clock that was set back, or a machine that slept, is met by looking again at least this often while a person is asked. */
const LOOK_AT_LEAST: Millis = 60_000;

export interface SchedulerOptions {
  readonly missions: SqliteMissions;
  readonly drives: MissionDrives;
  readonly aftermath: MissionAftermath;
  readonly approvals: Approvals;
  readonly switches: KillSwitches;
  readonly leases: Leases;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Which missions this window may run: those of its folders. */
  readonly isMine: (mission: Mission) => boolean;
  readonly places: () => number;
  /** False while nothing may start: untrusted workspace, or no settings yet. */
  readonly mayRun: () => boolean;
  readonly onChange: () => void;
}

/** Decides which mission runs now, in this window. Safe to call at any time and to lose at any time. */
export class MissionScheduler {
  readonly #options: SchedulerOptions;
  #ticking: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #expiry: Disposable | undefined;
  #retry: Disposable | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Looks at every open mission and starts what can go on. Calls while it looks are answered by one more look. */
  tick(): Promise<void> {
    this.#again = true;
    this.#ticking ??= this.#loop().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  tickLater(): void {
    if (this.#stopped) return;
    this.#retry?.[Symbol.dispose]();
    this.#retry = this.#options.clock.after(LOOK_AGAIN, () => void this.tick());
  }

  /** Puts away the processes and books the calls of crashed kernels, also of missions that may never run here again. To be called before anything runs. */
  async recover(): Promise<void> {
    const { aftermath, unitOfWork, leases } = this.#options;
    for (const id of aftermath.leftBehind()) {
      const lease = await unitOfWork.run(() => leases.acquire(leaseName(id)));
      if (!lease) continue;
      await aftermath.ofCrash(id, lease);
      await unitOfWork.run(() => leases.release(lease));
    }
  }

  async shutdown(): Promise<void> {
    this.#stopped = true;
    this.#expiry?.[Symbol.dispose]();
    this.#retry?.[Symbol.dispose]();
    await this.#ticking;
    await this.#options.drives.shutdown();
  }

  async #loop(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.#look();
      } catch (error) {
        this.#options.logger.log('error', 'missions cannot be looked at', { error: messageOf(error) });
        this.tickLater();
      }
    }
  }

  async #look(): Promise<void> {
    const { missions, drives, approvals, unitOfWork, clock, isMine, mayRun, switches, onChange } = this.#options;
    const expired = await unitOfWork.run(() => approvals.expire(clock.now()));
    if (expired.length > 0) onChange();
    approvals.refresh();
    this.#watchExpiry();
    if (!mayRun()) return;
    const stopped = stopOf(switches.pulled()) !== undefined;
    const mine = missions
      .open()
      .filter((mission) => isMine(mission) && !drives.has(mission.id))
      // A person's rollback goes on while everything else is stopped.
      .filter((mission) => !stopped || mission.state.status === 'rolling-back');
    const waiting = new Set(queued(mine).map((mission) => mission.id));
    const ready = [...mine.filter((each) => !waiting.has(each.id)), ...queued(mine)].filter(({ state }) => canGoOn(state, approvals));
    for (const mission of ready) await this.#start(mission.id);
    // Another window may die without a word, and its missions and places are free then.
    if (ready.some(({ id }) => !drives.has(id))) this.tickLater();
  }

  #start(id: MissionId): Promise<void> {
    const { unitOfWork, leases, missions, places, approvals, drives } = this.#options;
    // A mission of a closed window keeps its state, not its place.
    const runs = (each: Mission): boolean =>
      isActive(each.state.status) && (drives.has(each.id) || leases.heldElsewhere(leaseName(each.id)));
    return drives.alone(id, async () => {
      if (this.#stopped || drives.has(id)) return;
      const lease = await unitOfWork.run(() => {
        const mission = missions.get(id);
        if (!mission || !canGoOn(mission.state, approvals)) return undefined;
        const isQueued = mission.state.status === 'queued';
        if (isQueued && missions.open().filter(runs).length >= places()) return undefined;
        const taken = leases.acquire(leaseName(id));
        // The place is taken in the same unit of work that counted them.
        if (taken && isQueued) {
          drives.know(id);
          const progress = { setUpDone: false, agentsDone: [], attempt: 1 };
          missions.move(id, 'queued', { status: 'running', step: 'Preparing a worktree', progress }, taken);
        }
        return taken;
      });
      if (lease) drives.begin(id, lease);
    });
  }

  #watchExpiry(): void {
    this.#expiry?.[Symbol.dispose]();
    const { approvals, clock } = this.#options;
    const next = Math.min(...approvals.pending().map((request) => request.expiresAt));
    if (!Number.isFinite(next)) return;
    this.#expiry = clock.after(Math.min(Math.max(next - clock.now(), 0) + 1, LOOK_AT_LEAST), () => void this.tick());
  }
}

function canGoOn(state: MissionState, approvals: Approvals): boolean {
  switch (state.status) {
    case 'queued':
    case 'running':
    case 'verifying':
    case 'applying':
    case 'rolling-back':
      return true;
    case 'awaiting-approval':
      return approvals.get(state.requestId)?.state.status !== 'pending';
    default:
      return false;
  }
}

import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { Approvals } from '../contracts/approvals.ts';
import { stopOf, type KillSwitches } from '../contracts/killSwitches.ts';
import type { Logger } from '../contracts/logger.ts';
import { isActive, type Mission, type MissionState } from '../contracts/mission.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import { leaseName, type Lease, type Leases } from '../durable/leases.ts';
import type { MissionAftermath } from './missionAftermath.ts';
import type { MissionDrives } from './missionDrives.ts';
import { queueLeaseName, type MissionLine } from './missionLine.ts';
import { isNext } from './queue.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

/** How soon it looks again for what nobody tells: the store works again, another window died. */
const LOOK_AGAIN: Millis = 2_000;
/** A clock that was set back, or a machine that slept, is met by looking again at least this often while a person is asked. */
const LOOK_AT_LEAST: Millis = 60_000;
/** How often a window says again that it has missions waiting. Well within the time a lease lives. */
const SERVES_AGAIN: Millis = 5_000;

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
  readonly line: MissionLine;
  /** False while none of the queued may start: a person has paused the queue, or a budget of all is gone. */
  readonly mayStart: () => boolean;
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
  /** By folder, what tells other windows that somebody serves its queue. */
  readonly #serving = new Map<string, { readonly lease: Lease; readonly since: Millis }>();

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
    const { unitOfWork, leases, logger } = this.#options;
    const served = [...this.#serving.values()];
    // What cannot be given back now ends by itself, with the process or when nobody renews it.
    await unitOfWork
      .run(() => served.forEach(({ lease }) => leases.release(lease)))
      .catch((error: unknown) => logger.log('error', 'a place in the queue could not be given back', { error: messageOf(error) }));
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
    const { missions, drives, approvals, unitOfWork, clock, isMine, mayRun, mayStart, line, switches, onChange } = this.#options;
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
    const waiting = line.of(mine);
    await this.#serve(waiting);
    const starting = mayStart() ? waiting.filter(({ state }) => !state.paused) : [];
    const ready = [...mine.filter(({ state }) => state.status !== 'queued' && canGoOn(state, approvals)), ...starting];
    for (const mission of ready) await this.#start(mission.id);
    // Another window may die without a word, and its missions and places are free then.
    if (ready.some(({ id }) => !drives.has(id)) || waiting.length > 0) this.tickLater();
  }

  /** Lets other windows know that what waits here has somebody to start it. */
  async #serve(waiting: readonly Mission[]): Promise<void> {
    const { unitOfWork, leases, clock } = this.#options;
    const now = clock.now();
    for (const folder of new Set(waiting.map((mission) => mission.folder))) {
      const served = this.#serving.get(folder);
      // Every write wakes the other windows.
      if (served && Math.abs(now - served.since) < SERVES_AGAIN) continue;
      const lease = await unitOfWork.run(() => leases.acquire(queueLeaseName(folder)));
      if (lease) this.#serving.set(folder, { lease, since: now });
      else this.#serving.delete(folder);
    }
  }

  #start(id: MissionId): Promise<void> {
    const { unitOfWork, leases, missions, places, approvals, drives, line, mayStart } = this.#options;
    // A mission of a closed window keeps its state, not its place.
    const runs = (each: Mission): boolean =>
      isActive(each.state.status) && (drives.has(each.id) || leases.heldElsewhere(leaseName(each.id)));
    return drives.alone(id, async () => {
      if (this.#stopped || drives.has(id)) return;
      const lease = await unitOfWork.run(() => {
        const mission = missions.get(id);
        if (!mission || !canGoOn(mission.state, approvals)) return undefined;
        const isQueued = mission.state.status === 'queued';
        const open = missions.open();
        const free = places() - open.filter(runs).length;
        if (isQueued && !(mayStart() && isNext(line.of(open), id, free))) return undefined;
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
    case 'reapplying':
      return true;
    case 'awaiting-approval':
      return approvals.get(state.requestId)?.state.status !== 'pending';
    default:
      return false;
  }
}

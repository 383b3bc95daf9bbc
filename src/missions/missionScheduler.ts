import type { Clock, Millis } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { ProcessIdentity } from '../contracts/agent.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { Budget } from '../contracts/budget.ts';
import { stopOf, type KillSwitches } from '../contracts/killSwitches.ts';
import type { Logger } from '../contracts/logger.ts';
import { isActive, isFinal, type Mission, type MissionState } from '../contracts/mission.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import type { Worktrees } from '../contracts/worktrees.ts';
import type { Lease, Leases } from '../durable/leases.ts';
import type { MissionRunner } from './missionRunner.ts';
import { queued } from './queue.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

export interface SchedulerOptions {
  readonly missions: SqliteMissions;
  readonly runner: MissionRunner;
  readonly approvals: Approvals;
  readonly budget: Budget;
  readonly switches: KillSwitches;
  readonly worktrees: Worktrees;
  readonly leases: Leases;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseTtl: Millis;
  readonly killOrphan: (process: ProcessIdentity) => Promise<void>;
  /** Which missions this window may run: those of its folders. */
  readonly isMine: (mission: Mission) => boolean;
  readonly places: () => number;
  /** Whether missions that were interrupted go on. */
  readonly persist: () => boolean;
  /** False while nothing may start: untrusted workspace, or no settings yet. */
  readonly mayRun: () => boolean;
  readonly onChange: () => void;
}

interface Drive {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

class Cancelled extends Error {}

/** Decides which mission runs now, in this window, and carries each one to its next rest. Safe to call at any time and to lose at any time. */
export class MissionScheduler {
  readonly #options: SchedulerOptions;
  readonly #drives = new Map<MissionId, Drive>();
  /** Missions this kernel began: one that works already when it is first seen was interrupted. */
  readonly #known = new Set<MissionId>();
  #ticking: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #expiry: Disposable | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  isDriving(id: MissionId): boolean {
    return this.#drives.has(id);
  }

  /** Looks at every open mission and starts what can go on. Calls while it looks are answered by one more look. */
  tick(): Promise<void> {
    this.#again = true;
    this.#ticking ??= this.#loop().finally(() => {
      this.#ticking = undefined;
    });
    return this.#ticking;
  }

  /** Ends the agents of a mission, keeps its state; resolves when nothing of it runs any more. */
  async interrupt(id: MissionId, why: Error): Promise<void> {
    const drive = this.#drives.get(id);
    drive?.controller.abort(why);
    await drive?.ended;
  }

  async interruptAll(why: Error): Promise<void> {
    await Promise.all([...this.#drives.keys()].map((id) => this.interrupt(id, why)));
  }

  /** Takes the lease for a change by a person; `undefined` while another window has it. */
  takeLease(id: MissionId): Promise<Lease | undefined> {
    return this.#options.unitOfWork.run(() => this.#options.leases.acquire(leaseName(id)));
  }

  releaseLease(lease: Lease): Promise<void> {
    return this.#options.unitOfWork.run(() => this.#options.leases.release(lease));
  }

  async cancel(mission: Mission, reason: string): Promise<void> {
    const { unitOfWork, missions, approvals, clock } = this.#options;
    await this.interrupt(mission.id, new Cancelled(reason));
    const lease = await this.takeLease(mission.id);
    if (!lease) throw new Error('another window runs this mission; cancel it there');
    try {
      await unitOfWork.run(() => {
        const now = missions.get(mission.id);
        if (!now || isFinal(now.state.status)) return;
        approvals.withdraw(mission.id, reason, clock.now());
        missions.move(mission.id, now.state.status, { status: 'cancelled', at: clock.now(), reason }, lease);
      });
      await this.#cleanUp(mission.id, lease);
    } finally {
      await this.releaseLease(lease);
    }
  }

  /** Rolls a finished mission back and resolves with what became of it. */
  async rollBack(mission: Mission): Promise<Mission | undefined> {
    const { unitOfWork, missions } = this.#options;
    if (mission.state.status !== 'done') return mission;
    const { at, candidate } = mission.state;
    const lease = await this.takeLease(mission.id);
    if (!lease) throw new Error('another window works on this mission; roll it back there');
    await unitOfWork.run(() => void missions.move(mission.id, 'done', { status: 'rolling-back', at, candidate }, lease));
    await this.#begin(mission.id, lease).ended;
    return missions.get(mission.id);
  }

  async shutdown(): Promise<void> {
    this.#stopped = true;
    this.#expiry?.[Symbol.dispose]();
    await this.interruptAll(new Error('the window closes'));
    await this.#ticking;
  }

  async #loop(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.#look();
      } catch (error) {
        this.#options.logger.log('error', 'missions cannot be looked at', { error: messageOf(error) });
      }
    }
  }

  async #look(): Promise<void> {
    const { missions, approvals, unitOfWork, clock, isMine, mayRun, switches, onChange } = this.#options;
    const expired = await unitOfWork.run(() => approvals.expire(clock.now()));
    if (expired.length > 0) onChange();
    approvals.refresh();
    this.#watchExpiry();
    if (!mayRun()) return;
    const stopped = stopOf(switches.pulled()) !== undefined;
    const mine = missions
      .open()
      .filter((mission) => isMine(mission) && !this.#drives.has(mission.id))
      // A person's rollback goes on while everything else is stopped.
      .filter((mission) => !stopped || mission.state.status === 'rolling-back');
    const waiting = new Set(queued(mine).map((mission) => mission.id));
    for (const mission of [...mine.filter((each) => !waiting.has(each.id)), ...queued(mine)]) {
      if (canGoOn(mission.state, approvals)) await this.#start(mission);
    }
  }

  async #start(mission: Mission): Promise<void> {
    const { unitOfWork, leases, missions, places } = this.#options;
    // A mission of a closed window keeps its state, not its place.
    const runs = (each: Mission): boolean =>
      isActive(each.state.status) && (this.#drives.has(each.id) || leases.heldElsewhere(leaseName(each.id)));
    const lease = await unitOfWork.run(() => {
      if (mission.state.status === 'queued' && missions.open().filter(runs).length >= places()) return undefined;
      const taken = leases.acquire(leaseName(mission.id));
      if (taken && mission.state.status === 'queued') this.#known.add(mission.id);
      // The place is taken in the same unit of work that counted them.
      if (taken && mission.state.status === 'queued') {
        missions.move(
          mission.id,
          'queued',
          { status: 'running', step: 'Preparing a worktree', progress: { setUpDone: false, agentsDone: [], attempt: 1 } },
          taken,
        );
      }
      return taken;
    });
    if (lease) this.#begin(mission.id, lease);
  }

  #begin(id: MissionId, lease: Lease): Drive {
    const controller = new AbortController();
    if (this.#stopped) controller.abort(new Error('the window closes'));
    const drive = { controller, ended: this.#drive(id, lease, controller) };
    this.#drives.set(id, drive);
    return drive;
  }

  async #drive(id: MissionId, lease: Lease, controller: AbortController): Promise<void> {
    const { runner, missions, unitOfWork, clock, logger, onChange, persist } = this.#options;
    const interrupted = !this.#known.has(id);
    this.#known.add(id);
    using _renewal = this.#keepLease(lease, controller);
    try {
      await this.#endOrphans(id);
      onChange();
      if (interrupted && !persist()) await this.#giveUp(id, lease);
      await runner.drive(id, lease, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) {
        logger.log('error', 'a mission broke', { mission: id, error: messageOf(error) });
        await unitOfWork
          .run(() => {
            const mission = missions.get(id);
            if (!mission || isFinal(mission.state.status)) return;
            missions.move(
              id,
              mission.state.status,
              { status: 'failed', at: clock.now(), end: { code: 'internal', message: messageOf(error) } },
              lease,
            );
          })
          .catch((problem: unknown) =>
            logger.log('error', 'the end of a mission could not be recorded', { mission: id, error: messageOf(problem) }),
          );
      }
    }
    try {
      await this.#cleanUp(id, lease);
      await this.releaseLease(lease);
    } catch (error) {
      logger.log('error', 'a mission could not be tidied up', { mission: id, error: messageOf(error) });
    }
    this.#drives.delete(id);
    onChange();
    if (!controller.signal.aborted) void this.tick();
  }

  /** `agents.persist` is off: work that was cut off ends here. What a person has approved is completed all the same. */
  async #giveUp(id: MissionId, lease: Lease): Promise<void> {
    const { unitOfWork, missions, clock } = this.#options;
    await unitOfWork.run(() => {
      const status = missions.get(id)?.state.status;
      if (status !== 'running' && status !== 'verifying') return;
      const message = 'It was interrupted, and gonogo.agents.persist is off. Launch it again.';
      missions.move(id, status, { status: 'failed', at: clock.now(), end: { code: 'interrupted', message } }, lease);
    });
  }

  /** What a mission leaves behind at its end: no process, no reservation, no worktree. */
  async #cleanUp(id: MissionId, lease: Lease): Promise<void> {
    const { missions, unitOfWork, budget, leases, worktrees } = this.#options;
    const mission = missions.get(id);
    if (!mission) return;
    await unitOfWork.run(() => {
      leases.assertHeld(lease);
      budget.releaseAll(id);
    });
    if (isFinal(mission.state.status)) {
      await this.#endOrphans(id);
      await worktrees.remove(id, mission.folder);
    }
  }

  async #endOrphans(id: MissionId): Promise<void> {
    const { missions, killOrphan, unitOfWork, budget } = this.#options;
    const orphans = missions.processes(id);
    for (const process of orphans) await killOrphan(process);
    await unitOfWork.run(() => {
      missions.forgetProcesses(id);
      budget.releaseAll(id);
    });
  }

  #keepLease(lease: Lease, controller: AbortController): Disposable {
    const { clock, unitOfWork, leases, leaseTtl } = this.#options;
    let timer: Disposable;
    const renew = (): void => {
      unitOfWork
        .run(() => leases.renew(lease))
        .then((held) => {
          if (!held) controller.abort(new Error('another window took this mission over'));
        })
        .catch((error: unknown) => controller.abort(new Error(`the lease could not be renewed: ${messageOf(error)}`)));
      timer = clock.after(leaseTtl / 3, renew);
    };
    timer = clock.after(leaseTtl / 3, renew);
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  #watchExpiry(): void {
    this.#expiry?.[Symbol.dispose]();
    const { approvals, clock } = this.#options;
    const next = Math.min(...approvals.pending().map((request) => request.expiresAt));
    // A clock that was set back, or a machine that slept, is met by looking again at least each minute.
    if (Number.isFinite(next)) this.#expiry = clock.after(Math.min(Math.max(next - clock.now(), 0) + 1, 60_000), () => void this.tick());
  }
}

export function leaseName(id: MissionId): string {
  return `mission:${id}`;
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

import type { Clock } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';
import type { ProcessIdentity } from '../contracts/agent.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { Budget } from '../contracts/budget.ts';
import { isFinal } from '../contracts/mission.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import type { Worktrees } from '../contracts/worktrees.ts';
import type { Lease, Leases } from '../durable/leases.ts';
import type { SqliteMissions } from './sqliteMissions.ts';

export interface AftermathOptions {
  readonly missions: SqliteMissions;
  readonly approvals: Approvals;
  readonly budget: Budget;
  readonly leases: Leases;
  readonly worktrees: Worktrees;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly killOrphan: (process: ProcessIdentity) => Promise<unknown>;
  /** Records the effects of a mission that a crash cut off, but for the apply it will complete. Called inside a unit of work. */
  readonly recordUnfinished: (id: MissionId) => void;
}

/**
 * Puts away what a mission left behind: processes, reservations, effects without an outcome, questions nobody waits for, and at its
 * end the worktree. Whoever calls holds the mission's lease.
 */
export class MissionAftermath {
  readonly #options: AftermathOptions;

  constructor(options: AftermathOptions) {
    this.#options = options;
  }

  /** Before a mission goes on: what a crash left of it. */
  async ofCrash(id: MissionId, lease: Lease): Promise<void> {
    const { missions, killOrphan, unitOfWork, budget, approvals, leases, clock, recordUnfinished } = this.#options;
    for (const process of missions.processes(id)) await killOrphan(process);
    await unitOfWork.run(() => {
      leases.assertHeld(lease);
      missions.forgetProcesses(id);
      budget.releaseAll(id);
      recordUnfinished(id);
      if (missions.get(id)?.state.status === 'running') approvals.withdraw(id, 'The agent that asked has ended.', clock.now());
    });
  }

  /** When a mission comes to rest. */
  async ofDrive(id: MissionId, lease: Lease): Promise<void> {
    const { missions, unitOfWork, budget, leases, approvals, clock, worktrees } = this.#options;
    const mission = missions.get(id);
    if (!mission) return;
    const ended = isFinal(mission.state.status);
    await unitOfWork.run(() => {
      leases.assertHeld(lease);
      budget.releaseAll(id);
      if (ended) approvals.withdraw(id, 'The mission has ended.', clock.now());
    });
    if (!ended) return;
    await this.ofCrash(id, lease);
    await worktrees.remove(id, mission.folder);
  }
}

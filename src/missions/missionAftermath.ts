import type { Clock } from '../base/clock.ts';
import type { CorrelationId, MissionId } from '../base/ids.ts';
import { formatUsd, zeroUsd } from '../base/money.ts';
import type { ProcessIdentity } from '../contracts/agent.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { Budget } from '../contracts/budget.ts';
import type { Ledger } from '../contracts/ledger.ts';
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
  readonly ledger: Ledger;
  /** Breaks off the model calls of a mission; resolves once they are booked. */
  readonly endCalls: (id: MissionId) => Promise<void>;
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

  /** Missions of which a crash may have left something that counts, whether or not they ever run again. */
  leftBehind(): ReadonlySet<MissionId> {
    const { missions, budget } = this.#options;
    return new Set([...missions.withProcesses(), ...budget.holding()]);
  }

  /** Before a mission goes on: what a crash left of it. */
  async ofCrash(id: MissionId, lease: Lease): Promise<void> {
    const { missions, killOrphan, unitOfWork, approvals, leases, clock, recordUnfinished } = this.#options;
    for (const process of missions.processes(id)) await killOrphan(process);
    await unitOfWork.run(() => {
      leases.assertHeld(lease);
      missions.forgetProcesses(id);
      recordUnfinished(id);
      this.#bookCutOff(id);
      if (missions.get(id)?.state.status === 'running') approvals.withdraw(id, 'The agent that asked has ended.', clock.now());
    });
  }

  /** When a mission comes to rest. */
  async ofDrive(id: MissionId, lease: Lease): Promise<void> {
    const { missions, unitOfWork, leases, approvals, clock, worktrees, endCalls } = this.#options;
    const mission = missions.get(id);
    if (!mission) return;
    const ended = isFinal(mission.state.status);
    // A call that is still on its way knows best what it used.
    await endCalls(id);
    await unitOfWork.run(() => {
      leases.assertHeld(lease);
      this.#bookCutOff(id);
      if (ended) approvals.withdraw(id, 'The mission has ended.', clock.now());
    });
    if (!ended) return;
    await this.ofCrash(id, lease);
    await worktrees.remove(id, mission.folder);
  }

  /** A provider may bill what was asked of it, whether or not anybody heard the answer. */
  #bookCutOff(id: MissionId): void {
    const { missions, budget, ledger, clock } = this.#options;
    const cost = budget.bookAll(id, clock.now());
    if (cost === zeroUsd) return;
    const mission = missions.get(id);
    ledger.append({
      workspaceId: mission?.workspaceId ?? '',
      tenantId: mission?.tenantId ?? 'local',
      missionId: id,
      principal: { kind: 'mission', id },
      surface: 'mission',
      action: 'budget.estimated',
      phase: 'event',
      domain: 'ops',
      resource: id,
      payload: { estimated: true },
      result: 'success',
      reason: `A model call was cut off before its cost was known. All that was set aside for it, ${formatUsd(cost)}, counts as spent; the provider's bill may be less.`,
      cost,
      correlationId: id as string as CorrelationId,
    });
  }
}

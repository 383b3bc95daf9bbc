import { assertNever } from '../base/assertNever.ts';
import type { Clock, Millis } from '../base/clock.ts';
import { CodedError } from '../base/errors.ts';
import type { CorrelationId, MissionId } from '../base/ids.ts';
import type { KernelErrorCode } from '../contracts/kernelApi.ts';
import type { Ledger, LedgerDraft } from '../contracts/ledger.ts';
import type { Mission } from '../contracts/mission.ts';
import type { QueueChange } from '../contracts/queue.ts';
import type { Leases } from '../durable/leases.ts';
import { personEvent } from './personEvents.ts';
import { prioritized, priorityOf, queued, rearranged, type QueuedMission } from './queue.ts';
import type { SqliteMissions } from './sqliteMissions.ts';
import type { SqliteQueuePause } from './sqliteQueuePause.ts';

/** A window holds this lease while missions of the folder wait in it: somebody is there to start them. */
export function queueLeaseName(folder: string): string {
  return `queue:${folder}`;
}

export interface LineOptions {
  readonly missions: SqliteMissions;
  readonly pause: SqliteQueuePause;
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly isMine: (mission: Pick<Mission, 'folder'>) => boolean;
}

/** The one line in which the missions of every open window wait. */
export class MissionLine {
  readonly #options: LineOptions;

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Whether some open window would start it: what waits for a closed one keeps nobody waiting. */
  isServed(mission: Mission): boolean {
    const { isMine, leases } = this.#options;
    return isMine(mission) || leases.heldElsewhere(queueLeaseName(mission.folder));
  }

  /** Of `missions`, those in line, the next one first. */
  of(missions: readonly Mission[]): readonly QueuedMission[] {
    return queued(missions, this.#options.clock.now()).filter((mission) => this.isServed(mission));
  }

  /** Carries out what a person wants of the queue, with its entry. MUST be called inside a unit of work. */
  change(change: QueueChange, by: string): void {
    const { missions, clock } = this.#options;
    const now = clock.now();
    switch (change.kind) {
      case 'move': {
        const mission = this.#waiting(change.id);
        const line = queued(missions.open().filter(this.#options.isMine), now);
        if (change.before !== undefined && !line.some(({ id }) => id === change.before))
          throw refuse('wrong-state', 'the mission it was put before waits no longer; look at the queue again and move it');
        const states = rearranged(line, mission.id, change.before, now);
        if (states.size === 0) return;
        const place = (of: readonly Mission[]): string => String(of.findIndex(({ id }) => id === mission.id) + 1);
        const after = queued(
          line.map((each) => ({ ...each, state: states.get(each.id) ?? each.state })),
          now,
        );
        missions.requeue(states, missionEvent('queue.moved', mission, by, { from: place(line), to: place(after) }));
        return;
      }
      case 'priority': {
        const mission = this.#waiting(change.id);
        const payload = { from: priorityOf(mission), to: change.priority };
        const state = prioritized(mission, change.priority, now);
        missions.requeue(new Map([[mission.id, state]]), missionEvent('queue.priority', mission, by, payload));
        return;
      }
      case 'pause':
      case 'continue':
        return change.id === undefined ? this.#pauseAll(change.kind, by, now) : this.#pauseOne(change.kind, change.id, by, now);
      default:
        return assertNever(change);
    }
  }

  #pauseOne(kind: 'pause' | 'continue', id: MissionId, by: string, now: Millis): void {
    const mission = this.#waiting(id);
    const { paused, ...state } = mission.state;
    if ((kind === 'pause') === (paused !== undefined)) return;
    const next = kind === 'pause' ? { ...state, paused: { by, since: now } } : state;
    this.#options.missions.requeue(new Map([[id, next]]), missionEvent(entryOf[kind], mission, by, {}));
  }

  #pauseAll(kind: 'pause' | 'continue', by: string, now: Millis): void {
    const { pause, ledger } = this.#options;
    if ((kind === 'pause') === (pause.get() !== undefined)) return;
    if (kind === 'pause') pause.pause({ by, since: now });
    else pause.continue();
    ledger.append(personEvent(entryOf[kind], 'queue', { by }, 'success', undefined));
  }

  /** @throws CodedError when it does not wait, or not for this window. */
  #waiting(id: MissionId): QueuedMission {
    const { missions, isMine } = this.#options;
    const mission = missions.get(id);
    if (!mission) throw refuse('unknown-mission', 'this mission is not in the store; open the list of missions again');
    const { state } = mission;
    if (state.status !== 'queued')
      throw refuse('wrong-state', `only a waiting mission has a place in the queue; this one is \`${state.status}\``);
    if (!isMine(mission)) throw refuse('read-only', `this mission belongs to the folder \`${mission.folder}\`; change it in its window`);
    return { ...mission, state };
  }
}

const entryOf = { pause: 'queue.paused', continue: 'queue.continued' } as const;

function refuse(code: KernelErrorCode, message: string): CodedError<KernelErrorCode> {
  return new CodedError(code, message);
}

function missionEvent(action: string, mission: Mission, by: string, payload: Record<string, string>): LedgerDraft {
  return {
    ...personEvent(action, mission.goal, { by, ...payload }, 'success', undefined),
    workspaceId: mission.workspaceId,
    missionId: mission.id,
    correlationId: mission.id as string as CorrelationId,
  };
}

import type { Clock, Millis } from '../base/clock.ts';
import type { Approvals } from '../contracts/approvals.ts';
import type { Budget } from '../contracts/budget.ts';
import { stopOf, type KillSwitches } from '../contracts/killSwitches.ts';
import { isActive, isFinal, type Mission } from '../contracts/mission.ts';
import type { FlightEstimate, Occupant, TimeRange, WaitReason } from '../contracts/queue.ts';
import { leaseName, type Leases } from '../durable/leases.ts';
import type { FlightRecorder } from './flightRecorder.ts';
import type { MissionLine } from './missionLine.ts';
import { placeOf, type QueueFacts, type QueuePlace } from './queue.ts';
import type { SqliteFlightTimes } from './sqliteFlightTimes.ts';
import type { SqliteQueuePause } from './sqliteQueuePause.ts';
import { whyWaiting, type WaitFacts } from './whyWaiting.ts';

export interface BoardOptions {
  readonly line: MissionLine;
  readonly pause: SqliteQueuePause;
  readonly flightTimes: SqliteFlightTimes;
  readonly recorder: FlightRecorder;
  readonly approvals: Approvals;
  readonly budget: Budget;
  readonly switches: KillSwitches;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly isMine: (mission: Pick<Mission, 'folder'>) => boolean;
  readonly places: () => number;
  readonly trusted: () => boolean;
  readonly storeWorks: () => boolean;
}

/** What can be said of the queue at one moment. */
export interface QueueBoard {
  placeOf(mission: Mission): QueuePlace | undefined;
  whyWaiting(mission: Mission): readonly WaitReason[];
  expected(mission: Mission): FlightEstimate;
  readonly queued: number;
  /** When the next one that waits likely starts. */
  readonly nextStart: TimeRange | undefined;
}

/** Reads the store once for all questions about `missions`, which are those of every window. */
export function queueBoard(missions: readonly Mission[], options: BoardOptions): QueueBoard {
  const { line: wholeLine, pause, flightTimes, recorder, approvals, budget, switches, leases, clock } = options;
  const open = missions.filter(({ state }) => !isFinal(state.status) && state.status !== 'drafted');
  const line = wholeLine.of(open);
  const held = new Set(open.filter(({ id }) => leases.heldElsewhere(leaseName(id))).map(({ id }) => id));
  const questions = new Map(
    approvals.pending().flatMap(({ id, missionId }) => (missionId === undefined ? [] : [[missionId, id] as const])),
  );
  // A mission of a closed window keeps its state, not its place.
  const working = open.filter((mission) => isActive(mission.state.status) && (held.has(mission.id) || options.isMine(mission)));
  const occupants: readonly Occupant[] = working.map(({ id, goal }) => ({ id, goal, elsewhere: held.has(id), asks: questions.has(id) }));
  const queuePause = pause.get();
  const estimates = new Map<string, FlightEstimate>();
  const expected = (mission: Mission): FlightEstimate => {
    const key = JSON.stringify([mission.preset.id, mission.preset.minutes, mission.agent, mission.model]);
    const known = estimates.get(key) ?? flightTimes.expected(mission);
    estimates.set(key, known);
    return known;
  };
  const facts: QueueFacts = {
    missions: [...line, ...working],
    places: options.places(),
    now: clock.now(),
    paused: queuePause !== undefined,
    expected,
    worked: ({ id }): Millis | undefined => (held.has(id) ? undefined : (recorder.worked(id) ?? 0)),
  };
  const common: Omit<WaitFacts, 'elsewhere' | 'question'> = {
    storeWorks: options.storeWorks(),
    stop: stopOf(switches.pulled()),
    trusted: options.trusted(),
    queuePause,
    meters: budget.meters(undefined, facts.now),
    places: facts.places,
    occupants,
    line,
  };
  const next = line.find(({ state }) => !state.paused);
  return {
    placeOf: (mission) => placeOf(facts, mission.id),
    whyWaiting: (mission) => whyWaiting(mission, { ...common, elsewhere: held.has(mission.id), question: questions.get(mission.id) }),
    expected,
    queued: line.length,
    nextStart: next && placeOf(facts, next.id)?.wait,
  };
}

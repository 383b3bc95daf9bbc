import type { Millis } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';
import { isActive, type Mission, type MissionState } from '../contracts/mission.ts';
import { priorities, type Priority, type TimeRange } from '../contracts/queue.ts';

/** A waiting mission rises by one step each time it has waited so long: no priority starves. */
export const RISES_AFTER: Millis = 30 * 60_000;

type Queued = Extract<MissionState, { status: 'queued' }>;
export type QueuedMission = Mission & { readonly state: Queued };

export interface QueuePlace {
  /** 1 for the next one. */
  readonly position: number;
  /** Absent while it is paused: nobody can tell. */
  readonly wait?: TimeRange;
}

export interface QueueFacts {
  /** The missions that stand in line, and those that take a place. */
  readonly missions: readonly Mission[];
  readonly places: number;
  readonly now: Millis;
  readonly paused: boolean;
  readonly expected: (mission: Mission) => TimeRange;
  /** How long an active one has worked; `undefined` when another window runs it. */
  readonly worked: (mission: Mission) => Millis | undefined;
}

/** Queued missions, the next one first: by priority, and within one as they came or as a person has put them. */
export function queued(missions: readonly Mission[], now: Millis): readonly QueuedMission[] {
  return missions.filter(isQueued).sort((a, b) => levelOf(b, now) - levelOf(a, now) || orderOf(a) - orderOf(b) || (a.id < b.id ? -1 : 1));
}

/** A mission's new state in the queue: behind all that wait already, also when the clock was set back. */
export function enqueued(missions: readonly Mission[], now: Millis): Queued {
  return { status: 'queued', since: now, order: Math.max(now, ...missions.filter(isQueued).map((each) => orderOf(each) + 1)) };
}

/** Whether a mission is among the first that may take the `free` places. */
export function isNext(line: readonly QueuedMission[], id: MissionId, free: number): boolean {
  const index = line.filter(({ state }) => !state.paused).findIndex((mission) => mission.id === id);
  return index >= 0 && index < free;
}

export function priorityOf({ state }: QueuedMission): Priority {
  return state.priority ?? 'normal';
}

export function prioritized({ state }: QueuedMission, priority: Priority, now: Millis): Queued {
  return { ...state, priority, rises: now };
}

/**
 * The states that change when `id` is put right before `before`, or last. It takes the least different priority that fits between its
 * new neighbours. Only the missions of `line` change their order among themselves: those of other windows keep theirs.
 */
export function rearranged(
  line: readonly QueuedMission[],
  id: MissionId,
  before: MissionId | undefined,
  now: Millis,
): ReadonlyMap<MissionId, Queued> {
  const changed = new Map<MissionId, Queued>();
  const moved = line.find((mission) => mission.id === id);
  if (!moved || id === before) return changed;
  const others = line.filter((mission) => mission.id !== id);
  const found = others.findIndex((mission) => mission.id === before);
  const index = found < 0 ? others.length : found;
  const [above, below] = [others[index - 1], others[index]];
  const old = levelOf(moved, now);
  const level = Math.min(Math.max(old, below ? levelOf(below, now) : 0), above ? levelOf(above, now) : priorities.length - 1);
  const settled: QueuedMission = level === old ? moved : { ...moved, state: prioritized(moved, priorities[level] ?? 'normal', now) };
  const group = others.toSpliced(index, 0, settled).filter((mission) => levelOf(mission, now) === level);
  const orders = group.map(orderOf).sort((a, b) => a - b);
  group.forEach((mission, place) => {
    const order = orders[place] ?? orderOf(mission);
    if (order !== orderOf(mission) || mission.state !== line.find((each) => each.id === mission.id)?.state)
      changed.set(mission.id, { ...mission.state, order });
  });
  return changed;
}

/**
 * Where a mission stands and how long it will likely wait: every place is given to the one that is free first. An active one has at
 * least a tenth of its time left, however long it has worked.
 */
export function placeOf(facts: QueueFacts, id: MissionId): QueuePlace | undefined {
  const line = queued(facts.missions, facts.now);
  const index = line.findIndex((mission) => mission.id === id);
  const mission = line[index];
  if (!mission) return undefined;
  const position = index + 1;
  if (facts.paused || mission.state.paused) return { position };
  const ahead = line.slice(0, index).filter(({ state }) => !state.paused);
  const wait = (bound: keyof TimeRange): Millis => waitFor(ahead, bound, facts);
  return { position, wait: { from: wait('from'), likely: wait('likely'), to: wait('to') } };
}

/** What is unknown of a mission elsewhere: it may be nearly done, or have just begun. */
const unknownLeft: Readonly<Record<keyof TimeRange, number>> = { from: 0.1, likely: 0.5, to: 1 };

function waitFor(ahead: readonly Mission[], bound: keyof TimeRange, { missions, places, expected, worked }: QueueFacts): Millis {
  const free = missions
    .filter((mission) => isActive(mission.state.status))
    .map((mission) => {
      const whole = expected(mission)[bound];
      const done = worked(mission);
      return done === undefined ? whole * unknownLeft[bound] : Math.max(whole - done, whole / 10);
    });
  while (free.length < places) free.push(0);
  // Over the limit, as after it was lowered: a place is free only once enough have ended.
  free.sort((a, b) => a - b).splice(0, free.length - places);
  for (const mission of ahead) {
    free[0] = (free[0] ?? 0) + expected(mission)[bound];
    free.sort((a, b) => a - b);
  }
  return Math.round(free[0] ?? 0);
}

function isQueued(mission: Mission): mission is QueuedMission {
  return mission.state.status === 'queued';
}

/** Its priority, and a step for each while it has waited. A clock that was set back takes nothing away. */
function levelOf(mission: QueuedMission, now: Millis): number {
  const { state } = mission;
  const steps = Math.floor(Math.max(0, now - (state.rises ?? state.since)) / RISES_AFTER);
  return Math.min(priorities.length - 1, priorities.indexOf(priorityOf(mission)) + steps);
}

function orderOf({ state }: QueuedMission): number {
  return state.order ?? state.since;
}

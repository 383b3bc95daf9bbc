import type { Millis } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';
import { isActive, type Mission } from '../contracts/mission.ts';

export interface QueuePlace {
  /** 1 for the next one. */
  readonly position: number;
  readonly estimatedWaitMs: Millis;
}

/** The middle of what the preset says it takes. */
export function expectedDuration(mission: Pick<Mission, 'preset'>): Millis {
  return ((mission.preset.minutes.from + mission.preset.minutes.to) / 2) * 60_000;
}

/** Queued missions, first come first served. */
export function queued(missions: readonly Mission[]): readonly Mission[] {
  return missions.filter((mission) => mission.state.status === 'queued').sort((a, b) => since(a) - since(b) || (a.id < b.id ? -1 : 1));
}

/**
 * Where a mission stands and how long it will likely wait: every place is given to the one that is free first, each mission
 * taking its preset's expected time. An active one has at least a tenth of that left, however long it has run.
 */
export function placeOf(missions: readonly Mission[], id: MissionId, places: number, now: Millis): QueuePlace | undefined {
  const line = queued(missions);
  const index = line.findIndex((mission) => mission.id === id);
  if (index < 0) return undefined;
  const free = missions
    .filter((mission) => isActive(mission.state.status))
    .map((mission) => Math.max(expectedDuration(mission) - (now - mission.createdAt), expectedDuration(mission) / 10));
  while (free.length < places) free.push(0);
  let wait = 0;
  for (const mission of line.slice(0, index + 1)) {
    free.sort((a, b) => a - b);
    wait = free[0] ?? 0;
    free[0] = wait + expectedDuration(mission);
  }
  return { position: index + 1, estimatedWaitMs: Math.round(wait) };
}

function since(mission: Mission): Millis {
  return mission.state.status === 'queued' ? mission.state.since : 0;
}

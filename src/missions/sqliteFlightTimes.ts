import { z } from 'zod';
import type { Millis } from '../base/clock.ts';
import type { Mission, MissionStatus } from '../contracts/mission.ts';
import type { FlightEstimate } from '../contracts/queue.ts';
import type { Store } from '../store/store.ts';
import { estimate } from './flightEstimate.ts';
import { DEMO_MODEL } from './missionView.ts';

/** Enough to know, few enough to follow a project that changes. */
const NEWEST = 50;

/** Somebody may answer so soon that the flight goes on before it rests. */
const reviewed: ReadonlySet<MissionStatus> = new Set(['awaiting-approval', 'parked', 'applying', 'done', 'rejected']);

const row = z.object({ agent: z.string(), worked: z.number() });

/**
 * How long missions worked up to their first review. A flight that was carried from one kernel to the next is no measure, and one of the
 * demo model says nothing about a real one.
 */
export class SqliteFlightTimes {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Adds what a mission has worked from one rest to the next. MUST be called inside a unit of work. */
  add(mission: Mission, worked: Millis, interrupted: boolean): void {
    this.#store.unitOfWork.assertInside();
    const { status } = mission.state;
    const outcome = interrupted ? 'interrupted' : reviewed.has(status) ? 'reviewed' : 'under-way';
    this.#store.db
      .prepare(
        `INSERT INTO flight_times (mission_id, preset, agent, demo, worked, outcome) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (mission_id) DO UPDATE SET worked = worked + excluded.worked, outcome = excluded.outcome
         WHERE outcome = 'under-way'`,
      )
      .run(mission.id, mission.preset.id, mission.agent, Number(mission.model === DEMO_MODEL), worked, outcome);
  }

  expected({ preset, agent, model }: Pick<Mission, 'preset' | 'agent' | 'model'>): FlightEstimate {
    // Ids sort by time, so the last ones are the newest.
    const found = this.#store.db
      .prepare(
        `SELECT agent, worked FROM flight_times WHERE preset = ? AND demo = ? AND outcome = 'reviewed' ORDER BY mission_id DESC LIMIT ?`,
      )
      .all(preset.id, Number(model === DEMO_MODEL), NEWEST);
    const flights = z.array(row).parse(found);
    const times = (of: typeof flights): readonly Millis[] => of.map(({ worked }) => worked);
    return estimate(times(flights.filter((flight) => flight.agent === agent)), times(flights), preset);
  }
}

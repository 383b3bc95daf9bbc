import type { Millis } from '../base/clock.ts';
import type { MissionId } from '../base/ids.ts';

interface Watch {
  worked: Millis;
  /** When it went on; `undefined` while it waits for a person. */
  since: Millis | undefined;
}

/**
 * How long missions work in this kernel, without the time in which they wait for a person. `stopwatch` MUST never be set back or forward:
 * a wall clock that jumps would poison every later estimate.
 */
export class FlightRecorder {
  readonly #stopwatch: () => Millis;
  readonly #watches = new Map<MissionId, Watch>();

  constructor(stopwatch: () => Millis) {
    this.#stopwatch = stopwatch;
  }

  begin(id: MissionId): void {
    this.#watches.set(id, { worked: 0, since: this.#stopwatch() });
  }

  /** Stops the watches of those that ask something of a person, and starts the others again. */
  asking(missions: ReadonlySet<MissionId>): void {
    const now = this.#stopwatch();
    for (const [id, watch] of this.#watches) {
      if (missions.has(id)) {
        watch.worked = workedAt(watch, now);
        watch.since = undefined;
      } else watch.since ??= now;
    }
  }

  /** `undefined` for one that does not work here. */
  worked(id: MissionId): Millis | undefined {
    const watch = this.#watches.get(id);
    return watch && workedAt(watch, this.#stopwatch());
  }

  /** `undefined` when nothing was measured. */
  end(id: MissionId): Millis | undefined {
    const worked = this.worked(id);
    this.#watches.delete(id);
    return worked === undefined ? undefined : Math.round(worked);
  }
}

function workedAt({ worked, since }: Watch, now: Millis): Millis {
  return worked + (since === undefined ? 0 : now - since);
}

import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { Budget } from '../contracts/budget.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Mission } from '../contracts/mission.ts';
import type { BudgetAlert } from '../contracts/queue.ts';
import type { Meter } from '../contracts/review.ts';
import type { UnitOfWork } from '../contracts/unitOfWork.ts';
import { isNear, periodOf, type SqliteBudgetAlerts } from '../budget/budgetAlerts.ts';

export interface BudgetWatchOptions {
  readonly budget: Budget;
  readonly alerts: SqliteBudgetAlerts;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The missions that may spend, of this window. */
  readonly spending: () => readonly Mission[];
  /** `undefined` where there is nobody to tell. */
  readonly alertAt: () => number | undefined;
  readonly tell: (alerts: readonly BudgetAlert[]) => void;
}

interface Candidate {
  readonly meter: Meter;
  readonly period: string;
  readonly goal: string | undefined;
}

/** Tells of each budget that comes near its limit, once. */
export class BudgetWatch {
  readonly #options: BudgetWatchOptions;
  #looking = false;

  constructor(options: BudgetWatchOptions) {
    this.#options = options;
  }

  /** Cheap while there is nothing to tell. What changes while it claims is seen at the next look. */
  look(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#claim()
      .catch((error: unknown) => this.#options.logger.log('error', 'budgets cannot be watched', { error: messageOf(error) }))
      .finally(() => {
        this.#looking = false;
      });
  }

  async #claim(): Promise<void> {
    const near = this.#near();
    if (near.length === 0) return;
    const { unitOfWork, alerts, tell } = this.#options;
    const claimed = await unitOfWork.run(() => near.filter(({ meter, period }) => alerts.claim(meter.scope, period, meter.limit)));
    if (claimed.length > 0) tell(claimed.map(({ meter, goal }) => ({ ...meter, ...(goal === undefined ? {} : { goal }) })));
  }

  #near(): readonly Candidate[] {
    const { budget, alerts, clock, spending, alertAt } = this.#options;
    const share = alertAt();
    if (share === undefined) return [];
    const now = clock.now();
    const candidate = (meter: Meter, id: MissionId | '', goal: string | undefined): Candidate => ({
      meter,
      period: periodOf(meter.scope, id, now),
      goal,
    });
    const ofMissions = spending().flatMap(({ id, goal }) =>
      budget
        .meters(id, now)
        .filter(({ scope }) => scope === 'mission')
        .map((meter) => candidate(meter, id, goal)),
    );
    const all = [...budget.meters(undefined, now).map((meter) => candidate(meter, '', undefined)), ...ofMissions];
    return all.filter(({ meter, period }) => isNear(meter, share) && alerts.isNews(meter, period));
  }
}

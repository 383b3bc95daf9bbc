import { z } from 'zod';
import type { Millis } from '../base/clock.ts';
import type { MicroUsd } from '../base/money.ts';
import type { Meter } from '../contracts/review.ts';
import type { Store } from '../store/store.ts';
import { startOfDay, startOfMonth } from './calendar.ts';

const row = z.object({ limit: z.number() });

/** Whether a budget is near its limit. What is only reserved may still be given back. */
export function isNear({ spent, limit }: Meter, alertAt: number): boolean {
  return spent > 0 && spent >= limit * alertAt;
}

/** Which window of time a meter counts. */
export function periodOf(scope: Meter['scope'], missionId: string, now: Millis): string {
  if (scope === 'mission') return missionId;
  return String(scope === 'day' ? startOfDay(now) : startOfMonth(now));
}

/** What was told of which budget, in the store: once for all windows, whatever closes and opens. */
export class SqliteBudgetAlerts {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Whether nobody has told yet of this budget in this period and with a limit so high. Reads only. */
  isNews({ scope, limit }: Meter, period: string): boolean {
    const found = this.#store.db
      .prepare('SELECT told_limit AS "limit" FROM budget_alerts WHERE scope = ? AND period = ?')
      .get(scope, period);
    return found === undefined || limit > row.parse(found).limit;
  }

  /** True for exactly one caller of all windows. MUST be called inside a unit of work. */
  claim(scope: Meter['scope'], period: string, limit: MicroUsd): boolean {
    this.#store.unitOfWork.assertInside();
    const { changes } = this.#store.db
      .prepare(
        `INSERT INTO budget_alerts (scope, period, told_limit) VALUES (?, ?, ?)
         ON CONFLICT (scope, period) DO UPDATE SET told_limit = excluded.told_limit WHERE excluded.told_limit > told_limit`,
      )
      .run(scope, period, limit);
    return changes === 1;
  }
}

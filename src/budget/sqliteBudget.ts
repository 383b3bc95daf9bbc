import { z } from 'zod';
import type { Millis } from '../base/clock.ts';
import type { IdSource, MissionId, ReservationId } from '../base/ids.ts';
import { formatUsd, microUsd, type MicroUsd } from '../base/money.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Budget, BudgetLimits, BudgetRefusal, Reservation, ReservationRequest } from '../contracts/budget.ts';
import type { Meter } from '../contracts/review.ts';
import type { Store } from '../store/store.ts';
import { startOfDay, startOfMonth } from './calendar.ts';

export interface BudgetOptions {
  readonly store: Store;
  readonly ids: IdSource;
  /** The limits now; `mission` is the mission's own, fixed at its launch. */
  readonly limits: (missionId: MissionId | undefined) => BudgetLimits;
}

const reservationRow = z.object({
  id: z.string(),
  amount: z.number(),
  state: z.enum(['held', 'committed', 'released']),
  mission_id: z.string(),
});
const amountRow = z.object({ amount: z.number() });
const missionRow = z.object({ mission_id: z.string() });
const sumsRow = z.object({ spent: z.number(), reserved: z.number() });

const refusals = {
  mission: { code: 'mission-budget', words: "The mission's budget", setting: 'gonogo.budget.mission' },
  day: { code: 'daily-budget', words: "Today's budget", setting: 'gonogo.budget.daily' },
  month: { code: 'monthly-budget', words: "This month's budget", setting: 'gonogo.budget.monthly' },
} as const;

export class SqliteBudget implements Budget {
  readonly #options: BudgetOptions;

  constructor(options: BudgetOptions) {
    this.#options = options;
  }

  reserve(request: ReservationRequest): Result<Reservation, BudgetRefusal> {
    const { store, ids } = this.#options;
    store.unitOfWork.assertInside();
    refuseNegative(request.amount);
    const known = this.#byRequest(request.requestId);
    if (known && known.mission_id !== request.missionId)
      throw new Error(`the key \`${request.requestId}\` belongs to another mission; use a new one`);
    if (known) return ok({ id: known.id as ReservationId, amount: microUsd(known.amount) });
    for (const meter of this.meters(request.missionId, request.at)) {
      const room = roomOf(meter);
      if (request.amount > room) return err(refusal(meter, request.amount, room));
    }
    const id = ids.next<ReservationId>();
    store
      .prepare(`INSERT INTO reservations (id, request_id, mission_id, workspace_id, state, amount, at) VALUES (?, ?, ?, ?, 'held', ?, ?)`)
      .run(id, request.requestId, request.missionId, request.workspaceId, request.amount, request.at);
    return ok({ id, amount: request.amount });
  }

  reservationFor(requestId: string): Reservation | undefined {
    const row = this.#byRequest(requestId);
    return row?.state === 'held' ? { id: row.id as ReservationId, amount: microUsd(row.amount) } : undefined;
  }

  commit(id: ReservationId, actual: MicroUsd, at: Millis): void {
    this.#options.store.unitOfWork.assertInside();
    refuseNegative(actual);
    this.#options.store
      .prepare(
        `UPDATE reservations SET state = 'committed', estimated = 0, amount = ?, at = ? WHERE id = ? AND (state = 'held' OR estimated = 1)`,
      )
      .run(actual, at, id);
  }

  release(id: ReservationId): void {
    this.#options.store.unitOfWork.assertInside();
    this.#options.store
      .prepare(`UPDATE reservations SET state = 'released', estimated = 0 WHERE id = ? AND (state = 'held' OR estimated = 1)`)
      .run(id);
  }

  bookAll(missionId: MissionId, at: Millis): MicroUsd {
    this.#options.store.unitOfWork.assertInside();
    const booked = this.#options.store
      .prepare(
        `UPDATE reservations SET state = 'committed', estimated = 1, at = ? WHERE mission_id = ? AND state = 'held' RETURNING amount`,
      )
      .all(at, missionId);
    return microUsd(
      z
        .array(amountRow)
        .parse(booked)
        .reduce((sum, { amount }) => sum + amount, 0),
    );
  }

  holding(): readonly MissionId[] {
    const rows = this.#options.store.prepare(`SELECT DISTINCT mission_id FROM reservations WHERE state = 'held'`).all();
    return z
      .array(missionRow)
      .parse(rows)
      .map(({ mission_id }) => mission_id as MissionId);
  }

  available(missionId: MissionId, at: Millis): MicroUsd {
    return microUsd(Math.max(0, Math.min(...this.meters(missionId, at).map(roomOf))));
  }

  meters(missionId: MissionId | undefined, at: Millis): readonly Meter[] {
    const limits = this.#options.limits(missionId);
    const scopes: Meter[] = [];
    if (missionId) scopes.push(this.#meter('mission', 'mission_id = ?', missionId, limits.mission));
    // What is held may be booked today, whenever it was reserved.
    scopes.push(this.#meter('day', `(at >= ? OR state = 'held')`, startOfDay(at), limits.day));
    scopes.push(this.#meter('month', `(at >= ? OR state = 'held')`, startOfMonth(at), limits.month));
    return scopes;
  }

  #meter(scope: Meter['scope'], where: string, value: string | number, limit: MicroUsd): Meter {
    const row = this.#options.store
      .prepare(
        `SELECT COALESCE(SUM(amount) FILTER (WHERE state = 'committed'), 0) AS spent,
                COALESCE(SUM(amount) FILTER (WHERE state = 'held'), 0) AS reserved
         FROM reservations WHERE ${where}`,
      )
      .get(value);
    const { spent, reserved } = sumsRow.parse(row);
    return { scope, spent: microUsd(spent), reserved: microUsd(reserved), limit };
  }

  #byRequest(requestId: string): z.infer<typeof reservationRow> | undefined {
    const row = this.#options.store.prepare('SELECT id, amount, state, mission_id FROM reservations WHERE request_id = ?').get(requestId);
    return row === undefined ? undefined : reservationRow.parse(row);
  }
}

/** A negative amount would make room for others. */
function refuseNegative(amount: MicroUsd): void {
  if (amount < 0) throw new RangeError(`\`${amount}\` micro-dollars is not an amount to spend; pass zero or more`);
}

function roomOf(meter: Meter): number {
  return meter.limit - meter.spent - meter.reserved;
}

function refusal(meter: Meter, amount: MicroUsd, room: number): BudgetRefusal {
  const { code, words, setting } = refusals[meter.scope];
  const left = microUsd(Math.max(0, room));
  return {
    code,
    available: left,
    message: `${words} of ${formatUsd(meter.limit)} has ${formatUsd(left)} left and this would take up to ${formatUsd(amount)}. Stop and report what is done; a person can raise \`${setting}\`.`,
  };
}

import type { Millis } from '../base/clock.ts';
import type { MissionId, ReservationId } from '../base/ids.ts';
import type { MicroUsd } from '../base/money.ts';
import type { Result } from '../base/result.ts';
import type { Meter } from './review.ts';

export interface BudgetLimits {
  readonly mission: MicroUsd;
  readonly day: MicroUsd;
  readonly month: MicroUsd;
}

export interface ReservationRequest {
  /** Same key, same answer: a repeated call charges nothing again. */
  readonly requestId: string;
  readonly missionId: MissionId;
  readonly workspaceId: string;
  readonly amount: MicroUsd;
  readonly at: Millis;
}

export interface Reservation {
  readonly id: ReservationId;
  readonly amount: MicroUsd;
}

export interface BudgetRefusal {
  readonly code: 'mission-budget' | 'daily-budget' | 'monthly-budget';
  readonly message: string;
  readonly available: MicroUsd;
}

/** Reserve before, commit what it cost, release the rest. Calls MUST be made inside `UnitOfWork.run`, but for `meters` and `available`. */
export interface Budget {
  /** @throws RangeError for a negative amount, Error for a key of another mission. */
  reserve(request: ReservationRequest): Result<Reservation, BudgetRefusal>;
  /** What an earlier `reserve` under this key holds; `undefined` when nothing is held. */
  reservationFor(requestId: string): Reservation | undefined;
  /** Books the actual cost, which a provider may have let grow beyond the reservation; the rest is free again. Repeating it changes nothing. */
  commit(id: ReservationId, actual: MicroUsd, at: Millis): void;
  release(id: ReservationId): void;
  /**
   * Books all a mission still holds, as an estimate: what holds it was cut off, and nobody knows what it cost. A `commit` or `release`
   * that comes after all puts it right. Returns what was booked.
   */
  bookAll(missionId: MissionId, at: Millis): MicroUsd;
  /** The missions that hold something. */
  holding(): readonly MissionId[];
  /** The smallest room left of mission, day and month. Days and months are the local calendar's; what is held counts for today. */
  available(missionId: MissionId, at: Millis): MicroUsd;
  meters(missionId: MissionId | undefined, at: Millis): readonly Meter[];
}

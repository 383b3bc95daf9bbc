import type { Action } from '../../contracts/action.ts';
import type { Budget } from '../../contracts/budget.ts';
import type { Check } from '../../contracts/check.ts';
import type { Finding } from '../../contracts/verdict.ts';
import { formatUsd } from '../../base/money.ts';

/** Money is reserved with the decision; `available` only tells early that it cannot work. */
export function budgetCheck(budget: Budget): Check {
  return {
    name: 'budget',
    evaluate(action, { now }) {
      if (action.kind !== 'model.call') return [];
      if (action.missionId === undefined) return [noGo('no-mission', 'Models are called only inside a mission.')];
      const available = budget.available(action.missionId, now);
      if (action.estimatedCost <= available) return [];
      const why = `This call could cost ${formatUsd(action.estimatedCost)} and ${formatUsd(available)} is left.`;
      return [noGo('budget-spent', `${why} Stop and report what is done.`)];
    },
    charge(action, { now }) {
      if (action.kind !== 'model.call' || action.missionId === undefined) return undefined;
      const requestId = reservationKey(action);
      const reserved = budget.reserve({
        requestId,
        missionId: action.missionId,
        workspaceId: action.workspaceId,
        amount: action.estimatedCost,
        at: now,
      });
      if (!reserved.ok) return noGo(reserved.error.code, reserved.error.message);
      if (budget.reservationFor(requestId) !== undefined) return undefined;
      return noGo('already-settled', 'A call under this key was already paid for. Use a new key for a new call.');
    },
  };
}

function noGo(code: string, reason: string): Finding {
  return { check: 'budget', effect: 'no-go', code, reason };
}

/** The key under which an action's money is reserved. */
export function reservationKey(action: Action): string {
  return action.idempotencyKey ?? action.id;
}

import type { Action } from '../../contracts/action.ts';
import type { Budget } from '../../contracts/budget.ts';
import type { Check } from '../../contracts/check.ts';
import { formatUsd } from '../../base/money.ts';

/** Money is reserved with the decision; `available` only tells early that it cannot work. */
export function budgetCheck(budget: Budget): Check {
  return {
    name: 'budget',
    evaluate(action, { now }) {
      if (action.kind !== 'model.call') return [];
      if (action.missionId === undefined)
        return [{ check: 'budget', effect: 'no-go', code: 'no-mission', reason: 'Models are called only inside a mission.' }];
      const available = budget.available(action.missionId, now);
      if (action.estimatedCost <= available) return [];
      return [
        {
          check: 'budget',
          effect: 'no-go',
          code: 'budget-spent',
          reason: `This call could cost ${formatUsd(action.estimatedCost)} and ${formatUsd(available)} is left. Stop and report what is done.`,
        },
      ];
    },
    charge(action, { now }) {
      if (action.kind !== 'model.call' || action.missionId === undefined) return undefined;
      const reserved = budget.reserve({
        requestId: reservationKey(action),
        missionId: action.missionId,
        workspaceId: action.workspaceId,
        amount: action.estimatedCost,
        at: now,
      });
      return reserved.ok ? undefined : { check: 'budget', effect: 'no-go', code: reserved.error.code, reason: reserved.error.message };
    },
  };
}

/** The key under which an action's money is reserved. */
export function reservationKey(action: Action): string {
  return action.idempotencyKey ?? action.id;
}

import { microUsd } from '../base/money.ts';
import type { CostOf } from '../contracts/models.ts';

/** A price in dollars per million tokens is a price in micro-dollars per token. */
export const costOf: CostOf = (usage, price) => {
  const cost = usage.inputTokens * price.inputUsdPerMTok + usage.outputTokens * price.outputUsdPerMTok;
  // A price like 0.07 carries a binary error into the product; shave it before rounding up.
  return microUsd(Math.ceil(Number(cost.toFixed(6))));
};

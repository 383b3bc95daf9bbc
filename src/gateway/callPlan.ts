import { formatUsd, microUsd, type MicroUsd } from '../base/money.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ModelPrice } from '../contracts/models.ts';
import type { Meter } from '../contracts/review.ts';
import type { ApiProblem } from './apiProblem.ts';
import { costOf } from './cost.ts';

/** Fewer tokens than this are not worth a call. */
export const MIN_OUTPUT_TOKENS = 16;
/** What a call may say when the agent names no limit. */
export const DEFAULT_OUTPUT_TOKENS = 8_192;
const MOST_OUTPUT_TOKENS = 1_000_000;
/**
 * While streaming, tokens are counted by our own estimate, which may run ahead of the provider's. A quarter more than what the provider
 * is told is reserved, so that an honest answer is not cut for it; whatever is not used is released.
 */
const COUNTING_MARGIN = 1.25;

interface CallNeeds {
  readonly inputTokens: number;
  /** The limit the agent named. */
  readonly maxTokens: number | undefined;
  readonly choices: number;
}

export interface CallPlan {
  /** What the provider is told, for each choice. */
  readonly maxOutputTokens: number;
  /** What is reserved. Never more than the room. */
  readonly worstCase: MicroUsd;
}

/** Lowers the limit on the output until the worst case fits the room; the error is the least that a call like this needs. */
export function planCall(needs: CallNeeds, price: ModelPrice, room: MicroUsd): Result<CallPlan, MicroUsd> {
  const worstCase = (maxOutputTokens: number): MicroUsd =>
    costOf({ inputTokens: needs.inputTokens, outputTokens: Math.ceil(maxOutputTokens * needs.choices * COUNTING_MARGIN) }, price);
  const wanted = Math.min(needs.maxTokens ?? DEFAULT_OUTPUT_TOKENS, MOST_OUTPUT_TOKENS);
  const least = Math.min(wanted, MIN_OUTPUT_TOKENS);
  if (worstCase(least) > room) return err(worstCase(least));
  // The worst case grows with the limit, so the largest limit that fits is found by halving.
  let fits = least;
  let tooMany = wanted + 1;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (worstCase(middle) <= room) fits = middle;
    else tooMany = middle;
  }
  return ok({ maxOutputTokens: fits, worstCase: worstCase(fits) });
}

const BUDGET_WORDS = { mission: "The mission's budget", day: "Today's budget", month: "This month's budget" } as const;

/** Why there is no room for a call that needs `least`, in words the agent can act on. */
export function noRoom(meters: readonly Meter[], least: MicroUsd): ApiProblem {
  const [tightest] = [...meters].sort((a, b) => roomOf(a) - roomOf(b));
  if (tightest === undefined) return quota('There is no budget for this call. Stop and report what is done.');
  const words = `${BUDGET_WORDS[tightest.scope]} of ${formatUsd(tightest.limit)}`;
  const unspent = microUsd(Math.max(0, tightest.limit - tightest.spent));
  if (least <= unspent) {
    return {
      status: 429,
      type: 'rate_limit_error',
      code: 'budget_reserved',
      message: `${words} is held by other calls that are still running. Try again when they have ended.`,
      retryAfterMs: 2_000,
    };
  }
  if (unspent === 0) return quota(`${words} is spent. Stop and report what is done.`);
  return quota(`${words} has ${formatUsd(unspent)} left, and this call needs at least ${formatUsd(least)}. Stop and report what is done.`);
}

/** 402, not 429: an agent's client repeats a 429 by itself, and money does not come back by waiting. */
export function quota(message: string): ApiProblem {
  return { status: 402, type: 'insufficient_quota', code: 'insufficient_quota', message };
}

function roomOf(meter: Meter): number {
  return meter.limit - meter.spent - meter.reserved;
}

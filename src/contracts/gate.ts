import type { Json } from '../base/canonicalJson.ts';
import type { GrantId } from '../base/ids.ts';
import type { MicroUsd } from '../base/money.ts';
import type { Action, ActionDraft } from './action.ts';
import type { Permit } from './permit.ts';
import type { Verdict } from './verdict.ts';

/** What an effect leaves in the ledger. */
export interface EffectOutcome<T> {
  readonly value: T;
  readonly result: 'success' | 'failure';
  readonly summary: Json;
  readonly cost?: MicroUsd;
}

export type Performed<T> =
  | { readonly status: 'done'; readonly value: T; readonly action: Action }
  /** NO-GO, or a HOLD that was rejected or expired. `reason` is for the agent to act on. */
  | { readonly status: 'refused'; readonly verdict: Verdict; readonly reason: string }
  /** The gate said GO and the effect broke. */
  | { readonly status: 'failed'; readonly error: unknown; readonly action: Action };

export interface PerformOptions {
  readonly signal: AbortSignal;
  /** A grant from an approval of exactly this action. */
  readonly grantId?: GrantId;
  /** `wait` (default): a HOLD waits for the person. `refuse`: the verdict comes back at once. */
  readonly onHold?: 'wait' | 'refuse';
}

/** The one way to an effect. */
export interface Gate {
  /**
   * Decides, and on GO runs `effect` with the permit. The decision is durable before the effect starts, its outcome after.
   * Never throws: errors of checks are NO-GO `check-failed`, errors of the effect come back as `failed`.
   */
  perform<T>(draft: ActionDraft, effect: (permit: Permit) => Promise<EffectOutcome<T>>, options: PerformOptions): Promise<Performed<T>>;
  /** Runs every check, charges and records nothing. */
  explain(draft: ActionDraft): Promise<Verdict>;
}

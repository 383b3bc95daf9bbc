import type { Millis } from '../base/clock.ts';
import type { Action } from './action.ts';
import type { MissionFacts } from './mission.ts';
import type { Finding } from './verdict.ts';

/** What a check may know beside the action itself. Gathered once, before the first check. */
export interface CheckContext {
  readonly now: Millis;
  /** The mission the action says it belongs to, from the store; `undefined` when there is none by that id. */
  readonly mission: MissionFacts | undefined;
  readonly signal: AbortSignal;
}

/**
 * One question of the gate. MUST NOT change anything: what a GO uses up is charged in `charge`, which the gate calls inside
 * the unit of work that also writes the decision. A check that throws or times out is a NO-GO `check-failed`.
 */
export interface Check {
  readonly name: string;
  /** Findings, or none when the check has nothing to say about this kind of action. */
  evaluate(action: Action, context: CheckContext): Promise<readonly Finding[]> | readonly Finding[];
  /** Takes what a GO costs. A returned finding that is no `go` (lost race, money gone) makes it a NO-GO and undoes every charge. */
  charge?(action: Action, context: CheckContext): Finding | undefined;
}

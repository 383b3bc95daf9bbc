import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Gate, Performed } from '../contracts/gate.ts';
import type { Ledger } from '../contracts/ledger.ts';
import type { Mission, MissionEnd, MissionState } from '../contracts/mission.ts';
import { StoreUnavailable } from '../contracts/unitOfWork.ts';
import type { Verdict } from '../contracts/verdict.ts';
import type { Worktrees } from '../contracts/worktrees.ts';
import { effectSince, failureOf } from './effectRecord.ts';
import { mustWait, outcomeOf, reapplyDraft, rollbackDraft, type Changed } from './missionActions.ts';

/** Enough of the newest entries to hold everything since a mission came into its present state. */
export const RECENT = 200;

export interface PersonsMovesOptions {
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly worktrees: Worktrees;
  readonly clock: Clock;
}

type State<S extends MissionState['status']> = Extract<MissionState, { status: S }>;

/** What a person does to an applied mission: the way back, and the way there again. `undefined`: it has to wait. */
export class PersonsMoves {
  readonly #options: PersonsMovesOptions;

  constructor(options: PersonsMovesOptions) {
    this.#options = options;
  }

  /** Everything as it was, or what was chosen; or nothing and why. */
  async rollBack(mission: Mission, state: State<'rolling-back'>, signal: AbortSignal): Promise<MissionState | undefined> {
    const { gate, worktrees, clock } = this.#options;
    const { at, candidate, only } = state;
    const end = (refusal: MissionEnd | undefined): MissionState =>
      refusal
        ? { status: 'done', at, candidate, refusal }
        : { status: 'rolled-back', at: clock.now(), candidate, ...(only ? { only } : {}) };
    const ended = this.#ended(mission, 'rolling-back', 'code.rollback');
    if (ended) return end(ended.refusal);
    const performed = await gate.perform(
      rollbackDraft(mission, candidate, only),
      (permit) => outcomeOf(worktrees.rollback(permit, mission.folder, candidate.result, candidate.base)),
      { signal, onHold: 'refuse' },
    );
    const met = refusalOf(performed, 'rollback-failed', mustWait);
    return met && end(met.refusal);
  }

  /** Exactly the bytes that were applied before; or nothing and why. */
  async reapply(mission: Mission, state: State<'reapplying'>, signal: AbortSignal): Promise<MissionState | undefined> {
    const { gate, worktrees, clock } = this.#options;
    const { at, candidate, only } = state;
    const end = (refusal: MissionEnd | undefined): MissionState =>
      refusal
        ? { status: 'rolled-back', at, candidate, refusal, ...(only ? { only } : {}) }
        : { status: 'done', at: clock.now(), candidate };
    const ended = this.#ended(mission, 'reapplying', 'code.reapply');
    if (ended) return end(ended.refusal);
    const performed = await gate.perform(
      reapplyDraft(mission, candidate),
      (permit) => outcomeOf(worktrees.reapply(permit, mission.folder, candidate.base, candidate.result)),
      { signal, onHold: 'refuse' },
    );
    // A stop does not leave it waiting: the person asks again when it is over. What has begun is completed first.
    const begun = this.#since(mission, 'reapplying', 'code.reapply').begun;
    const met = refusalOf(performed, 'reapply-failed', begun ? mustWait : cannotRecord);
    return met && end(met.refusal);
  }

  /** A crash after the last byte: the record knows more than the mission's state. */
  #ended(mission: Mission, status: 'rolling-back' | 'reapplying', kind: 'code.rollback' | 'code.reapply') {
    const { outcome } = this.#since(mission, status, kind);
    return outcome && { refusal: outcome.result === 'success' ? undefined : failureOf(outcome) };
  }

  #since(mission: Mission, status: 'rolling-back' | 'reapplying', kind: 'code.rollback' | 'code.reapply') {
    return effectSince(this.#options.ledger.query({ missionId: mission.id, limit: RECENT }), status, kind);
  }
}

function cannotRecord(verdict: Verdict): boolean {
  return verdict.findings.some(({ effect, code }) => effect === 'no-go' && code === 'ledger-unavailable');
}

/** `undefined` when it has to wait. */
function refusalOf(
  performed: Performed<Changed>,
  broken: string,
  waits: (verdict: Verdict) => boolean,
): { readonly refusal: MissionEnd | undefined } | undefined {
  switch (performed.status) {
    case 'done': {
      const { value } = performed;
      return { refusal: value.ok ? undefined : { code: value.error.code, message: value.error.message } };
    }
    case 'failed':
      if (performed.error instanceof StoreUnavailable) return undefined;
      return { refusal: { code: broken, message: messageOf(performed.error) } };
    case 'refused':
      return waits(performed.verdict) ? undefined : { refusal: { code: 'no-go', message: performed.reason } };
  }
}

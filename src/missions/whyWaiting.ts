import { assertNever } from '../base/assertNever.ts';
import type { RequestId } from '../base/ids.ts';
import type { KillSwitch } from '../contracts/killSwitches.ts';
import type { Mission } from '../contracts/mission.ts';
import type { Occupant, Pause, WaitReason } from '../contracts/queue.ts';
import type { Meter } from '../contracts/review.ts';
import { isNext, priorityOf, type QueuedMission } from './queue.ts';

export interface WaitFacts {
  readonly storeWorks: boolean;
  readonly stop: KillSwitch | undefined;
  readonly trusted: boolean;
  readonly queuePause: Pause | undefined;
  readonly meters: readonly Meter[];
  readonly places: number;
  readonly occupants: readonly Occupant[];
  /** All that stand in line, the next one first. */
  readonly line: readonly QueuedMission[];
  readonly elsewhere: boolean;
  /** What it asks of a person while it works. */
  readonly question: RequestId | undefined;
}

/** Every reason why a mission does not go on now, the one to mend first at the front; empty when it works or has ended. */
export function whyWaiting(mission: Mission, facts: WaitFacts): readonly WaitReason[] {
  const { state } = mission;
  switch (state.status) {
    case 'queued':
      return [...everywhere(facts), ...inLine({ ...mission, state }, facts)];
    case 'running':
    case 'verifying':
      if (facts.question !== undefined) return [...everywhere(facts), yours('question', facts.question)];
      return facts.elsewhere ? [] : everywhere(facts);
    case 'applying':
    case 'reapplying':
      return facts.elsewhere ? [] : everywhere(facts);
    case 'awaiting-approval':
      return [...everywhere(facts), yours('review', state.requestId)];
    case 'parked':
      return [...everywhere(facts), { kind: 'parked' }];
    // A person's rollback goes on while everything else is stopped.
    case 'rolling-back':
      return facts.storeWorks ? [] : [{ kind: 'store-trouble' }];
    case 'drafted':
    case 'done':
    case 'rolled-back':
    case 'rejected':
    case 'failed':
    case 'cancelled':
      return [];
    default:
      return assertNever(state);
  }
}

/** The budgets of all missions that have nothing left. */
export function goneBudgets(meters: readonly Meter[]): readonly ('day' | 'month')[] {
  return meters.flatMap(({ scope, spent, reserved, limit }) => (scope !== 'mission' && limit - spent - reserved <= 0 ? [scope] : []));
}

function everywhere({ storeWorks, stop, trusted }: WaitFacts): readonly WaitReason[] {
  return [
    ...(storeWorks ? [] : [{ kind: 'store-trouble' } as const]),
    ...(stop ? [{ kind: 'stopped', by: stop.by, reason: stop.reason } as const] : []),
    ...(trusted ? [] : [{ kind: 'not-trusted' } as const]),
  ];
}

function inLine(mission: QueuedMission, facts: WaitFacts): readonly WaitReason[] {
  const { paused } = mission.state;
  const reasons: WaitReason[] = [];
  if (paused) reasons.push({ kind: 'paused', ...paused });
  if (facts.queuePause) reasons.push({ kind: 'queue-paused', ...facts.queuePause });
  for (const scope of goneBudgets(facts.meters)) reasons.push({ kind: 'budget-gone', scope });
  if (facts.occupants.length >= facts.places) reasons.push({ kind: 'places-taken', places: facts.places, by: facts.occupants });
  const going = facts.line.filter(({ state }) => !state.paused);
  const ahead = going.findIndex(({ id }) => id === mission.id);
  if (ahead > 0 && !isNext(going, mission.id, facts.places - facts.occupants.length))
    reasons.push({ kind: 'behind', ahead, rises: priorityOf(mission) !== 'high' });
  if (facts.elsewhere) reasons.push({ kind: 'other-window' });
  const blocked = reasons.length > 0 || everywhere(facts).length > 0;
  return blocked ? reasons : [{ kind: 'starting' }];
}

function yours(what: 'review' | 'question', requestId: RequestId): WaitReason {
  return { kind: 'your-decision', what, requestId };
}

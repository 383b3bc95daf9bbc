import { assertNever } from '../base/assertNever.ts';
import type { MicroUsd } from '../base/money.ts';
import type { Millis } from '../base/clock.ts';
import type { MissionView } from '../contracts/kernelApi.ts';
import type { Mission, MissionState } from '../contracts/mission.ts';
import { placeOf } from './queue.ts';

export interface ViewFacts {
  readonly missions: readonly Mission[];
  readonly places: number;
  readonly now: Millis;
  readonly spent: MicroUsd;
  readonly elsewhere: boolean;
  /** What the running agent did last. */
  readonly activity: string | undefined;
}

export const DEMO_MODEL = 'DEMO';

export function viewOf(mission: Mission, facts: ViewFacts): MissionView {
  const place = placeOf(facts.missions, mission.id, facts.places, facts.now);
  return {
    id: mission.id,
    presetTitle: mission.preset.title,
    goal: mission.goal,
    folder: mission.folder,
    workspaceId: mission.workspaceId,
    status: mission.state.status,
    detail: detailOf(mission.state, facts.activity),
    createdAt: mission.createdAt,
    spent: facts.spent,
    budget: mission.budget,
    agent: mission.agent,
    model: mission.model,
    demo: mission.model === DEMO_MODEL,
    ...(place ? { queue: place } : {}),
    ...(mission.state.status === 'awaiting-approval' ? { requestId: mission.state.requestId } : {}),
    elsewhere: facts.elsewhere,
  };
}

function detailOf(state: MissionState, activity: string | undefined): string {
  switch (state.status) {
    case 'drafted':
      return 'Not launched yet';
    case 'queued':
      return 'Waiting for its turn';
    case 'running':
      return activity ?? state.step;
    case 'verifying':
      return activity ?? 'Testing and checking the changes';
    case 'awaiting-approval':
      return 'Waiting for your review';
    case 'parked':
      return state.reason;
    case 'applying':
      return 'Applying the approved changes';
    case 'done':
      return state.refusal ? `Applied; not rolled back: ${state.refusal.message}` : 'Applied to the workspace';
    case 'rolling-back':
      return 'Rolling back';
    case 'rolled-back':
      return 'Rolled back; the workspace is as it was';
    case 'rejected':
    case 'cancelled':
      return state.reason;
    case 'failed':
      return state.end.message;
    default:
      return assertNever(state);
  }
}

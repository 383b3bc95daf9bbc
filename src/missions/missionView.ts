import { assertNever } from '../base/assertNever.ts';
import type { MicroUsd } from '../base/money.ts';
import type { MissionView } from '../contracts/kernelApi.ts';
import type { Candidate, Mission, MissionState, VerifyTask } from '../contracts/mission.ts';
import type { WaitReason } from '../contracts/queue.ts';
import { priorityOf, type QueuedMission, type QueuePlace } from './queue.ts';
import { countLeftOut } from './selection.ts';

export interface ViewFacts {
  readonly place: QueuePlace | undefined;
  readonly waiting: readonly WaitReason[];
  readonly spent: MicroUsd;
  readonly elsewhere: boolean;
  /** What the running agent did last. */
  readonly activity: string | undefined;
}

export const DEMO_MODEL = 'DEMO';

export function viewOf(mission: Mission, facts: ViewFacts): MissionView {
  const { place } = facts;
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
    ...(place && mission.state.status === 'queued' ? { queue: queueOf(place, { ...mission, state: mission.state }) } : {}),
    waiting: facts.waiting,
    ...(mission.state.status === 'awaiting-approval' ? { requestId: mission.state.requestId } : {}),
    elsewhere: facts.elsewhere,
  };
}

const verifyWords: Readonly<Record<VerifyTask['kind'], string>> = {
  part: 'Testing and checking your selection',
  whole: 'Your selection could not be used; bringing the whole change back',
};

function appliedText({ narrowedFrom }: Candidate): string {
  if (!narrowedFrom) return 'Applied to the workspace';
  const { filesLeftOut, hunksLeftOut } = countLeftOut(narrowedFrom.leftOut);
  const parts = [counted(filesLeftOut, 'file'), counted(hunksLeftOut, 'hunk')].filter((part) => part !== undefined);
  return `Approved in part and applied to the workspace; left out: ${parts.join(' and ')}`;
}

function counted(count: number, word: string): string | undefined {
  return count === 0 ? undefined : `${count} ${count === 1 ? word : `${word}s`}`;
}

function queueOf(place: QueuePlace, mission: QueuedMission): MissionView['queue'] {
  const { paused } = mission.state;
  return { ...place, priority: priorityOf(mission), ...(paused ? { paused } : {}) };
}

function detailOf(state: MissionState, activity: string | undefined): string {
  switch (state.status) {
    case 'drafted':
      return 'Not launched yet';
    case 'queued':
      return state.paused ? `Paused by ${state.paused.by}` : 'Waiting for its turn';
    case 'running':
      return activity ?? state.step;
    case 'verifying':
      return activity ?? (state.task ? verifyWords[state.task.kind] : 'Testing and checking the changes');
    case 'awaiting-approval':
      return 'Waiting for your review';
    case 'parked':
      return state.reason;
    case 'applying':
      return 'Applying the approved changes';
    case 'done':
      return state.refusal ? `Applied; not rolled back: ${state.refusal.message}` : appliedText(state.candidate);
    case 'rolling-back':
      return 'Rolling back';
    case 'rolled-back':
      return rolledBack(state);
    case 'reapplying':
      return 'Applying again';
    case 'rejected':
    case 'cancelled':
      return state.reason;
    case 'failed':
      return state.end.message;
    default:
      return assertNever(state);
  }
}

function rolledBack({ only, refusal }: Extract<MissionState, { status: 'rolled-back' }>): string {
  const files = only?.length === 1 ? '1 file' : `${only?.length ?? 0} files`;
  const back = only === undefined ? 'Rolled back; the workspace is as it was' : `Rolled back ${files}; what you changed since stays`;
  return refusal ? `${back}; not applied again: ${refusal.message}` : back;
}

import { CodedError } from '../base/errors.ts';
import type { KernelErrorCode, MissionStanding } from '../contracts/kernelApi.ts';
import type { Candidate, Mission } from '../contracts/mission.ts';
import type { Direction, MergedText, WorktreeError, Worktrees } from '../contracts/worktrees.ts';

/** @throws CodedError `wrong-state` for a mission that has no changes. */
export function changesOf({ state }: Mission): Candidate {
  if ('candidate' in state && state.candidate) return state.candidate;
  throw new CodedError<KernelErrorCode>('wrong-state', 'this mission has no changes to show');
}

/** How a mission's files stand, for the move a person may want next. */
export async function standingOf(worktrees: Worktrees, mission: Mission): Promise<MissionStanding> {
  const { base, result } = changesOf(mission);
  const direction = directionOf(mission);
  const facts = await worktrees.inspect(mission.folder);
  if (!facts.ok) throw failed(facts.error);
  const files = await worktrees.compare(mission.folder, base, result, direction);
  if (!files.ok) throw failed(files.error);
  return { direction, top: facts.value.top, files: files.value };
}

export async function mergedOf(worktrees: Worktrees, mission: Mission, path: string): Promise<MergedText | undefined> {
  const { base, result } = changesOf(mission);
  const merged = await worktrees.merge(mission.folder, base, result, directionOf(mission), path);
  if (!merged.ok) throw failed(merged.error);
  return merged.value;
}

function directionOf({ state }: Mission): Direction {
  return state.status === 'done' || state.status === 'rolling-back' ? 'back' : 'there';
}

function failed({ message }: WorktreeError): CodedError<KernelErrorCode> {
  return new CodedError('internal', message);
}

import type { Result } from '../base/result.ts';
import { CodedError } from '../base/errors.ts';
import type { ApprovalRequest } from '../contracts/approval.ts';
import type { KernelErrorCode } from '../contracts/kernelApi.ts';
import type { Candidate, Mission, Proposed, VerifyTask } from '../contracts/mission.ts';
import type { FileSelection } from '../contracts/review.ts';
import type { WorktreeError, Worktrees } from '../contracts/worktrees.ts';
import { leftOutOf, parseSelection } from './selection.ts';

type PartTask = Extract<VerifyTask, { kind: 'part' }>;

/**
 * Turns what a person selected in a review into a tree to be verified. Nothing but git objects is made.
 *
 * @throws CodedError `bad-selection`
 */
export async function narrow(
  worktrees: Pick<Worktrees, 'narrow' | 'review'>,
  { id, folder }: Mission,
  request: ApprovalRequest,
  candidate: Candidate,
  asked: readonly FileSelection[],
): Promise<PartTask> {
  const whole: Proposed = candidate.narrowedFrom?.whole ?? withoutMarks(candidate);
  const { base } = whole;
  const files = unwrap(await worktrees.review(folder, base, candidate.result));
  const parsed = parseSelection(files, asked);
  if (!parsed.ok) throw new CodedError<KernelErrorCode>('bad-selection', parsed.error);
  const result = unwrap(await worktrees.narrow(id, folder, base, candidate.result, parsed.value));
  const leftOut = leftOutOf(files, parsed.value, candidate.narrowedFrom?.leftOut);
  return { kind: 'part', result, narrowing: { requestId: request.id, whole, leftOut } };
}

function withoutMarks({ base, result, tests, findings, filesSha256 }: Candidate): Proposed {
  return { base, result, tests, findings, filesSha256 };
}

function unwrap<T>(result: Result<T, WorktreeError>): T {
  if (result.ok) return result.value;
  throw new CodedError<KernelErrorCode>('internal', result.error.message);
}

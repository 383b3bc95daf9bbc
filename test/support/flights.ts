import type { MissionId } from '../../src/base/ids.ts';
import type { ApprovalDecision } from '../../src/contracts/approval.ts';
import type { MissionView, ReviewDetail } from '../../src/contracts/kernelApi.ts';
import type { FileSelection } from '../../src/contracts/review.ts';
import type { KernelHandle } from './kernelWatch.ts';
import type { KernelRig } from './kernelRig.ts';

export interface Review {
  readonly mission: MissionView;
  readonly detail: ReviewDetail;
}

export async function launch(
  { api }: KernelHandle,
  rig: Pick<KernelRig, 'workspace'>,
  preset = 'quick',
  goal = 'Round half-even',
): Promise<MissionId> {
  const { missionId } = await api.preFlight(preset, goal, rig.workspace);
  await api.launch(missionId);
  return missionId;
}

/** The review of a mission, once it waits for one. */
export async function untilReview({ api, watch }: KernelHandle, id: MissionId): Promise<Review> {
  const mission = await watch.mission(id, 'awaiting-approval', 'failed', 'cancelled');
  if (mission.requestId === undefined) throw new Error(`it is ${mission.status}: ${mission.detail}`);
  return { mission, detail: await api.review(mission.requestId) };
}

/** The review that took the place of another one. */
export async function untilNext({ api, watch }: KernelHandle, { mission: { id }, detail }: Review): Promise<Review> {
  const mission = await watch.until(`a newer review of ${id}`, ({ missions }) =>
    missions.find((each) => each.id === id && ((each.requestId ?? detail.request.id) !== detail.request.id || each.status === 'failed')),
  );
  if (mission.requestId === undefined) throw new Error(`it is ${mission.status}: ${mission.detail}`);
  return { mission, detail: await api.review(mission.requestId) };
}

export function narrow({ api }: KernelHandle, { detail: { request } }: Review, selection: readonly FileSelection[]): Promise<void> {
  return api.narrow(request.id, request.digest, selection, 'tester');
}

export function approval({ request }: ReviewDetail): ApprovalDecision {
  return { requestId: request.id, digest: request.digest, decision: { kind: 'approve' }, by: 'tester' };
}

export function rejection({ request }: ReviewDetail, reason: string): ApprovalDecision {
  return { requestId: request.id, digest: request.digest, decision: { kind: 'reject', reason }, by: 'tester' };
}

export async function approve(kernel: KernelHandle, { mission, detail }: Review): Promise<MissionView> {
  await kernel.api.decide(approval(detail), []);
  return kernel.watch.mission(mission.id, 'done', 'parked', 'failed');
}

import type { MissionId } from '../../src/base/ids.ts';
import type { ApprovalDecision } from '../../src/contracts/approval.ts';
import type { MissionView, ReviewDetail } from '../../src/contracts/kernelApi.ts';
import type { KernelHandle } from './kernelWatch.ts';
import type { KernelRig } from './kernelRig.ts';

export interface Review {
  readonly mission: MissionView;
  readonly detail: ReviewDetail;
}

export async function launch({ api }: KernelHandle, rig: KernelRig, preset = 'quick', goal = 'Round half-even'): Promise<MissionId> {
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

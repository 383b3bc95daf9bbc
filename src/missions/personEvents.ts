import type { CorrelationId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import type { ApprovalDecision, ApprovalRequest } from '../contracts/approval.ts';
import type { LedgerDraft } from '../contracts/ledger.ts';

/** Ids and digests come from a webview: nobody has checked how long they are. */
const MAX_ID = 100;

/** The entry of something a person did that belongs to no mission. */
export function personEvent(
  action: string,
  resource: string,
  payload: Record<string, string>,
  result: LedgerDraft['result'],
  reason: string | undefined,
): LedgerDraft {
  return {
    workspaceId: '',
    tenantId: 'local',
    principal: { kind: 'person', id: 'local' },
    surface: 'command',
    action,
    phase: 'event',
    domain: 'ops',
    resource,
    payload,
    result,
    ...(reason === undefined ? {} : { reason }),
    cost: zeroUsd,
    correlationId: '' as CorrelationId,
  };
}

/** The entry of a click on Approve or Reject; `refusal` says why it did not count. */
export function decisionEvent(decision: ApprovalDecision, request: ApprovalRequest | undefined, refusal: string | undefined): LedgerDraft {
  const { kind } = decision.decision;
  const requestId = decision.requestId.slice(0, MAX_ID);
  const entry = personEvent(
    refusal !== undefined ? 'approval.refused' : kind === 'approve' ? 'approval.approved' : 'approval.rejected',
    request?.resource ?? requestId,
    {
      decision: kind,
      digest: decision.digest.slice(0, MAX_ID),
      ...(refusal === undefined && request?.state.status === 'approved' ? { grant: request.state.grantId } : {}),
    },
    refusal !== undefined ? 'blocked' : 'success',
    refusal ?? (decision.decision.kind === 'reject' ? decision.decision.reason : undefined),
  );
  return {
    ...entry,
    principal: { kind: 'person', id: decision.by },
    restsOn: requestId,
    ...(request ? { workspaceId: request.workspaceId } : {}),
    ...(request?.missionId ? { missionId: request.missionId, correlationId: request.missionId as string as CorrelationId } : {}),
  };
}

/** The entry of a decision that could not even be read. */
export function unreadableDecision(requestId: string, reason: string): LedgerDraft {
  return personEvent('approval.refused', requestId.slice(0, MAX_ID), {}, 'blocked', reason);
}

import type { Json } from '../base/canonicalJson.ts';
import type { CorrelationId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import type { ApprovalDecision, ApprovalRequest, LineComment } from '../contracts/approval.ts';
import type { LedgerDraft } from '../contracts/ledger.ts';
import type { LeftOut } from '../contracts/mission.ts';

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
    ...(decision.decision.kind === 'reject' ? withComments(entry, decision.decision.comments ?? []) : {}),
    principal: { kind: 'person', id: decision.by },
    restsOn: requestId,
    ...(request ? ofRequest(request) : {}),
  };
}

/** The entry of a selection: what goes to be checked, and what is left out of what the agents made. */
export function narrowedEvent(request: ApprovalRequest, by: string, tree: string, leftOut: readonly LeftOut[]): LedgerDraft {
  const entry = personEvent('approval.narrowed', request.resource, {}, 'success', undefined);
  return {
    ...entry,
    ...ofRequest(request),
    principal: { kind: 'person', id: by },
    restsOn: request.id,
    payload: { digest: request.digest, tree, leftOut: leftOut.map((each) => ({ ...each, path: each.path.toWellFormed() })) },
  };
}

/** The entry of a selection that did not count. */
export function selectionRefused(
  requestId: string,
  digest: string,
  by: string,
  request: ApprovalRequest | undefined,
  reason: string,
): LedgerDraft {
  const id = requestId.slice(0, MAX_ID);
  const payload = { decision: 'narrow', digest: digest.slice(0, MAX_ID) };
  const entry = personEvent('approval.refused', request?.resource ?? id, payload, 'blocked', reason.toWellFormed());
  return { ...entry, ...(request ? ofRequest(request) : {}), principal: { kind: 'person', id: by }, restsOn: id };
}

function ofRequest({ workspaceId, missionId }: ApprovalRequest) {
  return { workspaceId, ...(missionId === undefined ? {} : { missionId, correlationId: missionId as string as CorrelationId }) };
}

/** The entry of a decision that could not even be read. */
export function unreadableDecision(requestId: string, reason: string): LedgerDraft {
  return personEvent('approval.refused', requestId.slice(0, MAX_ID), {}, 'blocked', reason);
}

/** What was said of single lines is part of the record. A lone surrogate has no place in it. */
function withComments({ payload }: LedgerDraft, comments: readonly LineComment[]): Partial<LedgerDraft> {
  if (comments.length === 0 || !isRecord(payload)) return {};
  const said = comments.map((each) => ({ ...each, path: each.path.toWellFormed(), text: each.text.toWellFormed() }));
  return { payload: { ...payload, comments: said } };
}

function isRecord(payload: Json): payload is Readonly<Record<string, Json>> {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload);
}

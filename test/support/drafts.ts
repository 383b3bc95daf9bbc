import type { CorrelationId, MissionId } from '../../src/base/ids.ts';
import { zeroUsd } from '../../src/base/money.ts';
import type { ActionDraft, ActionInput, ActionKind } from '../../src/contracts/action.ts';
import type { LedgerDraft } from '../../src/contracts/ledger.ts';

export const missionId = 'mission-1' as MissionId;

/** An entry of no importance, but for what a test says. */
export function entryDraft(over: Partial<LedgerDraft> = {}): LedgerDraft {
  return {
    workspaceId: 'workspace-1',
    tenantId: 'local',
    missionId,
    principal: { kind: 'agent', id: 'builtin/coder' },
    surface: 'acp',
    action: 'file.write',
    phase: 'event',
    domain: 'code',
    resource: 'src/a.ts',
    payload: {},
    result: 'success',
    cost: zeroUsd,
    correlationId: 'correlation-1' as CorrelationId,
    ...over,
  };
}

/** An action of an agent in its mission's worktree. */
export function actionDraft<K extends ActionKind>(
  kind: K,
  input: ActionInput<K>,
  over: Partial<Omit<ActionDraft, 'kind' | 'input'>> = {},
): ActionDraft {
  const draft: Omit<ActionDraft, 'kind' | 'input'> & { kind: K; input: ActionInput<K> } = {
    kind,
    input,
    domain: 'code',
    principal: { kind: 'agent', id: 'builtin/coder' },
    resource: 'src/a.ts',
    cwd: '/worktree',
    workspaceId: 'workspace-1',
    tenantId: 'local',
    sessionId: 'session-1',
    correlationId: 'correlation-1' as CorrelationId,
    missionId,
    estimatedCost: zeroUsd,
    surface: 'acp',
    effect: 'ours',
    ...over,
  };
  // Kind and input belong together by their types; the union cannot follow that.
  return draft as ActionDraft;
}

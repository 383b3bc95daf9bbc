import { digestOf, type Sha256 } from '../base/digest.ts';
import type { CorrelationId } from '../base/ids.ts';
import { zeroUsd } from '../base/money.ts';
import type { Result } from '../base/result.ts';
import type { ActionDraft } from '../contracts/action.ts';
import type { EffectOutcome } from '../contracts/gate.ts';
import type { Mission, Proposed, WorktreeRef } from '../contracts/mission.ts';
import type { FileChange } from '../contracts/review.ts';
import type { Verdict } from '../contracts/verdict.ts';
import type { WorktreeError } from '../contracts/worktrees.ts';

/** What a candidate is made of, as far as its approval names it. */
export type Proposal = Pick<Proposed, 'base' | 'result' | 'filesSha256'>;

export function applyDraft(mission: Mission, proposal: Proposal, capability: string): ActionDraft {
  return {
    ...common(mission),
    kind: 'code.apply',
    principal: { kind: 'mission', id: mission.id },
    capability,
    input: inputOf(proposal),
  };
}

/** The digest that a request to apply this candidate carries. */
export function applyDigest(mission: Mission, proposal: Proposal): Sha256 {
  const { resource, cwd } = common(mission);
  return digestOf({ kind: 'code.apply', resource, cwd, input: inputOf(proposal) });
}

export function rollbackDraft(mission: Mission, { base, result }: Proposed, only: readonly string[] | undefined): ActionDraft {
  return {
    ...common(mission),
    kind: 'code.rollback',
    principal: { kind: 'person', id: 'local' },
    surface: 'command',
    input: { fromTree: result.tree, toTree: base.tree, ...(only ? { only: [...only] } : {}) },
  };
}

export function reapplyDraft(mission: Mission, proposal: Proposal): ActionDraft {
  return {
    ...common(mission),
    kind: 'code.reapply',
    principal: { kind: 'person', id: 'local' },
    surface: 'command',
    input: inputOf(proposal),
  };
}

export function commandDraft(mission: Mission, argv: readonly string[], worktree: WorktreeRef, capability: string): ActionDraft {
  return {
    ...common(mission),
    kind: 'shell.exec',
    principal: { kind: 'mission', id: mission.id },
    capability,
    resource: argv.join(' '),
    cwd: worktree.cwd,
    input: { argv: [...argv] },
  };
}

export type Changed = Result<readonly FileChange[], WorktreeError>;

/** What an apply or a rollback leaves in the record: the files with their digests, or why nothing was written. */
export async function outcomeOf(changing: Promise<Changed>): Promise<EffectOutcome<Changed>> {
  const value = await changing;
  if (!value.ok) {
    const { code, message, paths } = value.error;
    return {
      value,
      result: 'failure',
      summary: { code, message: message.toWellFormed(), paths: paths.map((path) => path.toWellFormed()) },
    };
  }
  const files = value.value.map((change) => ({
    path: change.path.toWellFormed(),
    kind: change.kind,
    ...(change.afterSha256 ? { sha256: change.afterSha256 } : {}),
  }));
  return { value, result: 'success', summary: { files } };
}

/** Refused because of us: everything is stopped, or nothing can be recorded. It goes on when that is over. */
export function mustWait(verdict: Verdict): boolean {
  return verdict.findings.some(({ effect, code }) => effect === 'no-go' && (code === 'global-write' || code === 'ledger-unavailable'));
}

function inputOf({ base, result, filesSha256 }: Proposal): { baseTree: string; tree: string; filesSha256: string } {
  return { baseTree: base.tree, tree: result.tree, filesSha256 };
}

function common(mission: Mission) {
  return {
    domain: mission.preset.domain,
    resource: mission.id,
    cwd: mission.folder,
    workspaceId: mission.workspaceId,
    tenantId: mission.tenantId,
    sessionId: mission.id,
    correlationId: mission.id as string as CorrelationId,
    missionId: mission.id,
    estimatedCost: zeroUsd,
    surface: 'mission',
    effect: 'ours',
  } as const;
}

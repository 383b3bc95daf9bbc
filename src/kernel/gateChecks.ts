import { join } from 'node:path';
import { CodedError } from '../base/errors.ts';
import type { MissionId } from '../base/ids.ts';
import type { Result } from '../base/result.ts';
import type { Check } from '../contracts/check.ts';
import type { Sandbox } from '../contracts/sandbox.ts';
import type { Snapshot, WorktreeError, Worktrees } from '../contracts/worktrees.ts';
import { lazyCritic } from '../critics/lazyCritic.ts';
import { pointerCritic } from '../critics/pointerCritic.ts';
import { approvalCheck } from '../gate/checks/approvalCheck.ts';
import { budgetCheck } from '../gate/checks/budgetCheck.ts';
import { capabilityCheck } from '../gate/checks/capabilityCheck.ts';
import { commandsCheck } from '../gate/checks/commandsCheck.ts';
import { containmentCheck } from '../gate/checks/containmentCheck.ts';
import { criticsCheck } from '../gate/checks/criticsCheck.ts';
import { guardrailsCheck } from '../gate/checks/guardrailsCheck.ts';
import { killSwitchCheck } from '../gate/checks/killSwitchCheck.ts';
import { protectedPathsCheck } from '../gate/checks/protectedPathsCheck.ts';
import { unheldCheck } from '../gate/checks/unheldCheck.ts';
import { textBefore } from '../tools/workspace/textBefore.ts';
import type { Records } from './records.ts';

/** The order of the gate: cheap ones first, and the first NO-GO ends it. */
export function gateChecks(
  { missions, switches, tokens, budget, approvals }: Records,
  worktrees: Worktrees,
  sandbox: Sandbox,
  media: string,
): readonly Check[] {
  const folderOf = (id: string): string => {
    const mission = missions.get(id as MissionId);
    if (!mission) throw new CodedError('unknown-mission', 'the mission is not in the store');
    return mission.folder;
  };
  const code = lazyCritic('code', async () => {
    const [{ CodeCritic }, { SecretlintScanner }] = await Promise.all([
      import('../critics/codeCritic.ts'),
      import('../secrets/secretlintScanner.ts'),
    ]);
    return new CodeCritic({ scanner: new SecretlintScanner() });
  });
  const syntax = lazyCritic('syntax', async () => {
    const [{ TreeSitterCritic }, { grammarFolder }] = await Promise.all([
      import('../critics/treeSitter/treeSitterCritic.ts'),
      import('../critics/treeSitter/grammars.ts'),
    ]);
    return TreeSitterCritic.open({ grammars: grammarFolder(), queries: join(media, 'queries') });
  });
  return [
    killSwitchCheck(switches),
    unheldCheck,
    capabilityCheck(tokens),
    containmentCheck,
    protectedPathsCheck(async (id, base, tree) => unwrap(await worktrees.changes(folderOf(id), snapshotOf(base), snapshotOf(tree)))),
    commandsCheck(sandbox),
    guardrailsCheck((id, tree) => missions.testRun(id, tree)),
    budgetCheck(budget),
    criticsCheck({
      critics: [code],
      diffCritics: [syntax, pointerCritic],
      textBefore: (action, { mission }) => textBefore(mission?.cwd, action),
      changedFiles: async (id, base, tree) => unwrap(await worktrees.criticFiles(folderOf(id), snapshotOf(base), snapshotOf(tree))),
    }),
    approvalCheck((id, digest) => approvals.wasUsed(id, digest)),
  ];
}

export function unwrap<T>(result: Result<T, WorktreeError>): T {
  if (result.ok) return result.value;
  throw new CodedError(result.error.code, result.error.message);
}

/** Comparing needs trees only. */
function snapshotOf(tree: string): Snapshot {
  return { tree, commit: tree };
}

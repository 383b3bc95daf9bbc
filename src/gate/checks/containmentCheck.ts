import { resolveInside } from '../../base/resolveInside.ts';
import type { Check } from '../../contracts/check.ts';
import type { Finding } from '../../contracts/verdict.ts';
import { resolvedTarget } from '../resolvedTarget.ts';

/** Files are reached only inside the mission's worktree, wherever links lead. */
export const containmentCheck: Check = {
  name: 'containment',
  async evaluate(action, { mission }) {
    if (!action.kind.startsWith('file.') && action.kind !== 'shell.exec') return [];
    if (!mission?.cwd) return [noGo('no-worktree', 'There is no worktree to act in. Files are reached only inside a running mission.')];
    // The workspace may be a folder of a larger repository: what lies beside it stays out of reach.
    const cwd = await resolveInside(mission.cwd, mission.cwd, action.cwd);
    if (!cwd.ok) return [noGo('outside-worktree', cwd.error.message)];
    if (action.kind === 'shell.exec') return [];
    const target = await resolvedTarget(action, mission.cwd);
    return target.ok ? [] : [noGo('outside-worktree', target.error.message)];
  },
};

function noGo(code: string, reason: string): Finding {
  return { check: 'containment', effect: 'no-go', code, reason };
}

import { resolveInside } from '../../base/resolveInside.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { Check } from '../../contracts/check.ts';
import type { FileChange } from '../../contracts/review.ts';
import type { Finding } from '../../contracts/verdict.ts';
import { protectedBy } from '../protectedPaths.ts';

/** Folders and files that steer the editor, git, hooks or agents are changed only with a person's approval. */
export function protectedPathsCheck(
  changesOf: (missionId: string, baseTree: string, tree: string) => Promise<readonly FileChange[]>,
): Check {
  return {
    name: 'protected-paths',
    async evaluate(action, { mission }) {
      if (!mission) return [];
      if (action.kind === 'file.write' || action.kind === 'file.delete') {
        if (!mission.cwd) return [];
        const target = await resolveInside(mission.cwd, action.cwd, action.resource);
        return target.ok ? hold(target.value.relative) : [];
      }
      if (action.kind !== 'code.apply') return [];
      const changes = await changesOf(mission.id, action.input.baseTree, action.input.tree);
      return changes.flatMap((change) => [...hold(change.path), ...(change.oldPath === undefined ? [] : hold(change.oldPath))]);
    },
  };
}

function hold(path: string): Finding[] {
  const what = protectedBy(path);
  if (!what) return [];
  return [
    {
      check: 'protected-paths',
      effect: 'hold',
      code: 'protected-path',
      reason: `\`${visibleText(path, { limit: 200 })}\` ${what}, so a person has to approve this change.`,
      location: { path, line: 1 },
    },
  ];
}

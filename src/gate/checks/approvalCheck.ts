import { digestOf, type Sha256 } from '../../base/digest.ts';
import type { MissionId } from '../../base/ids.ts';
import type { Check } from '../../contracts/check.ts';
import type { Finding } from '../../contracts/verdict.ts';

/**
 * What always needs a person, whatever the other checks say. Applying again asks nobody anew, but only a person may want it, and only
 * for bytes that a person has approved and that were applied before: the digest is that of the `code.apply` it repeats.
 *
 * @param wasApplied whether an approval of this digest was used for the mission
 */
export function approvalCheck(wasApplied: (missionId: MissionId, digest: Sha256) => boolean): Check {
  return {
    name: 'approval',
    evaluate(action, { mission }) {
      if (action.kind === 'code.apply')
        return [finding('hold', 'needs-approval', 'Changes reach the workspace only after a person has read them.')];
      if (action.kind !== 'code.reapply') return [];
      if (action.principal.kind !== 'person') return [finding('no-go', 'not-a-person', 'Only a person applies a mission again.')];
      const { resource, cwd, input } = action;
      const approved = digestOf({ kind: 'code.apply', resource, cwd, input });
      if (!mission || !wasApplied(mission.id, approved))
        return [finding('no-go', 'never-approved', 'Nobody has approved exactly these changes. Launch the mission again to review them.')];
      return [finding('go', 'approved-before', 'Exactly these changes were approved and applied before.')];
    },
  };
}

function finding(effect: Finding['effect'], code: string, reason: string): Finding {
  return { check: 'approval', effect, code, reason };
}

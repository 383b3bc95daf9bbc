import { visibleText } from '../../base/visibleText.ts';
import type { TokenVerifier } from '../../contracts/capability.ts';
import type { Action } from '../../contracts/action.ts';
import type { Check, CheckContext } from '../../contracts/check.ts';
import { isFinal } from '../../contracts/mission.ts';
import type { Finding } from '../../contracts/verdict.ts';
import { resolvedTarget } from '../resolvedTarget.ts';
import { inScope } from '../scopes.ts';

/** A person acts by right; everybody else presents a token for this mission, this workspace, this principal and this kind of action. */
export function capabilityCheck(tokens: TokenVerifier): Check {
  return {
    name: 'capability',
    async evaluate(action, context) {
      if (action.principal.kind === 'person') return [go('person', 'A person at the editor asked for this.')];
      const verified = await tokens.verify(action.capability, context.now);
      if (!verified.ok) return [noGo(verified.error.code, verified.error.message)];
      const claims = verified.value;
      if (claims.principalId !== action.principal.id) return [noGo('capability-foreign', 'The capability token belongs to somebody else.')];
      if (claims.missionId !== action.missionId || !context.mission)
        return [noGo('capability-foreign', 'The capability token belongs to another mission.')];
      if (claims.workspaceId !== action.workspaceId || context.mission.workspaceId !== action.workspaceId) {
        return [noGo('capability-foreign', 'The capability token belongs to another workspace.')];
      }
      if (isFinal(context.mission.status))
        return [noGo('capability-revoked', 'The mission has ended, and its capability token with it. Launch a new mission.')];
      if (!inScope(claims.scopes, action.kind, await scopedResource(action, context))) {
        return [
          noGo(
            'out-of-scope',
            `This role may not do \`${action.kind}\` on \`${visibleText(action.resource, { limit: 200 })}\`; its scope is ${claims.scopes.join(', ')}.`,
          ),
        ];
      }
      return [go('capable', 'The capability token covers this.')];
    },
  };
}

/** Scopes of files speak of where a path really leads, so that a link cannot borrow another name. */
async function scopedResource(action: Action, { mission }: CheckContext): Promise<string | undefined> {
  if (!action.kind.startsWith('file.')) return action.resource;
  if (!mission?.cwd) return undefined;
  const resolved = await resolvedTarget(action, mission.cwd);
  return resolved.ok ? resolved.value.relative : undefined;
}

function go(code: string, reason: string): Finding {
  return { check: 'capability', effect: 'go', code, reason };
}

function noGo(code: string, reason: string): Finding {
  return { check: 'capability', effect: 'no-go', code, reason };
}

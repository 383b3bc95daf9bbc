import type { Action } from '../../contracts/action.ts';
import type { Check } from '../../contracts/check.ts';
import { stopOf, type KillSwitches } from '../../contracts/killSwitches.ts';
import type { Finding } from '../../contracts/verdict.ts';

const harmless: ReadonlySet<Action['kind']> = new Set(['file.read', 'file.list']);

/** `GLOBAL_WRITE` stops every effect of agents and missions; a person's own rollback stays possible, but not to apply again. Asked again in the unit of work. */
export function killSwitchCheck(switches: KillSwitches): Check {
  const stopped = (action: Action): Finding | undefined => {
    const byRight = action.principal.kind === 'person' && action.kind !== 'code.reapply';
    if (byRight || harmless.has(action.kind)) return undefined;
    const pulled = stopOf(switches.pulled());
    if (!pulled) return undefined;
    return {
      check: 'kill-switch',
      effect: 'no-go',
      code: 'global-write',
      reason: `Everything was stopped by ${pulled.by}: ${pulled.reason}. Wait until a person resumes.`,
    };
  };
  return {
    name: 'kill-switch',
    evaluate: (action) => {
      const finding = stopped(action);
      return finding ? [finding] : [];
    },
    charge: stopped,
  };
}

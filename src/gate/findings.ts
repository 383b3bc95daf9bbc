import type { Action } from '../contracts/action.ts';
import type { Finding } from '../contracts/verdict.ts';

// What the gate itself says, beside its checks.

export const grantRefused: Finding = {
  check: 'approval',
  effect: 'no-go',
  code: 'grant-refused',
  reason: 'The approval was used before, has expired, or was given for other bytes. Ask again.',
};

export const approved: Finding = { check: 'approval', effect: 'go', code: 'approved', reason: 'A person approved exactly this.' };

export function notCovered(action: Action): Finding {
  return { check: 'gate', effect: 'no-go', code: 'not-covered', reason: `Nothing here allows \`${action.kind}\`.` };
}

export function badAction(why: string): Finding {
  return { check: 'gate', effect: 'no-go', code: 'bad-action', reason: why };
}

export function checkFailed(check: string, why: string): Finding {
  return {
    check,
    effect: 'no-go',
    code: 'check-failed',
    reason: `The check \`${check}\` could not finish (${why}), so nothing is allowed. Try again; if it stays, open GoNoGo: Show Health.`,
  };
}

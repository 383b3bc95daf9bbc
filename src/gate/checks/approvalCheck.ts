import type { Check } from '../../contracts/check.ts';

/** What always needs a person, whatever the other checks say. */
export const approvalCheck: Check = {
  name: 'approval',
  evaluate(action) {
    if (action.kind !== 'code.apply') return [];
    return [
      {
        check: 'approval',
        effect: 'hold',
        code: 'needs-approval',
        reason: 'Changes reach the workspace only after a person has read them.',
      },
    ];
  },
};

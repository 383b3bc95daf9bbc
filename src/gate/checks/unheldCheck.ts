import type { Check } from '../../contracts/check.ts';
import type { Finding } from '../../contracts/verdict.ts';

/** What an agent's own tools may do, but nothing here can hold or even understand, whatever a preset's scopes say. */
export const unheldCheck: Check = {
  name: 'unheld',
  evaluate(action) {
    switch (action.kind) {
      case 'web.fetch':
        return [noGo('no-web', 'Agents do not reach the network. Work with what is in the folder.')];
      case 'tool.call':
        return [
          noGo('unknown-tool', `Nobody can tell what \`${action.resource}\` would do. Read, search and edit files with your file tools.`),
        ];
      default:
        return [];
    }
  },
};

function noGo(code: string, reason: string): Finding {
  return { check: 'unheld', effect: 'no-go', code, reason };
}

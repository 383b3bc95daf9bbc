import type { Check } from '../../contracts/check.ts';
import type { Sandbox } from '../../contracts/sandbox.ts';
import type { Finding } from '../../contracts/verdict.ts';
import { shownArgv } from '../describe.ts';

/** Only the preset's exact test command runs (and, for the mission itself, its set-up), and only in the sandbox. */
export function commandsCheck(sandbox: Sandbox): Check {
  return {
    name: 'commands',
    async evaluate(action, { mission }) {
      if (action.kind !== 'shell.exec') return [];
      if (!mission) return [noGo('no-mission', 'Commands run only inside a mission.')];
      if (action.effect === 'delegated') {
        return [
          noGo('not-held', 'An agent may not run commands by itself. Ask GoNoGo to run the test command: it holds it in the sandbox.'),
        ];
      }
      const { argv } = action.input;
      const allowed =
        same(argv, mission.testArgv) ||
        (action.principal.kind === 'mission' && mission.setUpArgv !== undefined && same(argv, mission.setUpArgv));
      if (!allowed) {
        return [
          noGo(
            'command-not-allowed',
            `\`${shownArgv(argv)}\` may not run. The only command in this mission is \`${shownArgv(mission.testArgv)}\`; use the file tools for the rest.`,
          ),
        ];
      }
      const health = await sandbox.health();
      if (!health.available)
        return [noGo('no-sandbox', `Tests are not run, because nothing here can hold a command: ${health.reason} The review will say so.`)];
      return [{ check: 'commands', effect: 'go', code: 'test-command', reason: `The mission's own command, held by ${health.isolation}.` }];
    },
  };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

function noGo(code: string, reason: string): Finding {
  return { check: 'commands', effect: 'no-go', code, reason };
}

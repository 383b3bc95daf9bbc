import type { Check } from '../../contracts/check.ts';
import type { TestRun } from '../../contracts/review.ts';
import type { Finding } from '../../contracts/verdict.ts';

/** `tests_required`: exactly this tree was tested. Failing tests end it; tests that could not run are for a person to weigh. */
export function guardrailsCheck(testRun: (missionId: string, tree: string) => TestRun | undefined): Check {
  return {
    name: 'guardrails',
    evaluate(action, { mission }) {
      if (action.kind !== 'code.apply') return [];
      if (!mission) return [finding('no-go', 'no-mission', 'Changes are applied only by a mission.')];
      if (!mission.guardrails.includes('tests_required')) return [];
      const run = testRun(mission.id, action.input.tree);
      switch (run?.status) {
        case 'passed':
          return [finding('go', 'tests-passed', run.summary)];
        case 'failed':
          return [finding('no-go', 'tests-failed', `The tests do not pass: ${run.summary}`)];
        case 'not-run':
          return [finding('hold', 'tests-not-run', run.summary)];
        case undefined:
          return [finding('no-go', 'tests-missing', 'These exact changes were never tested.')];
      }
    },
  };
}

function finding(effect: Finding['effect'], code: string, reason: string): Finding {
  return { check: 'tests', effect, code, reason };
}

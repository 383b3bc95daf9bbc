import assert from 'node:assert/strict';
import type { Finding } from '../../../src/contracts/verdict.ts';
import { reviewProblems } from '../../../src/editor/diagnosticsView.ts';
import { detail, files, request } from './approvals/samples.ts';

const hold: Finding = {
  check: 'calls',
  effect: 'hold',
  code: 'eval-like-call',
  reason: 'src/total.ts:41 runs text as code (eval); check where the text comes from.',
  location: { path: 'src/total.ts', line: 41 },
};

function problems(...findings: readonly Finding[]) {
  return reviewProblems({ files, findings, request });
}

describe('reviewProblems', () => {
  it('shows what a person should look at, where it is, in its own words', () => {
    const [problem, ...rest] = problems(hold);
    assert.deepEqual(rest, []);
    assert.equal(problem?.file.path, 'src/total.ts');
    const { side, line, severity, code, message } = problem;
    assert.deepEqual(
      { side, line, severity, code, message },
      {
        side: 'after',
        line: 41,
        severity: 'warning',
        code: 'eval-like-call',
        message: 'Runs text as code (eval); check where the text comes from.',
      },
    );
  });

  it('finds the one of a whole review that has a place', () => {
    assert.deepEqual(
      reviewProblems(detail).map(({ code }) => code),
      ['too-complex'],
    );
  });

  const rows: readonly (readonly [name: string, finding: Finding, expected: readonly string[]])[] = [
    ['a refusal', { ...hold, effect: 'no-go' }, ['error after 41']],
    ['what is fine', { ...hold, effect: 'go' }, []],
    ['what has no place', { ...hold, location: undefined }, []],
    ['what is not part of the change', { ...hold, location: { path: 'src/other.ts', line: 1 } }, []],
    ['a deleted file', { ...hold, location: { path: 'src/math.ts', line: 1 } }, ['warning before 1']],
  ];
  for (const [name, finding, expected] of rows)
    it(`judges ${name}`, () => {
      assert.deepEqual(
        problems(finding).map(({ severity, side, line }) => `${severity} ${side} ${line}`),
        expected,
      );
    });

  it('shows once what both the critics and the gate say', () => {
    assert.equal(reviewProblems({ files, findings: [hold], request: { ...request, findings: [hold] } }).length, 1);
  });

  it('hides nothing in hostile words', () => {
    const [problem] = problems({ ...hold, reason: 'a\u202Eb' });
    assert.equal(problem?.message, 'a⟦U+202E⟧b');
  });
});

import assert from 'node:assert/strict';
import { summarizeTests } from '../../../src/missions/testSummary.ts';

/** The last lines of each runner, as it prints them. */
const outputs: readonly [string, string, string][] = [
  ['node --test, spec', '✔ adds (1.2ms)\nℹ tests 10\nℹ suites 0\nℹ pass 10\nℹ fail 0\nℹ cancelled 0\n', '10 passed'],
  ['node --test, spec, failing', 'ℹ tests 3\nℹ pass 2\nℹ fail 1\nℹ cancelled 0\n\n✖ failing tests:\n', '2 passed, 1 failed'],
  [
    'node --test, TAP',
    'TAP version 13\nok 1 - adds\n1..1\n# tests 5\n# suites 0\n# pass 4\n# fail 1\n# cancelled 0\n',
    '4 passed, 1 failed',
  ],
  ['mocha', '\n  sums\n    ✔ adds\n\n\n  14 passing (31ms)\n', '14 passed'],
  ['mocha, failing and pending', '  3 passing (12ms)\n  1 pending\n  2 failing\n\n  1) sums\n', '3 passed, 2 failed'],
  ['mocha, all failing', '  0 passing (3ms)\n  1 failing\n', '0 passed, 1 failed'],
  [
    'jest',
    'Test Suites: 1 failed, 2 passed, 3 total\nTests:       1 failed, 1 skipped, 8 passed, 10 total\nTime: 1 s\n',
    '8 passed, 1 failed',
  ],
  ['jest, all failing', 'Test Suites: 1 failed, 1 total\nTests:       2 failed, 2 total\n', '2 failed'],
  ['vitest', ' Test Files  2 passed (2)\n      Tests  7 passed (7)\n   Duration  300ms\n', '7 passed'],
  ['vitest, failing', ' Test Files  1 failed | 1 passed (2)\n      Tests  1 failed | 6 passed (7)\n', '6 passed, 1 failed'],
  ['pytest', '============ 12 passed, 1 warning in 0.34s ============\n', '12 passed'],
  ['pytest, failing', '==== 1 failed, 11 passed in 0.40s ====\n', '11 passed, 1 failed'],
  ['pytest -q, all failing', '2 failed in 0.12s\n', '2 failed'],
];

describe('summarizeTests', () => {
  for (const [runner, output, expected] of outputs) {
    it(`reads ${runner}`, () => {
      assert.equal(summarizeTests(output, true, false), expected);
      assert.equal(summarizeTests(output.replaceAll(/(\d+)/g, '\u001b[32m$1\u001b[39m'), true, false), expected, 'in colour');
      assert.equal(summarizeTests(output.replaceAll('\n', '\r\n'), true, false), expected, 'with carriage returns');
    });
  }

  it('falls back to how the command ended, and says when it did not', () => {
    assert.match(summarizeTests('all is well', true, false), /ended without an error/);
    assert.match(summarizeTests('', false, false), /ended with an error/);
    assert.match(summarizeTests('ℹ pass 3\nℹ fail 0\n', false, true), /did not end in time/);
  });
});

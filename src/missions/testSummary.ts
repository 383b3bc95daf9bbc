import { stripVTControlCharacters } from 'node:util';

const counters: readonly { readonly passed: RegExp; readonly failed: RegExp }[] = [
  // node:test (spec and TAP reporters)
  { passed: /^(?:#|ℹ) pass (\d+)$/m, failed: /^(?:#|ℹ) fail (\d+)$/m },
  // mocha
  { passed: /^\s*(\d+) passing\b/m, failed: /^\s*(\d+) failing\b/m },
  // jest, vitest
  { passed: /^\s*Tests:?\s.*?(\d+) passed/m, failed: /^\s*Tests:?\s.*?(\d+) failed/m },
  // pytest
  { passed: /(\d+) passed\b.* in [\d.]+s/, failed: /(\d+) failed\b.* in [\d.]+s/ },
];

/** `14 passed, 1 failed` when the output is of a runner we know; else what the exit code said. Colours are ignored. */
export function summarizeTests(output: string, passed: boolean, timedOut: boolean): string {
  if (timedOut) return 'The tests did not end in time.';
  const plain = stripVTControlCharacters(output);
  for (const counter of counters) {
    const good = counter.passed.exec(plain)?.[1];
    const bad = counter.failed.exec(plain)?.[1];
    if (good !== undefined) return bad !== undefined && bad !== '0' ? `${good} passed, ${bad} failed` : `${good} passed`;
    if (bad !== undefined) return `${bad} failed`;
  }
  return passed ? 'The test command ended without an error.' : 'The test command ended with an error.';
}

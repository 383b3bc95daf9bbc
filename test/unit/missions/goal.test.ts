import assert from 'node:assert/strict';
import { parseGoal } from '../../../src/missions/goal.ts';

describe('parseGoal', () => {
  const rows: readonly [string, string, string | RegExp][] = [
    ['keeps text', 'Round it', 'Round it'],
    ['trims', '  Round it\n', 'Round it'],
    ['keeps lines, bidi, controls and emoji', 'a\n\tb \u202E c \u0007 👩‍👩‍👧', 'a\n\tb \u202E c \u0007 👩‍👩‍👧'],
    ['takes 20,000 characters', 'x'.repeat(20_000), 'x'.repeat(20_000)],
    ['refuses one more', 'x'.repeat(20_001), /20001 characters.*Put the details into a file/],
    ['refuses nothing', '', /empty/],
    ['refuses blanks', ' \n\u00a0\ufeff', /empty/],
    ['refuses a lone surrogate', 'half \ud83d', /surrogate/],
    ['refuses NUL', 'a\0b', /NUL/],
  ];
  for (const [what, text, expected] of rows) {
    it(what, () => {
      const goal = parseGoal(text);
      if (typeof expected === 'string') assert.deepEqual(goal, { ok: true, value: expected });
      else assert.match(goal.ok ? '' : goal.error, expected);
    });
  }
});

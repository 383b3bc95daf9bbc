import { strict as assert } from 'node:assert';
import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Move, Step } from '../../../../src/agents/worktrees/applyPlan.ts';
import { caseClashes, ignoresCase, refuseClashes } from '../../../../src/agents/worktrees/caseClash.ts';

const entry = { mode: '100644', id: 'a'.repeat(40) } as const;

function moveOf(written: readonly string[], removed: readonly string[] = []): Move {
  const steps: Step[] = [
    ...written.map((path) => ({ path, from: undefined, to: entry })),
    ...removed.map((path) => ({ path, from: entry, to: undefined })),
  ];
  return { steps: new Map(steps.map((step) => [step.path, step])), fromFolders: new Set(), toFolders: new Set() };
}

describe('names that differ only in case', () => {
  const cases: [what: string, written: string[], removed: string[], known: string[], clashes: string[]][] = [
    ['nothing alike', ['a', 'b/c'], [], ['a', 'b/c', 'd'], []],
    ['a new file beside one that stays', ['readme'], [], ['README', 'readme'], ['readme']],
    ['two new files', ['x/One', 'x/one'], [], [], ['x/One', 'x/one']],
    ['a renamed file, which the deletion would take', ['Name'], ['name'], ['name', 'Name'], ['Name']],
    ['a folder beside a folder', ['Lib/new'], [], ['lib/old', 'Lib/new'], ['Lib/new']],
    ['a file beside a folder', ['LIB'], [], ['lib/old', 'LIB'], ['LIB']],
    [
      'letters beyond ASCII, and two ways to write one',
      ['\u00c9t\u00e9', 'e\u0301'],
      [],
      ['\u00e9t\u00e9', '\u00e9'],
      ['e\u0301', '\u00c9t\u00e9'],
    ],
    ['what is only removed', [], ['name'], ['name', 'Name'], []],
    ['a clash the mission does not touch', ['other'], [], ['name', 'Name', 'other'], []],
  ];
  for (const [what, written, removed, known, clashes] of cases) {
    it(`are found: ${what}`, () => assert.deepEqual(caseClashes(moveOf(written, removed), known), [...clashes].sort()));
  }

  it('are refused with a sentence that says what was not done and what to do', () => {
    refuseClashes([]);
    assert.throws(() => refuseClashes(['readme']), {
      code: 'unsupported-entry',
      message: /^`readme` would stand beside a name .* nothing was written, so let the agent choose another name$/,
    });
  });

  it('are told apart by this disk, unless two names are one file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gonogo-case-'));
    try {
      assert.equal(await ignoresCase(folder), false);
      writeFileSync(join(folder, '1'), '');
      writeFileSync(join(folder, 'name'), '');
      assert.equal(await ignoresCase(folder), process.platform !== 'linux');
      // What such a disk answers: the same file under both names.
      if (process.platform === 'linux') linkSync(join(folder, 'name'), join(folder, 'NAME'));
      assert.equal(await ignoresCase(folder), true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { diffLines, type LineDiff } from '../../../../src/agents/worktrees/hunks.ts';

const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** Rebuilds the new text from the old one and the hunks, and so holds every number and line in them to account. */
function rebuilt(before: string, { hunks }: LineDiff): string {
  const old = linesOf(before);
  const fresh: string[] = [];
  let at = 0;
  for (const { header, lines } of hunks) {
    const [, oldStart = '', oldCount = '', newStart = '', newCount = ''] = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(header) ?? [];
    const start = Number(oldStart) - (oldCount === '0' ? 0 : 1);
    fresh.push(...old.slice(at, start));
    at = start;
    assert.equal(fresh.length, Number(newStart) - (newCount === '0' ? 0 : 1), header);
    assert.equal(lines.filter(({ kind }) => kind !== 'added').length, Number(oldCount), header);
    assert.equal(lines.filter(({ kind }) => kind !== 'removed').length, Number(newCount), header);
    for (const { kind, text, oldLine, newLine, noNewline } of lines) {
      const line = noNewline === true ? text : `${text}\n`;
      if (kind !== 'added') {
        assert.equal(old[at], line);
        assert.equal(oldLine, ++at);
      }
      if (kind !== 'removed') {
        fresh.push(line);
        assert.equal(newLine, fresh.length);
      }
    }
  }
  return [...fresh, ...old.slice(at)].join('');
}

const numbered = (count: number, word: string): string => Array.from({ length: count }, (_, line) => `${word} ${line}\n`).join('');

describe('diffLines', () => {
  it('leads from the old text to the new one, whatever they are', () => {
    const line = fc.constantFrom('a\n', 'b\n', 'c\n', 'a\r\n', '\n', '+x\n', '-y\n', '\\ z\n', '@@\n', '\ufeffa\n');
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', 'last', '\r'))
      .map(([lines, last]) => lines.join('') + last);
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = diffLines(before, after);
        assert.equal(rebuilt(before, diff), after);
        const lines = diff.hunks.flatMap((hunk) => hunk.lines);
        assert.equal(diff.additions, lines.filter(({ kind }) => kind === 'added').length);
        assert.equal(diff.deletions, lines.filter(({ kind }) => kind === 'removed').length);
        assert.equal(diff.truncated, undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('says nothing of equal texts', () => {
    assert.deepEqual(diffLines('a\n', 'a\n'), { additions: 0, deletions: 0, hunks: [] });
    assert.deepEqual(diffLines('', ''), { additions: 0, deletions: 0, hunks: [] });
  });

  it('writes headers as unified diffs do', () => {
    assert.equal(diffLines('', 'a\nb').hunks[0]?.header, '@@ -0,0 +1,2 @@');
    assert.equal(diffLines('a\nb', '').hunks[0]?.header, '@@ -1,2 +0,0 @@');
  });

  it('shows texts that have nothing in common as replaced, in reasonable time', () => {
    const before = `head\n${numbered(2_400, 'old')}tail\n`;
    const after = `head\n${numbered(2_400, 'new')}tail\n`;
    const started = performance.now();
    const diff = diffLines(before, after);
    assert.ok(performance.now() - started < 5_000);
    assert.equal(rebuilt(before, diff), after);
    assert.deepEqual([diff.additions, diff.deletions, diff.hunks.length], [2_400, 2_400, 1]);
  });

  it('says how much is not shown, and still counts it', () => {
    const diff = diffLines('', numbered(6_000, 'new'));
    assert.equal(diff.hunks[0]?.lines.length, 5_000);
    assert.equal(diff.additions, 6_000);
    assert.equal(diff.truncated, 'Only the first 5000 of 6000 lines are shown here. Open Diff shows all of them.');
  });

  it('cuts a line that is too long to draw, and says so', () => {
    const diff = diffLines('a\n', `${'x'.repeat(10_000)}\n`);
    assert.equal(diff.hunks[0]?.lines[1]?.text.length, 4_000);
    assert.match(diff.truncated ?? '', /1 very long line/);
  });
});

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import type { Hunk } from '../../../../src/contracts/review.ts';
import { diffLines, keepHunks, type LineDiff } from '../../../../src/agents/worktrees/hunks.ts';

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

const line = fc.constantFrom('a\n', 'b\n', 'c\n', 'a\r\n', '\n', '+x\n', '-y\n', '\\ z\n', '@@\n', '\ufeffa\n');
const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', 'last', '\r')).map(([lines, last]) => lines.join('') + last);

describe('diffLines', () => {
  it('leads from the old text to the new one, whatever they are', () => {
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

const saidBy = ({ lines }: Hunk) => lines.map(({ kind, text: said, oldLine, noNewline }) => ({ kind, said, oldLine, noNewline }));

describe('keepHunks', () => {
  /** Texts that repeat themselves, with edits a few lines apart: where a diff could slide. */
  const repeating = fc
    .array(fc.constantFrom('a\n', 'b\n', 'a\n'.repeat(8), 'b\na\n'.repeat(4)), { maxLength: 10 })
    .map((parts) => parts.join(''));
  const keep = fc.array(fc.nat(6), { maxLength: 6 }).map((indices) => new Set(indices));

  it('gives the old text, the new one, or a text whose hunks are those that were kept', () => {
    let partial = 0;
    fc.assert(
      fc.property(fc.oneof(text, repeating), fc.oneof(text, repeating), keep, (before, after, kept) => {
        const { hunks } = diffLines(before, after);
        assert.equal(keepHunks(before, after, new Set()), before);
        assert.equal(keepHunks(before, after, new Set(hunks.keys())), after);
        const part = keepHunks(before, after, kept);
        const shown = diffLines(before, part);
        assert.equal(rebuilt(before, shown), part);
        // The hunks that were kept, and nothing of the others; only where they end up on the new side moves.
        const expected = hunks.filter((_, index) => kept.has(index));
        assert.deepEqual(shown.hunks.map(saidBy), expected.map(saidBy));
        if (expected.length > 0 && expected.length < hunks.length) partial += 1;
      }),
      { numRuns: 5_000, seed: 3 },
    );
    assert.ok(partial > 50, `${partial} parts`);
  });

  it('meets the same hunks again on a machine that has no time', () => {
    const many = (word: string): string =>
      Array.from({ length: 3_000 }, (_, at) => (at % 10 === 0 ? `${word} ${at}\n` : `line ${at}\n`)).join('');
    const { now } = Date;
    const quick = diffLines(many('old'), many('new'));
    let hours = 0;
    Date.now = () => now() + (hours += 1) * 3_600_000;
    try {
      assert.deepEqual(diffLines(many('old'), many('new')), quick);
    } finally {
      Date.now = now;
    }
    assert.ok(quick.hunks.length > 100);
  });

  it('takes no time to speak of for the worst texts an agent can write', () => {
    const hostile = (word: string): string => Array.from({ length: 900_000 }, (_, at) => (at % 97 === 0 ? word : '')).join('\n');
    const started = performance.now();
    diffLines(hostile('x'), hostile('y'));
    diffLines(`${'z'.repeat(900_000)}\n${'a\n'.repeat(300_000)}`, `${'z'.repeat(900_000)}y\n${'a\n'.repeat(299_000)}`);
    assert.ok(performance.now() - started < 10_000);
  });
});

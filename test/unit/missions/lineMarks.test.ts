import assert from 'node:assert/strict';
import type { DiffLine, FileReview } from '../../../src/contracts/review.ts';
import { markLines } from '../../../src/missions/lineMarks.ts';
import { bigReview, file } from '../editor/approvals/samples.ts';

const still = (): number => 0;

/** `-old`, `+new` and ` context` as one hunk. */
function changed(path: string, ...marked: string[]): FileReview {
  let [oldLine, newLine] = [1, 1];
  const lines = marked.map((text): DiffLine => {
    if (text.startsWith('-')) return { kind: 'removed', text: text.slice(1), oldLine: oldLine++ };
    if (text.startsWith('+')) return { kind: 'added', text: text.slice(1), newLine: newLine++ };
    return { kind: 'context', text: text.slice(1), oldLine: oldLine++, newLine: newLine++ };
  });
  return file({ path, hunks: [{ header: '@@ -1 +1 @@', lines }] });
}

const linesOf = (files: readonly FileReview[]): DiffLine[] => files.flatMap(({ hunks }) => hunks.flatMap(({ lines }) => lines));

/** The lines with what is marked of them in brackets. */
function words(...marked: string[]): string[] {
  return linesOf(markLines([changed('a.ts', ...marked)], still)).map(({ text, words: found = [] }) =>
    [...found].reverse().reduce((all, [from, to]) => `${all.slice(0, from)}[${all.slice(from, to)}]${all.slice(to)}`, text),
  );
}

describe('marks on changed lines', () => {
  const rows: [string[], string[]][] = [
    [
      ['-return round(x, 2);', '+return roundHalfEven(x, 2);'],
      ['return [round](x, 2);', 'return [roundHalfEven](x, 2);'],
    ],
    [
      ['-const a = 1;', '+const a = 12;'],
      ['const a = [1];', 'const a = [12];'],
    ],
    [
      ['-call(a)', '+call(a, b)'],
      ['call(a)', 'call(a[, b])'],
    ],
    // Nothing of the line is left: marking all of it would say nothing.
    [
      ['-one two three', '+four five six'],
      ['one two three', 'four five six'],
    ],
    [
      ['-straße = "größe"', '+straße = "Größe"'],
      ['straße = "[größe]"', 'straße = "[Größe]"'],
    ],
    // Only in the place of a line is there something to compare it with.
    [
      ['-gone', ' stays', '+fresh'],
      ['gone', 'stays', 'fresh'],
    ],
  ];
  for (const [lines, expected] of rows) it(expected.join(' → '), () => assert.deepEqual(words(...lines), expected));

  const block = ['function total(lines) {', '  return lines.reduce((sum, line) => sum + line.price, 0);', '}'];

  it('finds a block that went to another file, whatever its indentation', () => {
    const marked = markLines(
      [changed('old.ts', ...block.map((text) => `-${text}`)), changed('new.ts', ...block.map((text) => `+  ${text}`))],
      still,
    );
    assert.deepEqual(
      linesOf(marked).map(({ moved }) => moved && `${moved.path}:${moved.line}`),
      ['new.ts:1', 'new.ts:2', 'new.ts:3', 'old.ts:1', 'old.ts:2', 'old.ts:3'],
    );
  });

  it('does not call moved what is only short, or only indented in its place', () => {
    const short = markLines([changed('a.ts', '-}', ' x', '+}')], still);
    const indented = markLines([changed('a.ts', ...block.map((text) => `-${text}`), ...block.map((text) => `+    ${text}`))], still);
    assert.deepEqual(
      [...linesOf(short), ...linesOf(indented)].filter(({ moved }) => moved),
      [],
    );
  });

  it('compares no line with one of the next hunk or file', () => {
    const apart = markLines([changed('a.ts', ' x', '-return round(x, 2);'), changed('b.ts', '+return roundHalfEven(x, 2);')], still);
    assert.deepEqual(
      linesOf(apart).filter(({ words: found }) => found),
      [],
    );
  });

  it('changes no text and no number', () => {
    const files = bigReview(60, 5_000);
    const bare = linesOf(markLines(files, still)).map(({ words: _words, moved: _moved, ...line }) => line);
    assert.deepEqual(bare, linesOf(files));
  });

  it('stops when its time is up, and leaves the lines as they are', () => {
    let now = 0;
    const files = bigReview(60, 5_000);
    const marked = linesOf(markLines(files, () => (now += 1)));
    const done = marked.filter(({ words: found, moved }) => found ?? moved).length;
    assert.ok(done < linesOf(markLines(files, still)).filter(({ words: found, moved }) => found ?? moved).length);
    assert.equal(marked.length, linesOf(files).length);
    assert.ok(now < 1_000, `${now} looks at the clock`);
  });

  it('is not held up by the same line over and over', () => {
    const many = Array.from({ length: 4_000 }, () => 'the very same line of text, over and over again');
    const files = [changed('a.ts', ...many.map((text) => `-${text}`)), changed('b.ts', ...many.map((text) => `+${text}`))];
    let looks = 0;
    assert.equal(linesOf(markLines(files, () => ++looks / 1_000)).length, 8_000);
    assert.ok(looks < 10_000, `${looks} looks at the clock`);
  });
});

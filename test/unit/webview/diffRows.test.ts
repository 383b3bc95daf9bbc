import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changesOf, isCrlf, rowOfLine, rowsOf, spare, windowAround } from '../../../webview-ui/approval/diffRows.ts';
import { remainingText } from '../../../webview-ui/approval/remaining.ts';
import { toReviewView } from '../../../src/editor/approvals/reviewMapper.ts';
import { localCalendar } from '../../../src/editor/approvals/words.ts';
import type { FileReview } from '../../../src/contracts/review.ts';
import type { FileView } from '../../../src/protocol/reviewView.ts';
import { asked, bigFile, detail, files, totalFile } from '../editor/approvals/samples.ts';

function shown(file: FileReview): FileView {
  const context = { now: asked, calendar: localCalendar('UTC'), trusted: true, stopped: false };
  const [first] = toReviewView({ ...detail, files: [file] }, context).files;
  assert.ok(first);
  return first;
}

describe('diff rows', () => {
  it('puts a heading before each hunk', () => {
    const headings = rowsOf(shown(totalFile)).flatMap((row) => (row.type === 'hunk' ? [row.title] : []));
    assert.deepEqual(
      headings.map((title) => title.slice(0, 11)),
      ['hunk 1 of 2', 'hunk 2 of 2'],
    );
  });

  it('finds a line by its new number, of a deleted file by its old', () => {
    const file = shown(totalFile);
    const rows = rowsOf(file);
    const row = rows[rowOfLine(file, rows, 41)];
    assert.equal(row?.type === 'line' && row.line.text, '  return roundHalfEven(sum, 2);');
    assert.equal(rowOfLine(file, rows, 20), -1);
    const deleted = files.find((item) => item.kind === 'deleted');
    assert.ok(deleted);
    assert.equal(rowOfLine(shown(deleted), rowsOf(shown(deleted)), 1), 1);
  });

  it('draws every row in sight and a bounded number around them, wherever one scrolls', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.nat(30_000), fc.integer({ min: 1, max: 120 }), (total, first, visible) => {
        const { from, to } = windowAround(first, visible, total);
        assert.ok(0 <= from && from <= to && to <= total);
        for (let row = first; row < Math.min(total, first + visible); row++) assert.ok(from <= row && row < to);
        assert.ok(to - from <= visible + 2 * spare);
      }),
    );
  });

  it('knows where each change begins', () => {
    const rows = rowsOf(shown(totalFile));
    assert.deepEqual(
      changesOf(rows).map((index) => {
        const row = rows[index];
        return row?.type === 'line' ? row.line.text : row;
      }),
      ["import { round } from './math.ts';", '  const x = sum;'],
    );
  });

  it('tells a CRLF file from a stray carriage return', () => {
    const file = shown(bigFile(6));
    const withCr = (from: number): FileView => ({
      ...file,
      hunks: file.hunks.map((hunk) => ({
        ...hunk,
        lines: hunk.lines.map((line, i) => (i >= from ? { ...line, text: `${line.text}\r` } : line)),
      })),
    });
    assert.deepEqual([isCrlf(file), isCrlf(withCr(1)), isCrlf(withCr(0)), isCrlf({ ...file, hunks: [] })], [false, false, true, false]);
  });
});

describe('time left', () => {
  const rows: [ms: number, expected: string][] = [
    [821_000, '13:41'],
    [820_001, '13:41'],
    [60_000, '1:00'],
    [1, '0:01'],
    [0, '0:00'],
    [-5, '0:00'],
    [3_600_000, '1 h 0 min'],
    [7_500_000, '2 h 5 min'],
  ];
  for (const [ms, expected] of rows) it(`reads ${expected} for ${ms} ms`, () => assert.equal(remainingText(ms), expected));
});

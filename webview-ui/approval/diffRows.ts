import type { DiffLineView, FileView } from '../../src/protocol/reviewView.ts';

export type DiffRow = { readonly type: 'hunk'; readonly title: string } | { readonly type: 'line'; readonly line: DiffLineView };

/** The whole diff of a file as rows, hunk headings between them. */
export function rowsOf(file: FileView): readonly DiffRow[] {
  return file.hunks.flatMap(({ header, lines }, index): DiffRow[] => [
    { type: 'hunk', title: `hunk ${index + 1} of ${file.hunks.length}  ${header}` },
    ...lines.map((line): DiffRow => ({ type: 'line', line })),
  ]);
}

/** Where a line of the reviewed file stands among the rows; of a deleted file, its old lines count. `-1` when the diff does not show it. */
export function rowOfLine(file: FileView, rows: readonly DiffRow[], line: number): number {
  const side = file.kind === 'deleted' ? 'oldLine' : 'newLine';
  return rows.findIndex((row) => row.type === 'line' && row.line[side] === line);
}

/** A stretch of rows, `from` included, `to` not. */
export interface RowWindow {
  readonly from: number;
  readonly to: number;
}

export const windowSize = 600;

/** A stretch of at most `windowSize` rows around `row`. */
export function windowAround(row: number, total: number): RowWindow {
  const from = Math.max(0, Math.min(row - Math.floor(windowSize / 2), total - windowSize));
  return { from, to: Math.min(total, from + windowSize) };
}

/** True when every line of text ends with a carriage return: a CRLF file, not a stray character. */
export function isCrlf(file: FileView): boolean {
  const lines = file.hunks.flatMap((hunk) => hunk.lines);
  return lines.length > 0 && lines.every((line) => line.text.endsWith('\r'));
}

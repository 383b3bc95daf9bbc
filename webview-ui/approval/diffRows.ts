import type { DiffLineView, FileView } from '../../src/protocol/reviewView.ts';

export type DiffRow =
  | { readonly type: 'hunk'; readonly hunk: number; readonly title: string }
  | { readonly type: 'line'; readonly hunk: number; readonly line: DiffLineView };

/** The whole diff of a file as rows, hunk headings between them. */
export function rowsOf(file: FileView): readonly DiffRow[] {
  return file.hunks.flatMap(({ header, lines }, hunk): DiffRow[] => [
    { type: 'hunk', hunk, title: `hunk ${hunk + 1} of ${file.hunks.length}  ${header}` },
    ...lines.map((line): DiffRow => ({ type: 'line', hunk, line })),
  ]);
}

/** Where a line of the reviewed file stands among the rows; of a deleted file, its old lines count. `-1` when the diff does not show it. */
export function rowOfLine(file: FileView, rows: readonly DiffRow[], line: number): number {
  const side = file.kind === 'deleted' ? 'oldLine' : 'newLine';
  return rows.findIndex((row) => row.type === 'line' && row.line[side] === line);
}

const isChange = (row: DiffRow | undefined): boolean => row?.type === 'line' && row.line.kind !== 'context';

/** The first row of each change: of lines put in or taken away that follow each other. */
export function changesOf(rows: readonly DiffRow[]): readonly number[] {
  return rows.flatMap((row, index) => (isChange(row) && !isChange(rows[index - 1]) ? [index] : []));
}

/** A stretch of rows, `from` included, `to` not. */
export interface RowWindow {
  readonly from: number;
  readonly to: number;
}

/** Rows drawn beyond what can be seen, above and below. */
export const spare = 30;

/** The rows to draw so that `visible` rows from `first` on can be seen. */
export function windowAround(first: number, visible: number, total: number): RowWindow {
  const from = Math.max(0, Math.min(first, total - visible) - spare);
  return { from, to: Math.min(total, Math.max(0, Math.min(first, total)) + visible + spare) };
}

/** True when every line of text ends with a carriage return: a CRLF file, not a stray character. */
export function isCrlf(file: FileView): boolean {
  const lines = file.hunks.flatMap((hunk) => hunk.lines);
  return lines.length > 0 && lines.every((line) => line.text.endsWith('\r'));
}

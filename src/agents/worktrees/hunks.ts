import { structuredPatch, type StructuredPatchHunk } from 'diff';
import type { DiffLine, Hunk, LineKind } from '../../contracts/review.ts';

export interface LineDiff {
  readonly additions: number;
  readonly deletions: number;
  readonly hunks: readonly Hunk[];
  readonly truncated?: string;
}

const CONTEXT = 3;
/** Beyond this many changed lines the shortest diff costs more than it helps, and the middle is shown as replaced. */
const MAX_EDITS = 1_000;
/** Changed lines times all of them. No time-out: what a person selects is named by its index, so the same texts MUST give the same hunks. */
const MAX_WORK = 20_000_000;
const CHARS_AS_LINE = 50;
const MAX_LINES = 5_000;
const MAX_LINE_CHARS = 4_000;

/**
 * Line by line, as git does with three lines of context. A carriage return belongs to its line, so that changed line ends show.
 * Never leaves a change out silently: what is cut is said in `truncated`.
 */
export function diffLines(before: string, after: string): LineDiff {
  const hunks = hunksOf(before, after);
  let additions = 0;
  let deletions = 0;
  for (const line of hunks.flatMap((hunk) => hunk.lines)) {
    if (line.startsWith('+')) additions += 1;
    if (line.startsWith('-')) deletions += 1;
  }
  return { additions, deletions, ...shown(hunks) };
}

/** The old text with only the hunks of `keep`, by their index in what `diffLines` shows. */
export function keepHunks(before: string, after: string, keep: ReadonlySet<number>): string {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const kept: (readonly string[])[] = [];
  let at = 0;
  for (const { oldStart, oldLines, newStart, newLines } of hunksOf(before, after).filter((_, index) => keep.has(index))) {
    kept.push(old.slice(at, oldStart - 1), fresh.slice(newStart - 1, newStart - 1 + newLines));
    at = oldStart - 1 + oldLines;
  }
  return [...kept, old.slice(at)].flat().join('');
}

function hunksOf(before: string, after: string): readonly StructuredPatchHunk[] {
  return shortest(before, after) ?? replaced(before, after);
}

function shortest(before: string, after: string): readonly StructuredPatchHunk[] | undefined {
  if (before === '' || after === '') return undefined;
  const chars = before.length + after.length;
  const size = linesOf(before).length + linesOf(after).length + chars / CHARS_AS_LINE;
  const maxEditLength = Math.min(MAX_EDITS, Math.floor(MAX_WORK / size));
  return structuredPatch('', '', before, after, undefined, undefined, { context: CONTEXT, maxEditLength })?.hunks;
}

/** A right, if not the shortest, diff in linear time: everything between the common head and tail is replaced. */
function replaced(before: string, after: string): readonly StructuredPatchHunk[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  if (head === old.length && head === fresh.length) return [];
  const start = Math.max(0, head - CONTEXT);
  const marked = (sign: string, lines: readonly string[]): string[] =>
    lines.flatMap((line) => (line.endsWith('\n') ? [sign + line.slice(0, -1)] : [sign + line, NO_NEWLINE]));
  const context = Math.min(tail, CONTEXT);
  return [
    {
      oldStart: start + 1,
      oldLines: old.length - tail + context - start,
      newStart: start + 1,
      newLines: fresh.length - tail + context - start,
      lines: [
        ...marked(' ', old.slice(start, head)),
        ...marked('-', old.slice(head, old.length - tail)),
        ...marked('+', fresh.slice(head, fresh.length - tail)),
        ...marked(' ', old.slice(old.length - tail, old.length - tail + context)),
      ],
    },
  ];
}

const NO_NEWLINE = '\\ No newline at end of file';

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function shown(hunks: readonly StructuredPatchHunk[]): { hunks: readonly Hunk[]; truncated?: string } {
  const total = hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
  const kept: Hunk[] = [];
  let left = MAX_LINES;
  let longLines = 0;
  for (const hunk of hunks) {
    if (left === 0) break;
    const lines = numbered(hunk, left);
    left -= lines.length;
    longLines += lines.filter((line) => line.text.length > MAX_LINE_CHARS).length;
    kept.push({ header: headerOf(hunk), lines: lines.map((line) => ({ ...line, text: line.text.slice(0, MAX_LINE_CHARS) })) });
  }
  if (total > MAX_LINES)
    return { hunks: kept, truncated: `Only the first ${MAX_LINES} of ${total} lines are shown here. Open Diff shows all of them.` };
  if (longLines > 0) return { hunks: kept, truncated: `${longLines} very long lines are cut here. Open Diff shows them in full.` };
  return { hunks: kept };
}

function numbered(hunk: StructuredPatchHunk, limit: number): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let oldLine = hunk.oldStart;
  let newLine = hunk.newStart;
  for (const [index, marked] of hunk.lines.entries()) {
    if (lines.length === limit) break;
    if (marked.startsWith('\\')) continue;
    const kind = kindOf(marked);
    lines.push({
      kind,
      text: marked.slice(1),
      ...(kind === 'added' ? {} : { oldLine: oldLine++ }),
      ...(kind === 'removed' ? {} : { newLine: newLine++ }),
      ...(hunk.lines[index + 1]?.startsWith('\\') === true ? { noNewline: true } : {}),
    });
  }
  return lines;
}

function kindOf(marked: string): LineKind {
  if (marked.startsWith('+')) return 'added';
  return marked.startsWith('-') ? 'removed' : 'context';
}

/** A side without lines is counted from the line before it, as in unified diffs. */
function headerOf({ oldStart, oldLines, newStart, newLines }: StructuredPatchHunk): string {
  const range = (start: number, lines: number): string => `${lines === 0 ? start - 1 : start},${lines}`;
  return `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`;
}

import type { DiffLineView, FileView } from '../../src/protocol/reviewView.ts';
import { checkBox } from '../components/toolkit.ts';
import { h, icon } from '../shared/h.ts';
import type { Child } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';
import type { DiffRow } from './diffRows.ts';
import type { ReviewModel } from './reviewModel.ts';

/** Longer lines are minified or generated; the native diff shows them whole. */
const maxLineLength = 2_000;
const signs: Record<DiffLineView['kind'], string> = { added: '+', removed: '−', context: ' ' };

/** How the rows of one file are drawn. */
export interface LineLook {
  readonly file: FileView;
  readonly digits: number;
  readonly crlf: boolean;
}

export function hunkElement(row: Extract<DiffRow, { type: 'hunk' }>, { file }: LineLook, model: ReviewModel): HTMLElement {
  const kept = model.isHunkKept(file, row.hunk);
  const title = [...shownText(row.title), !kept && h('strong', {}, '  left out')];
  if (!model.selectable || file.wholeOnly !== undefined) return h('div', { class: 'hunk' }, ...title);
  const box = checkBox(`Keep hunk ${row.hunk + 1} of ${file.hunks.length}`, (keep) => model.keepHunk(file, row.hunk, keep));
  box.input.checked = kept;
  return h('div', { class: 'hunk' }, box.element, h('span', {}, ...title));
}

/** `first`: the line before it did not move from or to beside the same place, so that a moved block is named once. */
export function lineElement(line: DiffLineView, kept: boolean, first: boolean, { digits, crlf }: LineLook): HTMLElement {
  const { kind, text, oldLine, newLine, words, moved } = line;
  const number = (at: number | undefined): string => (at === undefined ? '' : String(at)).padStart(digits);
  const gutter = h('span', { class: 'gutter' }, `${number(oldLine)} ${number(newLine)} ${signs[kind]} `);
  const whole = crlf ? text.slice(0, -1) : text;
  const rest = whole.length - maxLineLength;
  const shown = rest > 0 ? whole.slice(0, maxLineLength) : whole;
  return h(
    'div',
    { class: `line ${kind}${moved ? ' moved' : ''}${kept ? '' : ' left-out'}` },
    gutter,
    ...(words ? withWords(shown, words) : shownText(shown, { keep: '\t' })),
    rest > 0 && h('span', { class: 'cut' }, ` … ${rest} more characters: use Open Diff`),
    moved &&
      first &&
      h(
        'span',
        { class: 'moved-note' },
        icon('move'),
        kind === 'removed' ? 'moved to ' : 'moved from ',
        h('bdi', {}, ...shownText(moved.path)),
        `:${moved.line}`,
      ),
  );
}

function withWords(text: string, words: NonNullable<DiffLineView['words']>): Child[] {
  const parts: Child[] = [];
  let done = 0;
  for (const [from, to] of words) {
    // What comes from outside need not be in order.
    if (from < done || to <= from || from >= text.length) continue;
    parts.push(...shownText(text.slice(done, from), { keep: '\t' }));
    parts.push(h('span', { class: 'word' }, ...shownText(text.slice(from, to), { keep: '\t' })));
    done = to;
  }
  return [...parts, ...shownText(text.slice(done), { keep: '\t' })];
}

/** What cannot be read off the lines themselves. */
export function notesOf(file: FileView): HTMLElement[] {
  const texts: Child[][] = [];
  if (file.oldPath !== undefined) texts.push(['Renamed from ', h('bdi', {}, ...shownText(file.oldPath)), '.']);
  if (file.mode !== undefined) texts.push([`File mode: ${file.mode}.`]);
  if (file.binary) {
    texts.push([`A binary file (${file.size}). Its bytes cannot be read here; Open Diff shows what the editor can.`]);
    for (const [word, sha256] of [
      ['before', file.beforeSha256],
      ['after', file.afterSha256],
    ] as const)
      if (sha256 !== '') texts.push([`sha256 ${word}: `, h('code', {}, sha256)]);
  } else if (file.kind === 'deleted') texts.push(['The whole file is deleted.']);
  else if (file.hunks.length === 0 && file.truncated === undefined)
    texts.push([file.kind === 'added' ? 'A new, empty file.' : 'The text itself does not change.']);
  if (file.truncated !== undefined) texts.push([...shownText(file.truncated), ' Open Diff shows the rest.']);
  return texts.map((text) => h('p', { class: 'note' }, icon('info'), h('span', {}, ...text)));
}

export function digitsOf(rows: readonly DiffRow[]): number {
  const largest = rows.reduce((max, row) => (row.type === 'line' ? Math.max(max, row.line.oldLine ?? 0, row.line.newLine ?? 0) : max), 0);
  return String(largest).length;
}

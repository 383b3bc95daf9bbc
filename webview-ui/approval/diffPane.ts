import type { DiffLineView, FileView, ReviewView } from '../../src/protocol/reviewView.ts';
import { visibleText } from '../../src/base/visibleText.ts';
import { h, icon, replace } from '../shared/h.ts';
import type { Child } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';
import { isCrlf, rowOfLine, rowsOf, windowAround, windowSize } from './diffRows.ts';
import type { DiffRow, RowWindow } from './diffRows.ts';
import { kindWord } from './fileList.ts';

/** Longer lines are minified or generated; the native diff shows them whole. */
const maxLineLength = 2_000;
const signs: Record<DiffLineView['kind'], string> = { added: '+', removed: '−', context: ' ' };

interface Drawn {
  readonly key: string;
  readonly file: FileView;
  readonly rows: readonly DiffRow[];
  readonly lines: HTMLElement;
  readonly digits: number;
  readonly crlf: boolean;
  window: RowWindow;
}

/** The change of one file. Draws a window of rows at a time, so that a huge diff stays light. */
export class DiffPane {
  readonly element = h('section', { class: 'diff', 'aria-label': 'Change' });
  readonly #onScroll: (top: number) => void;
  #scroller: HTMLElement | undefined;
  #drawn: Drawn | undefined;

  constructor(onScroll: (top: number) => void) {
    this.#onScroll = onScroll;
  }

  /** The content of one digest never changes: a file that is on the screen already is left alone. */
  update({ digest, content }: ReviewView, file: FileView | undefined): void {
    const key = `${digest} ${file?.path ?? ''}`;
    if (key === this.#drawn?.key) return;
    this.#drawn = undefined;
    if (!file) return this.#drawContent(content);
    const rows = rowsOf(file);
    const lines = h('div', { class: 'lines' });
    const scroller = this.#scroll(`Change of ${visibleText(file.path)}`, notes(file), lines);
    this.#drawn = {
      key,
      file,
      rows,
      lines,
      digits: digitsOf(rows),
      crlf: isCrlf(file),
      window: { from: 0, to: Math.min(rows.length, windowSize) },
    };
    replace(this.element, heading(file, this.#drawn.crlf), scroller);
    this.#drawRows();
  }

  scrollTo(top: number): void {
    if (this.#scroller) this.#scroller.scrollTop = top;
  }

  /** Brings a line of the file on the screen into view. False when its diff does not show that line. */
  reveal(line: number): boolean {
    const drawn = this.#drawn;
    const row = drawn ? rowOfLine(drawn.file, drawn.rows, line) : -1;
    if (!drawn || row < 0) return false;
    if (row < drawn.window.from || row >= drawn.window.to) {
      drawn.window = windowAround(row, drawn.rows.length);
      this.#drawRows();
    }
    this.element.querySelector('.target')?.classList.remove('target');
    const target = drawn.lines.querySelector<HTMLElement>(`[data-row="${row}"]`);
    target?.classList.add('target');
    target?.setAttribute('tabindex', '-1');
    target?.focus({ preventScroll: true });
    target?.scrollIntoView({ block: 'center' });
    return true;
  }

  #drawContent(content: string | undefined): void {
    const text =
      content === undefined
        ? [h('p', { class: 'quiet' }, 'Nothing to show here.')]
        : [h('pre', {}, ...shownText(content, { keep: '\n\t' }))];
    replace(this.element, h('h2', {}, 'Exactly this'), this.#scroll('What is asked for', [], ...text));
  }

  #scroll(label: string, before: readonly Child[], ...children: readonly Child[]): HTMLElement {
    const scroller = h('div', { class: 'scroller', role: 'region', tabindex: 0, 'aria-label': label }, ...before, ...children);
    scroller.addEventListener('scroll', () => this.#onScroll(scroller.scrollTop), { passive: true });
    this.#scroller = scroller;
    return scroller;
  }

  #drawRows(): void {
    const drawn = this.#drawn;
    if (!drawn) return;
    const { from, to } = drawn.window;
    const total = drawn.rows.length;
    replace(
      drawn.lines,
      from > 0 && this.#more(`Show earlier lines (${from} above)`, { from: Math.max(0, from - windowSize), to }),
      ...drawn.rows.slice(from, to).map((row, index) => rowElement(row, from + index, drawn)),
      to < total && this.#more(`Show more lines (${total - to} below)`, { from, to: Math.min(total, to + windowSize) }),
    );
  }

  #more(label: string, window: RowWindow): HTMLElement {
    const more = h('button', { class: 'more', type: 'button' }, icon('unfold'), label);
    more.addEventListener('click', () => {
      const drawn = this.#drawn;
      if (!drawn) return;
      const resumeAt = window.to > drawn.window.to ? drawn.window.to : window.from;
      drawn.window = window;
      this.#drawRows();
      // The button is gone: focus goes on where the new lines begin.
      const first = drawn.lines.querySelector<HTMLElement>(`[data-row="${resumeAt}"]`);
      first?.setAttribute('tabindex', '-1');
      first?.focus({ preventScroll: true });
    });
    return more;
  }
}

function heading(file: FileView, crlf: boolean): HTMLElement {
  const facts = [kindWord(file), file.mode, file.binary ? 'binary' : undefined, file.size, crlf ? 'CRLF line ends' : undefined];
  return h(
    'h2',
    { class: 'path' },
    h('bdi', {}, ...shownText(file.path)),
    h('span', { class: 'facts' }, facts.filter((fact) => fact !== undefined).join(' · ')),
  );
}

/** What cannot be read off the lines themselves. */
function notes(file: FileView): HTMLElement[] {
  const texts: Child[][] = [];
  if (file.oldPath !== undefined) texts.push(['Renamed from ', h('bdi', {}, ...shownText(file.oldPath)), '.']);
  if (file.mode !== undefined) texts.push([`File mode: ${file.mode}.`]);
  if (file.binary) texts.push([`A binary file (${file.size}). Its bytes cannot be read here; Open Diff shows what the editor can.`]);
  else if (file.kind === 'deleted') texts.push(['The whole file is deleted.']);
  else if (file.hunks.length === 0 && file.truncated === undefined)
    texts.push([file.kind === 'added' ? 'A new, empty file.' : 'The text itself does not change.']);
  if (file.truncated !== undefined) texts.push([...shownText(file.truncated), ' Open Diff shows the rest.']);
  return texts.map((text) => h('p', { class: 'note' }, icon('info'), h('span', {}, ...text)));
}

function rowElement(row: DiffRow, index: number, { digits, crlf }: Drawn): HTMLElement {
  if (row.type === 'hunk') return h('div', { class: 'hunk', 'data-row': index }, ...shownText(row.title));
  const { kind, text, oldLine, newLine } = row.line;
  const number = (line: number | undefined): string => (line === undefined ? '' : String(line)).padStart(digits);
  const gutter = h('span', { class: 'gutter' }, `${number(oldLine)} ${number(newLine)} ${signs[kind]} `);
  const shown = crlf ? text.slice(0, -1) : text;
  const rest = shown.length - maxLineLength;
  return h(
    'div',
    { class: `line ${kind}`, 'data-row': index },
    gutter,
    ...shownText(rest > 0 ? shown.slice(0, maxLineLength) : shown, { keep: '\t' }),
    rest > 0 && h('span', { class: 'cut' }, ` … ${rest} more characters: use Open Diff`),
  );
}

function digitsOf(rows: readonly DiffRow[]): number {
  const largest = rows.reduce((max, row) => (row.type === 'line' ? Math.max(max, row.line.oldLine ?? 0, row.line.newLine ?? 0) : max), 0);
  return String(largest).length;
}

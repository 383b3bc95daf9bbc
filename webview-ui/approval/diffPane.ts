import type { ApprovalChannel } from '../../src/protocol/approval.ts';
import type { ResultOf } from '../../src/protocol/messages.ts';
import type { FileView, ReviewView } from '../../src/protocol/reviewView.ts';
import { visibleText } from '../../src/base/visibleText.ts';
import { checkBox, toolButton } from '../components/toolkit.ts';
import { h, icon, replace } from '../shared/h.ts';
import type { Child } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';
import { changesOf, isCrlf, rowOfLine, rowsOf } from './diffRows.ts';
import type { DiffRow } from './diffRows.ts';
import { kindWord } from './fileList.ts';
import { LineComments } from './lineComments.ts';
import { digitsOf, hunkElement, lineElement, notesOf, type LineLook } from './lineElements.ts';
import { LineList } from './lineList.ts';
import { picturesElement } from './pictures.ts';
import type { ReviewModel } from './reviewModel.ts';

export interface DiffPanePorts {
  readonly model: ReviewModel;
  onScroll(top: number): void;
  picture(path: string): Promise<ResultOf<ApprovalChannel, 'picture'>>;
  /** There is no further change in this file, in that direction. */
  leave(direction: 1 | -1): void;
}

interface Drawn {
  readonly key: string;
  readonly rows: readonly DiffRow[];
  readonly look: LineLook;
  readonly lines: LineList;
  readonly outdated: HTMLElement;
  /** What folding hides. */
  readonly body: HTMLElement;
}

/** The change of one file, with what a person can do about it. n and p go to the next and previous change, c comments on a line. */
export class DiffPane {
  readonly element = h('section', { class: 'diff', 'aria-label': 'Change' });
  readonly #ports: DiffPanePorts;
  readonly #comments: LineComments;
  readonly #keep = checkBox('Keep this file', (keep) => this.#withFile((file) => this.#ports.model.keepFile(file, keep)));
  readonly #viewed = toolButton({ label: 'Viewed', icon: 'eye', text: 'Viewed', onClick: () => this.#toggleViewed() });
  readonly #fold = toolButton({ label: 'Fold this file', icon: 'fold', onClick: () => this.#toggleFold() });
  readonly #previous = toolButton({ label: 'Previous change (p)', icon: 'arrow-up', onClick: () => this.go(-1) });
  readonly #next = toolButton({ label: 'Next change (n)', icon: 'arrow-down', onClick: () => this.go(1) });
  readonly #comment = toolButton({ label: 'Comment on this line (c)', icon: 'comment', onClick: () => this.#write() });
  readonly #whole = h('span', { class: 'quiet' });
  readonly #tools = h(
    'div',
    { class: 'tools', role: 'toolbar', 'aria-label': 'This file' },
    this.#keep.element,
    this.#viewed,
    this.#previous,
    this.#next,
    this.#comment,
    this.#fold,
    this.#whole,
  );
  #scroller: HTMLElement | undefined;
  #drawn: Drawn | undefined;
  /** The row a comment is for when the button has the focus. */
  #lastRow: number | undefined;

  constructor(ports: DiffPanePorts) {
    this.#ports = ports;
    this.#comments = new LineComments(ports.model, () => this.#redraw());
    // A click on a button takes the focus from the row it is about.
    this.element.addEventListener('focusin', () => (this.#lastRow = this.#drawn?.lines.current ?? this.#lastRow));
    this.element.addEventListener('keydown', (event) => this.#press(event));
  }

  /** The content of one digest never changes: a file that is on the screen already is only marked anew. */
  update({ digest, content }: ReviewView, file: FileView | undefined): void {
    const key = `${digest} ${file?.path ?? ''}`;
    if (key === this.#drawn?.key) return this.refresh();
    this.#drawn = undefined;
    this.#lastRow = undefined;
    if (!file) return this.#drawContent(content);
    const rows = rowsOf(file);
    const look = { file, digits: digitsOf(rows), crlf: isCrlf(file) };
    const outdated = h('div', {});
    const pictures = file.image ? [picturesElement(file, (path) => this.#ports.picture(path))] : [];
    const body = h('div', { class: 'body' });
    const scroller = this.#scroll(`Change of ${visibleText(file.path)}`, body);
    const lines = new LineList('Lines', scroller, rows.length, (index) => this.#row(index));
    body.append(...notesOf(file), ...pictures, outdated, ...(rows.length > 0 ? [lines.element] : []));
    this.#drawn = { key, rows, look, lines, outdated, body };
    replace(this.element, heading(file, look.crlf), this.#tools, scroller);
    this.#mark();
    lines.follow();
  }

  /** Draws what changed in the model. */
  refresh(): void {
    if (!this.#drawn) return;
    this.#mark();
    this.#redraw();
  }

  scrollTo(top: number): void {
    if (this.#scroller) this.#scroller.scrollTop = top;
    this.#drawn?.lines.follow();
  }

  /** Brings a line of the file on the screen into view. False when its diff does not show that line. */
  reveal(line: number): boolean {
    const drawn = this.#drawn;
    const row = drawn ? rowOfLine(drawn.look.file, drawn.rows, line) : -1;
    if (!drawn || row < 0) return false;
    this.#target(row);
    return true;
  }

  /** To the next or previous change, seen from the row that has or had the focus; from outside, the first or last one. */
  go(direction: 1 | -1, from = this.#drawn?.lines.current ?? this.#lastRow): void {
    const drawn = this.#drawn;
    if (!drawn) return;
    const changes = changesOf(drawn.rows);
    const beyond = changes.filter((row) => from === undefined || (direction === 1 ? row > from : row < from));
    const row = direction === 1 ? beyond[0] : beyond.at(-1);
    if (row === undefined || this.#isFolded) this.#ports.leave(direction);
    else this.#target(row);
  }

  #target(row: number): void {
    if (this.#isFolded) this.#toggleFold();
    this.element.querySelector('.target')?.classList.remove('target');
    this.#lastRow = row;
    this.#drawn?.lines.reveal(row)?.classList.add('target');
  }

  #press(event: KeyboardEvent): void {
    const drawn = this.#drawn;
    if (!drawn || event.ctrlKey || event.metaKey || event.altKey || !event.isTrusted) return;
    const { current } = drawn.lines;
    const onRow = current !== undefined && document.activeElement?.matches('[data-row]');
    if (event.key === 'n') this.go(1);
    else if (event.key === 'p') this.go(-1);
    else if (event.key === 'c') this.#write();
    else if (onRow && event.key === 'ArrowDown') drawn.lines.step(Math.min(current + 1, drawn.rows.length - 1));
    else if (onRow && event.key === 'ArrowUp') drawn.lines.step(Math.max(current - 1, 0));
    else return;
    event.preventDefault();
  }

  #write(): void {
    const drawn = this.#drawn;
    if (!drawn) return;
    const at = drawn.lines.current ?? this.#lastRow ?? changesOf(drawn.rows)[0];
    const row = at === undefined ? undefined : drawn.rows[at];
    const spot = row?.type === 'line' ? LineComments.spotOf(drawn.look.file, row.line) : undefined;
    if (at === undefined || !spot) return;
    if (this.#isFolded) this.#toggleFold();
    this.#lastRow = at;
    drawn.lines.reveal(at);
    this.#comments.write(spot);
    this.element.querySelector<HTMLElement>('.comment vscode-text-area')?.focus();
  }

  #row(index: number): HTMLElement {
    const drawn = this.#drawn;
    const row = drawn?.rows[index];
    const { model } = this.#ports;
    if (!drawn || !row) return h('div');
    if (row.type === 'hunk') return hunkElement(row, drawn.look, model);
    const before = drawn.rows[index - 1];
    const moved = before?.type === 'line' && before.line.kind === row.line.kind ? before.line.moved : undefined;
    const follows = moved?.path === row.line.moved?.path && moved?.line === (row.line.moved?.line ?? 0) - 1;
    const element = lineElement(row.line, model.isHunkKept(drawn.look.file, row.hunk), !follows, drawn.look);
    const gutter = element.querySelector('.gutter');
    gutter?.addEventListener('click', () => {
      this.#lastRow = index;
      drawn.lines.step(index);
      this.#write();
    });
    const below = this.#comments.below(drawn.look.file, row.line);
    return below ? h('div', { class: 'commented' }, element, below) : element;
  }

  #mark(): void {
    const drawn = this.#drawn;
    if (!drawn) return;
    const { model } = this.#ports;
    const { file } = drawn.look;
    const kept = model.kept(file);
    this.#keep.element.hidden = !model.selectable;
    this.#keep.input.checked = kept !== 'none';
    this.#keep.input.indeterminate = kept === 'some';
    this.#whole.textContent = model.selectable && file.hunks.length > 1 ? (file.wholeOnly ?? '') : '';
    this.#viewed.setAttribute('aria-pressed', String(model.isViewed(file)));
    this.#fold.setAttribute('aria-expanded', String(!this.#isFolded));
    drawn.body.hidden = this.#isFolded;
    replace(drawn.outdated, ...this.#comments.outdated(file));
  }

  #redraw(): void {
    const drawn = this.#drawn;
    if (!drawn) return;
    const at = drawn.lines.current;
    const onPart = document.activeElement instanceof HTMLInputElement ? 'input' : undefined;
    drawn.lines.redraw();
    if (at === undefined || drawn.lines.current === at) return;
    // What had the focus was drawn anew, or is gone: the row goes on with it.
    const row = drawn.lines.element.querySelector<HTMLElement>(`[data-row="${at}"]`);
    (onPart ? (row?.querySelector<HTMLElement>(onPart) ?? row) : row)?.focus({ preventScroll: true });
  }

  get #isFolded(): boolean {
    const path = this.#drawn?.look.file.path;
    return path !== undefined && this.#ports.model.state.value.folded.includes(path);
  }

  #toggleFold(): void {
    this.#withFile(({ path }) => {
      const { state } = this.#ports.model;
      const { folded } = state.value;
      state.set({ folded: folded.includes(path) ? folded.filter((each) => each !== path) : [...folded, path] });
      this.#mark();
      this.#drawn?.lines.follow();
    });
  }

  #toggleViewed(): void {
    this.#withFile((file) => this.#ports.model.setViewed(file, !this.#ports.model.isViewed(file)));
  }

  #withFile(act: (file: FileView) => void): void {
    if (this.#drawn) act(this.#drawn.look.file);
  }

  #drawContent(content: string | undefined): void {
    const text =
      content === undefined
        ? [h('p', { class: 'quiet' }, 'Nothing to show here.')]
        : [h('pre', {}, ...shownText(content, { keep: '\n\t' }))];
    replace(this.element, h('h2', {}, 'Exactly this'), this.#scroll('What is asked for', ...text));
  }

  #scroll(label: string, ...children: readonly Child[]): HTMLElement {
    const scroller = h('div', { class: 'scroller', role: 'region', tabindex: 0, 'aria-label': label }, ...children);
    scroller.addEventListener(
      'scroll',
      () => {
        if (this.#scroller !== scroller) return;
        this.#drawn?.lines.follow();
        this.#ports.onScroll(scroller.scrollTop);
      },
      { passive: true },
    );
    this.#scroller = scroller;
    return scroller;
  }
}

function heading(file: FileView, crlf: boolean): HTMLElement {
  const facts = [kindWord(file), file.mode, file.binary ? 'binary' : undefined, file.size, crlf ? 'CRLF line ends' : undefined];
  return h(
    'h2',
    { class: 'path' },
    file.truncated !== undefined && icon('warning', 'hold'),
    h('bdi', {}, ...shownText(file.path)),
    h('span', { class: 'facts' }, facts.filter((fact) => fact !== undefined).join(' · ')),
  );
}

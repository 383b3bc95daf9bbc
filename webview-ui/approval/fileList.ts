import type { FileView, ReviewView } from '../../src/protocol/reviewView.ts';
import { visibleText } from '../../src/base/visibleText.ts';
import { badge, searchField, toolButton } from '../components/toolkit.ts';
import { h, icon, replace } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';
import type { ReviewModel } from './reviewModel.ts';
import type { Kept } from './selection.ts';

const looks: Record<FileView['kind'], readonly [icon: string, word: string]> = {
  added: ['diff-added', 'added'],
  modified: ['diff-modified', 'modified'],
  deleted: ['diff-removed', 'deleted'],
  renamed: ['diff-renamed', 'renamed'],
  'mode-changed': ['gear', 'mode changed'],
};

/** Said on the row when there is no count to say it; the icon and the spoken word say the rest. */
const seenWords: Partial<Record<FileView['kind'], string>> = { renamed: 'renamed', 'mode-changed': 'mode' };
const ticks: Record<Kept, readonly [checked: string, icon: string]> = {
  all: ['true', 'check'],
  some: ['mixed', 'dash'],
  none: ['false', 'blank'],
};
/** Rows on the page at a time; further ones come when they are asked for. */
const maxRows = 100;

export function kindWord(file: FileView): string {
  return looks[file.kind][1];
}

/** The files of the review as a list box: arrows, j and k, Home and End choose; space keeps or leaves out, v marks as viewed. */
export class FileList {
  readonly element = h('section', { class: 'files', 'aria-label': 'Files' });
  readonly #model: ReviewModel;
  readonly #onSelect: (path: string) => void;
  readonly #heading = h('h2', {});
  readonly #filter = searchField('Filter files', (filter) => this.#narrow({ filter }));
  readonly #flagged = toolButton({ label: 'Only files with findings', icon: 'warning', onClick: () => this.#toggle('findings') });
  readonly #unviewed = toolButton({ label: 'Only files not viewed', icon: 'eye-closed', onClick: () => this.#toggle('unviewed') });
  readonly #found = h('p', { class: 'found quiet', role: 'status' });
  readonly #list = h('div', { class: 'list', role: 'listbox', 'aria-label': 'Changed files' });
  readonly #filters = h('div', { class: 'filters' }, this.#filter, this.#flagged, this.#unviewed);
  readonly #empty = h('p', { class: 'quiet' }, 'No files: this asks for one action.');
  #shown: readonly FileView[] = [];
  #rows: HTMLElement[] = [];
  #limit = maxRows;
  #key = '';
  #headingKey = '';
  #selected: string | undefined;

  constructor(model: ReviewModel, onSelect: (path: string) => void) {
    this.#model = model;
    this.#onSelect = onSelect;
    this.#list.addEventListener('keydown', (event) => this.#press(event));
    this.#filter.addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowDown' || this.#rows.length === 0) return;
      event.preventDefault();
      (this.#rows.find((row) => row.tabIndex === 0) ?? this.#rows[0])?.focus();
    });
    this.element.append(this.#heading, this.#filters, this.#found, this.#empty, this.#list);
  }

  update({ digest, files, additions, deletions }: ReviewView, selected: string | undefined): void {
    if (digest !== this.#headingKey) {
      this.#headingKey = digest;
      this.#limit = maxRows;
      replace(this.#heading, 'Files', badge(String(files.length)), h('span', { class: 'totals' }, ...counts(additions, deletions)));
    }
    const none = files.length === 0;
    this.#empty.hidden = !none;
    this.#filters.hidden = none;
    this.#list.hidden = none;
    this.#selected = selected;
    this.refresh();
  }

  /** Draws what changed in the model. */
  refresh(): void {
    const { filter, kinds } = this.#model.state.value;
    if (this.#filter.value !== filter) this.#filter.value = filter;
    this.#flagged.setAttribute('aria-pressed', String(kinds.includes('findings')));
    this.#unviewed.setAttribute('aria-pressed', String(kinds.includes('unviewed')));
    this.#shown = this.#model.shown;
    const chosen = this.#shown.findIndex(({ path }) => path === this.#selected);
    if (chosen >= this.#limit) this.#limit = chosen + maxRows;
    const key = JSON.stringify([this.#headingKey, this.#limit, this.#shown.map((file) => [file.path, ...this.#facts(file)])]);
    if (key !== this.#key) {
      this.#key = key;
      this.#draw();
    }
    const all = this.#model.files.length;
    const found = this.#shown.length;
    const words = found === all ? '' : found === 0 ? 'No file passes the filter.' : `${found} of ${all} files pass the filter.`;
    if (this.#found.textContent !== words) this.#found.textContent = words;
    this.select(this.#selected);
  }

  select(path: string | undefined): void {
    this.#selected = path;
    const known = this.#rows.some((row) => row.dataset['path'] === path);
    for (const [index, row] of this.#rows.entries()) {
      const chosen = row.dataset['path'] === path;
      row.setAttribute('aria-selected', String(chosen));
      row.tabIndex = chosen || (!known && index === 0) ? 0 : -1;
    }
  }

  #facts(file: FileView): [Kept | undefined, boolean, number, boolean] {
    const model = this.#model;
    return [
      model.selectable ? model.kept(file) : undefined,
      model.isViewed(file),
      model.comments(file).current.length,
      model.isFlagged(file),
    ];
  }

  #draw(): void {
    const focused = this.#list.contains(document.activeElement);
    const top = this.#list.scrollTop;
    this.#rows = this.#shown.slice(0, this.#limit).map((file, index) => this.#row(file, index));
    const left = this.#shown.length - this.#rows.length;
    const more = h('button', { class: 'more', type: 'button' }, icon('unfold'), `Show more files (${left})`);
    more.addEventListener('click', () => {
      const next = this.#rows.length;
      this.#limit += maxRows;
      this.refresh();
      this.#rows[next]?.focus();
    });
    replace(this.#list, ...this.#rows);
    this.element.querySelector('.files > .more')?.remove();
    if (left > 0) this.element.append(more);
    this.select(this.#selected);
    this.#list.scrollTop = top;
    if (focused) (this.#rows.find((row) => row.tabIndex === 0) ?? this.#filter).focus({ preventScroll: true });
  }

  #row(file: FileView, index: number): HTMLElement {
    const [kindIcon, word] = looks[file.kind];
    const [kept, viewed, comments, flagged] = this.#facts(file);
    const slash = file.path.lastIndexOf('/') + 1;
    const said = [
      word,
      flagged ? 'has findings' : '',
      viewed ? 'viewed' : '',
      comments > 0 ? `${comments} ${comments === 1 ? 'comment' : 'comments'}` : '',
    ];
    const row = h(
      'div',
      {
        class: `file ${file.kind}${viewed ? ' viewed' : ''}`,
        role: 'option',
        'aria-selected': 'false',
        'aria-checked': kept && ticks[kept][0],
        'aria-setsize': this.#shown.length,
        'aria-posinset': index + 1,
        title: visibleText(file.oldPath === undefined ? file.path : `${file.oldPath} → ${file.path}`),
        'data-path': file.path,
        'data-after-sha256': file.afterSha256,
      },
      kept && h('span', { class: `tick ${kept}`, title: kept === 'none' ? 'Keep this file' : 'Leave this file out' }, icon(ticks[kept][1])),
      icon(kindIcon, file.kind),
      h(
        'span',
        { class: 'name' },
        h('span', { class: 'base' }, h('bdi', {}, ...shownText(file.path.slice(slash)))),
        slash > 0 && h('span', { class: 'folder' }, h('bdi', {}, ...shownText(file.path.slice(0, slash - 1)))),
      ),
      h('span', { class: 'spoken' }, said.filter((each) => each !== '').join(', ')),
      flagged && icon('warning', 'hold'),
      comments > 0 && icon('comment'),
      viewed && icon('eye', 'seen'),
      h('span', { class: 'change' }, ...(file.binary ? ['binary'] : counts(file.additions, file.deletions, seenWords[file.kind]))),
    );
    row.addEventListener('click', (event) => {
      const onTick = event.target instanceof Element && event.target.closest('.tick') !== null;
      if (onTick && event.isTrusted) this.#keep(file);
      else this.#choose(file.path);
    });
    return row;
  }

  #keep(file: FileView): void {
    this.#model.keepFile(file, this.#model.kept(file) === 'none');
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const focused = this.#rows.findIndex((row) => row === document.activeElement);
    const file = this.#shown[focused];
    if (file && event.isTrusted && (event.key === ' ' || event.key === 'v')) {
      event.preventDefault();
      if (event.key === ' ') this.#keep(file);
      else this.#model.setViewed(file, !this.#model.isViewed(file));
      return;
    }
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: focused + 1,
      j: focused + 1,
      ArrowUp: focused - 1,
      k: focused - 1,
      Home: 0,
      End: this.#shown.length - 1,
      Enter: focused,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const chosen = this.#shown[Math.min(this.#shown.length - 1, Math.max(0, target))];
    if (chosen) this.#choose(chosen.path);
  }

  #choose(path: string): void {
    this.#onSelect(path);
    this.#selected = path;
    this.refresh();
    const row = this.#rows.find((each) => each.dataset['path'] === path);
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  }

  #toggle(kind: 'findings' | 'unviewed'): void {
    const { kinds } = this.#model.state.value;
    this.#narrow({ kinds: kinds.includes(kind) ? kinds.filter((each) => each !== kind) : [...kinds, kind] });
  }

  #narrow(change: { filter: string } | { kinds: ('findings' | 'unviewed')[] }): void {
    this.#model.state.set(change);
    this.#limit = maxRows;
    this.refresh();
  }
}

function counts(additions: number, deletions: number, none = ''): (Node | string)[] {
  if (additions === 0 && deletions === 0) return none === '' ? [] : [none];
  return [
    ...(additions > 0 ? [h('span', { class: 'plus' }, `+${additions}`)] : []),
    ...(deletions > 0 ? [h('span', { class: 'minus' }, `−${deletions}`)] : []),
  ];
}

import type { FileView, ReviewView } from '../../src/protocol/reviewView.ts';
import { visibleText } from '../../src/base/visibleText.ts';
import { badge } from '../components/toolkit.ts';
import { h, icon, replace } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';

const looks: Record<FileView['kind'], readonly [icon: string, word: string]> = {
  added: ['diff-added', 'added'],
  modified: ['diff-modified', 'modified'],
  deleted: ['diff-removed', 'deleted'],
  renamed: ['diff-renamed', 'renamed'],
  'mode-changed': ['gear', 'mode changed'],
};

/** Said on the row when there is no count to say it; the icon and the spoken word say the rest. */
const seenWords: Partial<Record<FileView['kind'], string>> = { renamed: 'renamed', 'mode-changed': 'mode' };

export function kindWord(file: FileView): string {
  return looks[file.kind][1];
}

/** The files of the review as a list box: arrows, j and k, Home and End choose. */
export class FileList {
  readonly element = h('section', { class: 'files', 'aria-label': 'Files' });
  readonly #onSelect: (path: string) => void;
  #digest: string | undefined;
  #rows: HTMLElement[] = [];

  constructor(onSelect: (path: string) => void) {
    this.#onSelect = onSelect;
  }

  /** The files of one digest never change, so they are drawn once. */
  update({ digest, files, additions, deletions }: ReviewView, selected: string | undefined): void {
    if (digest !== this.#digest) {
      this.#digest = digest;
      this.#rows = files.map((file) => this.#row(file));
      const list = h('div', { class: 'list', role: 'listbox', 'aria-label': 'Changed files' }, ...this.#rows);
      list.addEventListener('keydown', (event) => this.#key(event));
      replace(
        this.element,
        h('h2', {}, 'Files', badge(String(files.length)), h('span', { class: 'totals' }, ...counts(additions, deletions))),
        files.length > 0 ? list : h('p', { class: 'quiet' }, 'No files: this asks for one action.'),
      );
    }
    this.select(selected);
  }

  select(path: string | undefined): void {
    for (const row of this.#rows) {
      const chosen = row.dataset['path'] === path;
      row.setAttribute('aria-selected', String(chosen));
      row.tabIndex = chosen ? 0 : -1;
    }
  }

  #row(file: FileView): HTMLElement {
    const [kindIcon, word] = looks[file.kind];
    const slash = file.path.lastIndexOf('/') + 1;
    const row = h(
      'div',
      {
        class: `file ${file.kind}`,
        role: 'option',
        'aria-selected': 'false',
        title: visibleText(file.oldPath === undefined ? file.path : `${file.oldPath} → ${file.path}`),
        'data-path': file.path,
        'data-after-sha256': file.afterSha256,
      },
      icon(kindIcon, file.kind),
      h(
        'span',
        { class: 'name' },
        h('span', { class: 'base' }, h('bdi', {}, ...shownText(file.path.slice(slash)))),
        slash > 0 && h('span', { class: 'folder' }, h('bdi', {}, ...shownText(file.path.slice(0, slash - 1)))),
      ),
      h('span', { class: 'spoken' }, word),
      h('span', { class: 'change' }, ...(file.binary ? ['binary'] : counts(file.additions, file.deletions, seenWords[file.kind]))),
    );
    row.addEventListener('click', () => this.#choose(row));
    return row;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const current = this.#rows.findIndex((row) => row.getAttribute('aria-selected') === 'true');
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: current + 1,
      j: current + 1,
      ArrowUp: current - 1,
      k: current - 1,
      Home: 0,
      End: this.#rows.length - 1,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const row = this.#rows[Math.min(this.#rows.length - 1, Math.max(0, target))];
    if (row) this.#choose(row);
  }

  #choose(row: HTMLElement): void {
    this.#onSelect(row.dataset['path'] ?? '');
    row.focus();
    row.scrollIntoView({ block: 'nearest' });
  }
}

function counts(additions: number, deletions: number, none = ''): (Node | string)[] {
  if (additions === 0 && deletions === 0) return none === '' ? [] : [none];
  return [
    ...(additions > 0 ? [h('span', { class: 'plus' }, `+${additions}`)] : []),
    ...(deletions > 0 ? [h('span', { class: 'minus' }, `−${deletions}`)] : []),
  ];
}

import type { DiffLineView, FileView, LineNote } from '../../src/protocol/reviewView.ts';
import { button, textArea } from '../components/toolkit.ts';
import { h, icon } from '../shared/h.ts';
import { shownText } from '../shared/shownText.ts';
import { sameSpot, type ReviewModel, type Spot } from './reviewModel.ts';

const maxComment = 1_000;

/** The comments of the file on the screen: drafts until they go with a rejection. */
export class LineComments {
  readonly #model: ReviewModel;
  readonly #redraw: () => void;

  constructor(model: ReviewModel, redraw: () => void) {
    this.#model = model;
    this.#redraw = redraw;
  }

  static spotOf({ path, contentKey }: FileView, { kind, oldLine, newLine }: DiffLineView): Spot | undefined {
    const side = kind === 'removed' ? 'before' : 'after';
    const line = side === 'before' ? oldLine : newLine;
    return line === undefined || line < 1 ? undefined : { path, contentKey, side, line };
  }

  /** What stands below a line; `undefined` when nothing does. */
  below(file: FileView, line: DiffLineView): HTMLElement | undefined {
    const spot = LineComments.spotOf(file, line);
    if (!spot) return undefined;
    const { editing } = this.#model.state.value;
    if (editing && sameSpot(editing, spot)) return this.#editor(editing);
    const comment = this.#model.comments(file).current.find((each) => sameSpot(each, spot));
    return comment && this.#shown(comment);
  }

  write(spot: Spot): void {
    const kept = this.#model.files.flatMap((file) => this.#model.comments(file).current).find((each) => sameSpot(each, spot));
    this.#model.state.set({ editing: { ...spot, text: kept?.text ?? '' } });
    this.#redraw();
  }

  /** Comments on what the file was before: they go nowhere, and are not lost. */
  outdated(file: FileView): HTMLElement[] {
    return this.#model
      .comments(file)
      .outdated.map((comment) =>
        h(
          'div',
          { class: 'comment' },
          h('p', { class: 'quiet' }, icon('history'), `Line ${comment.line} of an earlier version. It is not sent.`),
          h('p', { class: 'said' }, ...shownText(comment.text, { keep: '\n\t' })),
          h(
            'div',
            { class: 'buttons' },
            button({ label: 'Delete Comment', icon: 'trash', onClick: () => this.#model.removeComment(comment) }),
          ),
        ),
      );
  }

  #shown(comment: LineNote): HTMLElement {
    return h(
      'div',
      { class: 'comment', role: 'group', 'aria-label': `Your comment on line ${comment.line}` },
      h('p', { class: 'said' }, icon('comment'), h('span', {}, ...shownText(comment.text, { keep: '\n\t' }))),
      h(
        'div',
        { class: 'buttons' },
        button({ label: 'Edit Comment', icon: 'edit', onClick: () => this.write(comment) }),
        button({ label: 'Delete Comment', icon: 'trash', onClick: () => this.#model.removeComment(comment) }),
      ),
    );
  }

  #editor(editing: Spot & { readonly text: string }): HTMLElement {
    const { state } = this.#model;
    const area = textArea({
      label: `Comment on line ${editing.line}`,
      rows: 3,
      maxLength: maxComment,
      onInput: (text) => state.set({ editing: { ...editing, text: text.slice(0, maxComment) } }),
    });
    area.value = editing.text;
    const close = (): void => {
      state.set({ editing: undefined });
      this.#redraw();
    };
    const keep = (): void => {
      const text = area.value.trim().slice(0, maxComment);
      state.set({ editing: undefined });
      if (text === '') this.#model.removeComment(editing);
      else this.#model.putComment({ ...editing, text });
    };
    const box = h(
      'div',
      { class: 'comment', role: 'group', 'aria-label': 'Comment' },
      area,
      h(
        'div',
        { class: 'buttons' },
        button({ label: 'Keep Comment', icon: 'check', look: 'primary', onClick: keep }),
        button({ label: 'Cancel', onClick: close }),
      ),
    );
    box.addEventListener('keydown', (event) => {
      // Letters typed here are no commands of the diff.
      event.stopPropagation();
      if (event.key === 'Escape') close();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && event.isTrusted) keep();
    });
    return box;
  }
}

import type { ReviewEvent } from '../../src/protocol/reviewView.ts';
import { button } from '../components/toolkit.ts';
import { h, icon } from '../shared/h.ts';
import { Section } from '../shared/section.ts';
import { shownText } from '../shared/shownText.ts';

export type NoticeView =
  | { readonly state: 'loading' }
  | Pick<Extract<ReviewEvent, { state: 'empty' }>, 'state'>
  | Pick<Extract<ReviewEvent, { state: 'error' }>, 'state' | 'message' | 'remedy' | 'next'>;

/** The page when there is no review on it. */
export class Notice {
  readonly element = h('div', { class: 'notice' });
  readonly #section: Section<NoticeView>;

  constructor(showNext: (requestId: string) => void) {
    this.#section = new Section<NoticeView>(this.element, (view) => {
      switch (view.state) {
        case 'loading':
          return [h('p', { class: 'quiet', role: 'status' }, 'Reading the review…')];
        case 'empty':
          return [
            icon('check-all', 'big'),
            h('h1', {}, 'Nothing is waiting for you.'),
            h('p', {}, 'When a mission has something to apply, its review appears here.'),
            h('p', { class: 'quiet' }, 'To start one, run GoNoGo: Launch Mission… from the Command Palette (F1).'),
          ];
        case 'error': {
          const { next } = view;
          return [
            icon('error', 'big no-go'),
            h('h1', {}, 'The review cannot be shown.'),
            h('p', { role: 'alert' }, ...shownText(view.message)),
            h('p', { class: 'quiet' }, ...shownText(view.remedy)),
            next && button({ label: 'Next Review', icon: 'arrow-right', onClick: () => showNext(next.requestId) }),
          ];
        }
      }
    });
  }

  update(view: NoticeView): void {
    this.#section.update(view);
  }
}

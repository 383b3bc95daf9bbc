import type { StopView } from '../../src/protocol/reviewView.ts';
import { button } from '../components/toolkit.ts';
import { h, icon } from '../shared/h.ts';
import type { Child } from '../shared/h.ts';
import { Section } from '../shared/section.ts';
import { shownText } from '../shared/shownText.ts';

interface BannerView {
  readonly stop: StopView | undefined;
  readonly asking: boolean;
  readonly problem: string;
}

/** Says that everything is stopped. Going on takes two clicks. */
export class StopBanner {
  readonly element = h('div', { class: 'banner', role: 'region', 'aria-label': 'Everything is stopped' });
  readonly #resume: (stop: StopView) => Promise<void>;
  readonly #section = new Section<BannerView>(this.element, (view) => this.#draw(view));
  #view: BannerView = { stop: undefined, asking: false, problem: '' };

  constructor(resume: (stop: StopView) => Promise<void>) {
    this.#resume = resume;
    this.element.hidden = true;
  }

  update(stop: StopView | undefined): void {
    const same = stop?.since === this.#view.stop?.since;
    this.#set({ stop, asking: same && this.#view.asking, problem: same ? this.#view.problem : '' });
  }

  #set(view: BannerView): void {
    this.#view = view;
    this.element.hidden = view.stop === undefined;
    this.#section.update(view);
  }

  #draw({ stop, asking, problem }: BannerView): Child[] {
    if (!stop) return [];
    return [
      icon('stop-circle', 'no-go'),
      h(
        'p',
        {},
        h('strong', {}, `Everything is stopped since ${stop.sinceText} by `, ...shownText(stop.by), ': '),
        ...shownText(stop.reason),
        `${/[.…?]$/u.test(stop.reason) ? '' : '.'} Agents and missions do nothing until you resume.`,
        problem !== '' && h('span', { class: 'problem', role: 'alert' }, ' ', ...shownText(problem)),
      ),
      h('div', { class: 'buttons' }, ...(asking ? this.#confirm(stop) : [this.#ask()])),
    ];
  }

  #ask(): HTMLElement {
    return button({ label: 'Resume', icon: 'debug-continue', onClick: () => this.#step({ asking: true, problem: '' }) });
  }

  #confirm(stop: StopView): HTMLElement[] {
    const confirm = button({ label: 'Confirm Resume', icon: 'debug-continue', look: 'primary', onClick: () => void this.#send(stop) });
    return [confirm, button({ label: 'Stay Stopped', onClick: () => this.#step({ asking: false, problem: '' }) })];
  }

  /** The button that was pressed is gone afterwards: focus goes to the one that took its place. */
  #step(change: Pick<BannerView, 'asking' | 'problem'>): void {
    this.#set({ ...this.#view, ...change });
    this.element.querySelector<HTMLElement>('vscode-button')?.focus();
  }

  async #send(stop: StopView): Promise<void> {
    try {
      await this.#resume(stop);
    } catch (error) {
      this.#step({ asking: false, problem: error instanceof Error ? error.message : String(error) });
    }
  }
}

import { h } from '../shared/h.ts';
import { windowAround, type RowWindow } from './diffRows.ts';

/** Until a row has been measured. */
const guessedHeight = 18;

/**
 * A long list of rows of which only those in sight, and a few around them, are on the page. Each says its place in the whole, because
 * whoever reads with a screen reader cannot see the scroll bar. Rows on the page stay the same elements while one scrolls.
 */
export class LineList {
  readonly element: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #total: number;
  readonly #draw: (index: number) => HTMLElement;
  readonly #above = h('div', { class: 'space' });
  readonly #list: HTMLElement;
  readonly #below = h('div', { class: 'space' });
  readonly #drawn = new Map<number, HTMLElement>();
  #window: RowWindow = { from: 0, to: 0 };
  #height = guessedHeight;

  constructor(label: string, scroller: HTMLElement, total: number, draw: (index: number) => HTMLElement) {
    this.#scroller = scroller;
    this.#total = total;
    this.#draw = draw;
    this.#list = h('div', { role: 'list', 'aria-label': label });
    this.element = h('div', { class: 'lines' }, this.#above, this.#list, this.#below);
  }

  /** Draws what is in sight now. Called when it is on the page, and after each scroll. */
  follow(): void {
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor((scrollTop - this.element.offsetTop) / this.#height));
    const visible = Math.ceil(clientHeight / this.#height);
    const { from, to } = this.#window;
    const near = 8;
    if ((from === 0 || first - near >= from) && (to === this.#total || first + visible + near <= to) && to > from) return;
    this.#show(windowAround(first, visible, this.#total));
    this.#measure();
  }

  /** Draws again what is on the page. */
  redraw(): void {
    const active = document.activeElement;
    for (const [index, element] of this.#drawn) {
      const focused = element === active;
      const fresh = this.#row(index);
      element.replaceWith(fresh);
      this.#drawn.set(index, fresh);
      if (focused) fresh.focus({ preventScroll: true });
    }
  }

  /** Brings a row into view and hands it the focus. */
  reveal(index: number): HTMLElement | undefined {
    if (index < this.#window.from || index >= this.#window.to) {
      const visible = Math.ceil(this.#scroller.clientHeight / this.#height);
      this.#show(windowAround(Math.max(0, index - Math.floor(visible / 2)), visible, this.#total));
    }
    const row = this.#drawn.get(index);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'center' });
    return row;
  }

  /** Hands the focus to a row, scrolling no more than needed. */
  step(index: number): void {
    if (!this.#drawn.has(index)) this.reveal(index);
    const row = this.#drawn.get(index);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  }

  /** The row that has the focus, or holds what has it. */
  get current(): number | undefined {
    const row = document.activeElement?.closest<HTMLElement>('[data-row]');
    return row && this.#list.contains(row) ? Number(row.dataset['row']) : undefined;
  }

  #show(window: RowWindow): void {
    this.#window = window;
    const stays = (index: number): boolean => index >= window.from && index < window.to;
    // Focus must not fall off the page with its row. It moves before any row goes: focusing lays out the page, and a page that is
    // short of its rows would be scrolled back.
    const { current } = this;
    if (current !== undefined && !stays(current)) this.#scroller.focus({ preventScroll: true });
    for (const [index, element] of this.#drawn) {
      if (stays(index)) continue;
      element.remove();
      this.#drawn.delete(index);
    }
    let next: Element | null = this.#list.firstElementChild;
    for (let index = window.from; index < window.to; index += 1) {
      const known = this.#drawn.get(index);
      if (known) next = known.nextElementSibling;
      else {
        const row = this.#row(index);
        this.#drawn.set(index, row);
        this.#list.insertBefore(row, next);
      }
    }
    this.#pad();
  }

  #row(index: number): HTMLElement {
    const row = this.#draw(index);
    row.setAttribute('role', 'listitem');
    row.setAttribute('aria-setsize', String(this.#total));
    row.setAttribute('aria-posinset', String(index + 1));
    row.dataset['row'] = String(index);
    row.tabIndex = -1;
    return row;
  }

  #pad(): void {
    this.#above.style.height = `${this.#window.from * this.#height}px`;
    this.#below.style.height = `${(this.#total - this.#window.to) * this.#height}px`;
  }

  #measure(): void {
    const height = this.#list.querySelector('.line')?.getBoundingClientRect().height ?? 0;
    if (height === 0 || Math.abs(height - this.#height) < 0.1) return;
    this.#height = height;
    this.#pad();
  }
}

import { replace } from './h.ts';
import type { Child } from './h.ts';

/** A part of the page that is drawn anew only when what it shows has changed, so that focus and scroll position stay. */
export class Section<T> {
  readonly element: HTMLElement;
  readonly #draw: (value: T) => readonly Child[];
  #key: string | undefined;

  constructor(element: HTMLElement, draw: (value: T) => readonly Child[]) {
    this.element = element;
    this.#draw = draw;
  }

  update(value: T): void {
    const key = JSON.stringify(value);
    if (key === this.#key) return;
    this.#key = key;
    const focused = this.#focusKey();
    replace(this.element, ...this.#draw(value));
    if (focused !== undefined) this.element.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  #focusKey(): string | undefined {
    const active = document.activeElement;
    return active instanceof HTMLElement && this.element.contains(active) ? active.dataset['key'] : undefined;
  }
}

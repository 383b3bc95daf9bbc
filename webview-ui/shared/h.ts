export type Child = Node | string | undefined | false;

export interface Props {
  readonly class?: string;
  /** `true` sets an empty attribute; `false` and `undefined` set none. */
  readonly [attribute: `data-${string}` | `aria-${string}`]: string | number | boolean | undefined;
  readonly id?: string;
  readonly role?: string;
  readonly title?: string;
  readonly tabindex?: number;
  readonly type?: string;
  readonly hidden?: boolean;
  readonly slot?: string;
  readonly dir?: string;
}

/** An element with attributes and children. Strings become text, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...nodes(children));
  return element;
}

export function replace(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...nodes(children));
}

/** A codicon: decoration only, the word stands beside it. */
export function icon(name: string, tone = ''): HTMLElement {
  return h('span', { class: `codicon codicon-${name} ${tone}`.trim(), 'aria-hidden': 'true' });
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children.filter((child) => child !== undefined && child !== false);
}

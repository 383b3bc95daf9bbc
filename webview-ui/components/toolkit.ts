import { provideVSCodeDesignSystem, vsCodeButton, vsCodeTextArea } from '@vscode/webview-ui-toolkit';
import type { Button, TextArea } from '@vscode/webview-ui-toolkit';
import { h, icon } from '../shared/h.ts';

// The one module that knows @vscode/webview-ui-toolkit: should it have to go, only this file changes.
provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextArea());

export interface ButtonOptions {
  /** What is read on it and to a screen reader. */
  readonly label: string;
  readonly icon?: string;
  readonly look?: 'primary' | 'secondary';
  /** Runs only for a person's own click or key press, never for one a script made. */
  onClick(): void;
}

export function button(options: ButtonOptions): Button {
  const element = create<Button>('vscode-button');
  element.setAttribute('appearance', options.look ?? 'secondary');
  if (options.icon) {
    const start = icon(options.icon);
    start.slot = 'start';
    element.append(start);
  }
  element.append(options.label);
  element.addEventListener('click', (event) => {
    if (event.isTrusted && !element.disabled) options.onClick();
  });
  return element;
}

export interface TextAreaOptions {
  readonly label: string;
  readonly rows: number;
  readonly maxLength: number;
  onInput(value: string): void;
}

export function textArea(options: TextAreaOptions): TextArea {
  const element = create<TextArea>('vscode-text-area');
  element.setAttribute('rows', String(options.rows));
  element.setAttribute('maxlength', String(options.maxLength));
  element.setAttribute('resize', 'vertical');
  element.append(options.label);
  element.addEventListener('input', () => options.onInput(element.value));
  return element;
}

export interface ToolOptions {
  /** Its name to a screen reader, and its title. */
  readonly label: string;
  readonly icon: string;
  /** Words beside the icon. */
  readonly text?: string;
  onClick(): void;
}

/** A small button of a toolbar. `aria-pressed` makes it a switch. */
export function toolButton(options: ToolOptions): HTMLButtonElement {
  const { label } = options;
  const element = h('button', { class: 'tool', type: 'button', title: label, 'aria-label': label }, icon(options.icon), options.text);
  element.addEventListener('click', (event) => {
    if (event.isTrusted) options.onClick();
  });
  return element;
}

/** The browser's own check box: the toolkit's has a shadow tree for each, and a review has many. */
export function checkBox(
  label: string,
  onChange: (checked: boolean) => void,
): { readonly element: HTMLElement; readonly input: HTMLInputElement } {
  const input = h('input', { type: 'checkbox' });
  // A script's click ends in a `change` that looks like a person's: the click itself tells them apart.
  input.addEventListener('click', (event) => {
    if (event.isTrusted) onChange(input.checked);
    else event.preventDefault();
  });
  return { element: h('label', { class: 'check-box' }, input, label), input };
}

export function searchField(label: string, onInput: (value: string) => void): HTMLInputElement {
  const input = h('input', { class: 'search', type: 'search', 'aria-label': label });
  input.placeholder = label;
  input.spellcheck = false;
  input.addEventListener('input', () => onInput(input.value));
  return input;
}

// The toolkit's badge and progress ring write inline styles, which the page's policy forbids: these two are our own.

export function badge(text: string): HTMLElement {
  return h('span', { class: 'badge' }, text);
}

/** Decoration: the words beside it say what is going on. */
export function progressRing(): HTMLElement {
  return icon('loading', 'codicon-modifier-spin');
}

export type { Button, TextArea };

function create<T extends HTMLElement>(tag: string): T {
  // The registration above defines the class behind the tag.
  return document.createElement(tag) as T;
}

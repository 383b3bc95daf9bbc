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

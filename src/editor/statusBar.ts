import * as vscode from 'vscode';
import { commands } from './ids.ts';
import type { StatusBarView } from './statusBarView.ts';

/** GoNoGo's place in the status bar. A click opens the health report. */
export class StatusBar implements Disposable {
  readonly #item = vscode.window.createStatusBarItem('gonogo.health', vscode.StatusBarAlignment.Left, 50);

  constructor() {
    this.#item.name = 'GoNoGo';
    this.#item.command = commands.showHealth;
    this.#item.text = '$(sync~spin) GoNoGo';
    this.#item.tooltip = 'GoNoGo is starting';
    this.#item.show();
  }

  update({ text, lines, background }: StatusBarView): void {
    this.#item.text = text;
    this.#item.backgroundColor = background === undefined ? undefined : new vscode.ThemeColor(background);
    this.#item.tooltip = lines.join('\n');
    this.#item.accessibilityInformation = { label: lines.join('. '), role: 'button' };
  }

  [Symbol.dispose](): void {
    this.#item.dispose();
  }
}

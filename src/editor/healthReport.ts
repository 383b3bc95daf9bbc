import * as vscode from 'vscode';

const reportScheme = 'gonogo-health';
const uri = vscode.Uri.from({ scheme: reportScheme, path: '/GoNoGo Health' });

/** The health report as a read-only document that follows the state. */
export class HealthReport implements vscode.TextDocumentContentProvider, Disposable {
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;
  readonly #text: () => string;
  readonly onDidChange = this.#changes.event;

  constructor(text: () => string) {
    this.#text = text;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(reportScheme, this);
  }

  provideTextDocumentContent(): string {
    return this.#text();
  }

  update(): void {
    this.#changes.fire(uri);
  }

  async show(): Promise<void> {
    await vscode.commands.executeCommand('markdown.showPreview', uri);
  }

  [Symbol.dispose](): void {
    this.#registration.dispose();
    this.#changes.dispose();
  }
}

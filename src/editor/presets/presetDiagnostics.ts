import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { messageOf } from '../../base/errors.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { LeftOut } from '../../contracts/presetList.ts';
import type { PresetFix, PresetProblem } from '../../contracts/presetProblems.ts';
import type { Logger } from '../../contracts/logger.ts';
import { positionOf } from './position.ts';
import type { PresetFiles } from './presetFiles.ts';

const source = 'GoNoGo';

interface Shown {
  readonly text: string;
  readonly diagnostic: vscode.Diagnostic;
  readonly fixes: readonly PresetFix[];
}

export interface PresetDiagnosticsOptions {
  readonly files: PresetFiles;
  readonly folders: readonly string[];
  /** A preset on disk has changed. */
  readonly onSaved: () => Promise<void>;
  readonly logger: Logger;
  readonly name?: string;
}

/** Bad presets in VS Code's Problems, at the line, each with a quick fix where there is a sensible one. */
export class PresetDiagnostics implements vscode.CodeActionProvider, Disposable {
  readonly #options: PresetDiagnosticsOptions;
  readonly #collection: vscode.DiagnosticCollection;
  readonly #registrations: vscode.Disposable[];
  #watchers: readonly vscode.Disposable[] = [];
  /** Folders that were not there when they should have been watched. */
  #absent: readonly string[] = [];
  /** By URI. */
  readonly #shown = new Map<string, readonly Shown[]>();

  constructor(options: PresetDiagnosticsOptions) {
    this.#options = options;
    this.#collection = vscode.languages.createDiagnosticCollection(options.name ?? 'gonogo-presets');
    const typed = (document: vscode.TextDocument): void => {
      if (!this.#isPreset(document.uri)) return;
      // A folder that was not there cannot be watched; a preset in it says that it is there now.
      if (this.#absent.some((folder) => existsSync(folder))) this.follow();
      else this.update();
    };
    this.#registrations = [
      vscode.languages.registerCodeActionsProvider({ scheme: 'file', pattern: '**/*.json' }, this, {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
      vscode.workspace.onDidOpenTextDocument(typed),
      vscode.workspace.onDidChangeTextDocument(({ document }) => typed(document)),
      vscode.workspace.onDidCloseTextDocument(typed),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.#isPreset(uri) && this.#saved()),
    ];
    this.follow();
  }

  /** Watches the folders anew, because a setting may have moved one, and looks at what is there. */
  follow(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    const saved = (): void => this.#saved();
    const seen = new Set<string>();
    this.#watchers = this.#patterns()
      .filter((pattern) => !seen.has(pattern.baseUri.fsPath) && seen.add(pattern.baseUri.fsPath))
      .flatMap((pattern) => {
        const watcher = vscode.workspace.createFileSystemWatcher(pattern);
        return [watcher, watcher.onDidCreate(saved), watcher.onDidChange(saved), watcher.onDidDelete(saved)];
      });
    this.#absent = [...seen].filter((folder) => !existsSync(folder));
    this.update();
  }

  update(): void {
    const { files, folders } = this.#options;
    this.#shown.clear();
    this.#collection.clear();
    for (const { file, problems } of folders.flatMap((folder) => files.list(folder).leftOut)) {
      if (file.layer === 'shipped') continue;
      const uri = vscode.Uri.file(file.path);
      const shown = shownOf({ file, problems });
      this.#shown.set(uri.toString(), shown);
      this.#collection.set(
        uri,
        shown.map(({ diagnostic }) => diagnostic),
      );
    }
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const text = document.getText();
    const here = this.#shown.get(document.uri.toString()) ?? [];
    return here
      .filter((shown) => shown.text === text && shown.diagnostic.range.intersection(range) !== undefined)
      .flatMap(({ diagnostic, fixes }) => fixes.map((fix) => actionOf(document, diagnostic, fix)));
  }

  [Symbol.dispose](): void {
    for (const each of [...this.#watchers, ...this.#registrations, this.#collection]) each.dispose();
  }

  #saved(): void {
    this.update();
    this.#options.onSaved().catch((error: unknown) => {
      this.#options.logger.log('warn', 'the list of presets could not be brought up to date', { error: messageOf(error) });
    });
  }

  #isPreset(uri: vscode.Uri): boolean {
    return uri.scheme === 'file' && this.#patterns().some(({ baseUri }) => vscode.Uri.joinPath(uri, '..').fsPath === baseUri.fsPath);
  }

  #patterns(): readonly vscode.RelativePattern[] {
    return this.#options.folders.flatMap((folder) => this.#options.files.patterns(folder));
  }
}

function shownOf({ file, problems }: LeftOut): readonly Shown[] {
  const text = file.text ?? '';
  return problems.map((problem) => ({ text, diagnostic: diagnosticOf(text, problem), fixes: problem.fixes }));
}

function diagnosticOf(text: string, { offset, length, message, code }: PresetProblem): vscode.Diagnostic {
  const [from, to] = [positionOf(text, offset), positionOf(text, offset + length)];
  const range = new vscode.Range(from.line, from.character, to.line, to.character);
  const words = visibleText(message, { limit: 500 });
  const diagnostic = new vscode.Diagnostic(range, `${words.charAt(0).toUpperCase()}${words.slice(1)}.`, vscode.DiagnosticSeverity.Error);
  diagnostic.source = source;
  diagnostic.code = code;
  return diagnostic;
}

function actionOf(document: vscode.TextDocument, diagnostic: vscode.Diagnostic, fix: PresetFix): vscode.CodeAction {
  const action = new vscode.CodeAction(visibleText(fix.title, { limit: 100 }), vscode.CodeActionKind.QuickFix);
  action.diagnostics = [diagnostic];
  action.isPreferred = true;
  action.edit = new vscode.WorkspaceEdit();
  const text = document.getText();
  action.edit.replace(document.uri, new vscode.Range(document.positionAt(0), document.positionAt(text.length)), fix.text);
  return action;
}

import * as vscode from 'vscode';
import { messageOf } from '../base/errors.ts';
import type { MissionId, RequestId } from '../base/ids.ts';
import type { KernelApi, KernelSnapshot } from '../contracts/kernelApi.ts';
import type { FileReview } from '../contracts/review.ts';
import type { Logger } from '../contracts/logger.ts';
import { visibleText } from '../base/visibleText.ts';
import { reviewProblems } from './diagnosticsView.ts';
import { reviewUri } from './diffContent.ts';
import { commands, reviewScheme } from './ids.ts';

const source = 'GoNoGo';

interface Shown {
  readonly requestId: RequestId;
  readonly missionId: MissionId;
  readonly file: FileReview;
  readonly uri: vscode.Uri;
  readonly diagnostic: vscode.Diagnostic;
}

/**
 * The findings of the reviews that wait, in VS Code's Problems, on the reviewed bytes; gone when the review is. Its quick fixes lead to
 * the review and to the diff: they decide nothing.
 */
export class ReviewDiagnostics implements vscode.CodeActionProvider, Disposable {
  readonly #kernel: Pick<KernelApi, 'review'>;
  readonly #logger: Logger;
  readonly #scheme: string;
  readonly #collection: vscode.DiagnosticCollection;
  readonly #registration: vscode.Disposable;
  /** By request. */
  readonly #shown = new Map<RequestId, readonly Shown[]>();
  #waiting: ReadonlySet<RequestId> = new Set();
  readonly #asked = new Set<RequestId>();

  constructor(kernel: Pick<KernelApi, 'review'>, logger: Logger, scheme = reviewScheme) {
    this.#kernel = kernel;
    this.#logger = logger;
    this.#scheme = scheme;
    this.#collection = vscode.languages.createDiagnosticCollection(scheme === reviewScheme ? 'gonogo' : scheme);
    this.#registration = vscode.languages.registerCodeActionsProvider({ scheme }, this, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    });
  }

  /** Follows the reviews that wait in this window. Never rejects; resolves when Problems shows them. */
  async update({ approvals, missions }: Pick<KernelSnapshot, 'approvals' | 'missions'>): Promise<void> {
    const elsewhere = new Set(missions.filter((mission) => mission.elsewhere).map(({ id }) => id));
    const waiting = approvals.filter(({ state, missionId }) => state.status === 'pending' && missionId && !elsewhere.has(missionId));
    this.#waiting = new Set(waiting.map(({ id }) => id));
    const gone = [...this.#shown.keys()].filter((id) => !this.#waiting.has(id));
    for (const id of gone) this.#shown.delete(id);
    if (gone.length > 0) this.#draw();
    await Promise.all([...this.#waiting].filter((id) => !this.#shown.has(id) && !this.#asked.has(id)).map((id) => this.#show(id)));
  }

  provideCodeActions(document: vscode.TextDocument, _range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    const uri = document.uri.toString();
    const here = [...this.#shown.values()].flat().filter((shown) => shown.uri.toString() === uri);
    const [first] = here;
    const about = context.diagnostics.filter((diagnostic) => diagnostic.source === source);
    if (!first || about.length === 0) return [];
    const line = about[0]?.range.start.line ?? 0;
    const open = action('Open the Review', about, { command: commands.showApprovals, arguments: [first.requestId] });
    open.isPreferred = true;
    const diff = action('Show the Change', about, { command: 'vscode.diff', arguments: this.#diff(first, line) });
    return [open, diff];
  }

  [Symbol.dispose](): void {
    this.#waiting = new Set();
    this.#registration.dispose();
    this.#collection.dispose();
  }

  async #show(id: RequestId): Promise<void> {
    this.#asked.add(id);
    try {
      const detail = await this.#kernel.review(id);
      const { missionId } = detail.request;
      // Decided, or closed, in the meantime.
      if (!this.#waiting.has(id) || missionId === undefined) return;
      const shown = reviewProblems(detail).map(({ file, side, line, severity, code, message }) => {
        const range = new vscode.Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER);
        const level = severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
        const diagnostic = new vscode.Diagnostic(range, message, level);
        diagnostic.source = source;
        diagnostic.code = code;
        return { requestId: id, missionId, file, uri: this.#uri(missionId, side, file), diagnostic };
      });
      this.#shown.set(id, shown);
      this.#draw();
    } catch (error) {
      this.#logger.log('warn', 'the findings of a review could not be shown in Problems', { requestId: id, error: messageOf(error) });
    } finally {
      this.#asked.delete(id);
    }
  }

  #draw(): void {
    const byUri = new Map<string, { readonly uri: vscode.Uri; readonly diagnostics: vscode.Diagnostic[] }>();
    for (const { uri, diagnostic } of [...this.#shown.values()].flat()) {
      const known = byUri.get(uri.toString());
      if (known) known.diagnostics.push(diagnostic);
      else byUri.set(uri.toString(), { uri, diagnostics: [diagnostic] });
    }
    this.#collection.clear();
    for (const { uri, diagnostics } of byUri.values()) this.#collection.set(uri, diagnostics);
  }

  #diff({ missionId, file }: Shown, line: number): unknown[] {
    const title = visibleText(`${file.path} (reviewed change)`);
    const selection = new vscode.Range(line, 0, line, 0);
    return [this.#uri(missionId, 'before', file), this.#uri(missionId, 'after', file), title, { selection }];
  }

  #uri(missionId: MissionId, side: 'before' | 'after', file: FileReview): vscode.Uri {
    return reviewUri(missionId, side, file).with({ scheme: this.#scheme });
  }
}

function action(title: string, diagnostics: vscode.Diagnostic[], command: Omit<vscode.Command, 'title'>): vscode.CodeAction {
  const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  made.diagnostics = diagnostics;
  made.command = { title, ...command };
  return made;
}

import * as vscode from 'vscode';
import { sha256 } from '../base/digest.ts';
import type { MergedText } from '../contracts/worktrees.ts';
import { contexts } from './ids.ts';
import { hasConflictMarkers } from './standingWords.ts';

interface Merge {
  readonly target: vscode.Uri;
  readonly nowSha256: string;
}

/**
 * Merges a person works on: untitled documents, because VS Code saves no other kind only when told to. VS Code's own conflict actions
 * work in them. Nothing reaches the file before the person puts it there.
 */
export class MergeDocuments implements Disposable {
  readonly #merges = new Map<string, Merge>();
  readonly #closed: vscode.Disposable;

  constructor() {
    this.#closed = vscode.workspace.onDidCloseTextDocument((document) => void this.#forget(document.uri));
  }

  async open(target: vscode.Uri, merged: MergedText): Promise<vscode.TextDocument> {
    const { languageId } = await vscode.workspace.openTextDocument(target);
    const document = await vscode.workspace.openTextDocument({ content: merged.text, language: languageId });
    this.#merges.set(document.uri.toString(), { target, nowSha256: merged.nowSha256 });
    await this.#tell();
    await vscode.window.showTextDocument(document, { preview: false });
    return document;
  }

  /** Writes the merge into its file and closes it. Refuses over conflicts, and over a file that is no longer what was merged. */
  async put(document: vscode.TextDocument | undefined): Promise<void> {
    const merge = document && this.#merges.get(document.uri.toString());
    if (!document || !merge) throw new Error('this editor holds no merge of a mission; open one from GoNoGo: Roll Back Mission…');
    const text = document.getText();
    if (hasConflictMarkers(text)) throw new Error('there is still a conflict in this merge; settle it, then put the merge into the file');
    const unsaved = vscode.workspace.textDocuments.some((open) => open.isDirty && open.uri.toString() === merge.target.toString());
    if (unsaved) throw new Error('the file has unsaved changes in another editor; save or revert them, then merge again');
    if (sha256(await vscode.workspace.fs.readFile(merge.target)) !== merge.nowSha256)
      throw new Error('the file has changed since it was merged; close this merge and open it anew');
    await vscode.workspace.fs.writeFile(merge.target, Buffer.from(text));
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await this.#forget(document.uri);
    await vscode.window.showTextDocument(merge.target);
  }

  [Symbol.dispose](): void {
    this.#closed.dispose();
  }

  async #forget(uri: vscode.Uri): Promise<void> {
    if (this.#merges.delete(uri.toString())) await this.#tell();
  }

  /** Menus ask whether the editor they stand above is one of these. */
  async #tell(): Promise<void> {
    await vscode.commands.executeCommand('setContext', contexts.merges, [...this.#merges.keys()]);
  }
}

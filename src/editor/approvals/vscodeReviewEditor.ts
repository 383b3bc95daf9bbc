import * as vscode from 'vscode';
import { visibleText } from '../../base/visibleText.ts';
import { reviewUri } from '../diffContent.ts';
import type { ReviewEditor, ReviewedFile } from './approvalSession.ts';

/** The approval session's wishes, carried out by this window. */
export class VscodeReviewEditor implements ReviewEditor {
  get trusted(): boolean {
    return vscode.workspace.isTrusted;
  }

  unsavedPaths(): readonly string[] {
    return [...vscode.workspace.textDocuments, ...vscode.workspace.notebookDocuments]
      .filter((document) => document.isDirty && !document.isUntitled)
      .map((document) => document.uri.fsPath);
  }

  async openDiff({ missionId, file }: ReviewedFile): Promise<void> {
    const title = visibleText(`${file.path} (reviewed change)`);
    await vscode.commands.executeCommand('vscode.diff', reviewUri(missionId, 'before', file), reviewUri(missionId, 'after', file), title);
  }

  async openFile({ missionId, file }: ReviewedFile, line: number): Promise<void> {
    const uri = reviewUri(missionId, file.kind === 'deleted' ? 'before' : 'after', file);
    const start = new vscode.Position(line - 1, 0);
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(start, start), preview: true });
  }

  async copy(text: string): Promise<void> {
    await vscode.env.clipboard.writeText(text);
  }
}

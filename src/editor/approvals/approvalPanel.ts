import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Clock } from '../../base/clock.ts';
import { DisposableStore } from '../../base/disposables.ts';
import type { RequestId } from '../../base/ids.ts';
import type { KernelSnapshot } from '../../contracts/kernelApi.ts';
import type { Logger } from '../../contracts/logger.ts';
import { approvalStateSchema } from '../../protocol/approval.ts';
import type { ReviewEvent } from '../../protocol/reviewView.ts';
import { visibleText } from '../../base/visibleText.ts';
import { approvalViewType } from '../ids.ts';
import { approvalHtml } from './approvalHtml.ts';
import { ApprovalSession } from './approvalSession.ts';
import type { ApprovalSessionPorts } from './approvalSession.ts';
import { VscodeReviewEditor } from './vscodeReviewEditor.ts';
import { cut, localCalendar } from './words.ts';

export interface ApprovalPanelPorts {
  readonly kernel: ApprovalSessionPorts['kernel'];
  readonly notes: ApprovalSessionPorts['notes'];
  readonly extensionUri: vscode.Uri;
  /** The person at this editor, as the record names them. */
  readonly user: string;
  readonly clock: Clock;
  readonly logger: Logger;
  onDidChangeSnapshot(listener: (snapshot: KernelSnapshot) => void): Disposable;
}

interface Open {
  readonly panel: vscode.WebviewPanel;
  readonly session: ApprovalSession;
}

/** The one approval panel of this window. Survives a reload; a hidden one is drawn anew when it is shown. */
export class ApprovalPanel implements Disposable {
  readonly #ports: ApprovalPanelPorts;
  readonly #viewType: string;
  readonly #editor = new VscodeReviewEditor();
  readonly #registrations = new DisposableStore();
  #open: Open | undefined;

  constructor(ports: ApprovalPanelPorts, viewType = approvalViewType) {
    this.#ports = ports;
    this.#viewType = viewType;
    this.#registrations.add(ports.onDidChangeSnapshot((snapshot) => void this.#open?.session.update(snapshot)));
    const granted = vscode.workspace.onDidGrantWorkspaceTrust(() => void this.#open?.session.refresh());
    this.#registrations.defer(() => void granted.dispose());
    const serializer = vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: async (panel, state) => {
        if (this.#open) {
          panel.dispose();
          return;
        }
        const kept = approvalStateSchema.safeParse(state);
        // What a reload kept is only a hint which request to look at; the kernel is asked for all the rest.
        const requestId = kept.success ? kept.data.requestId : undefined;
        await this.#adopt(panel).session.restore(requestId as RequestId | undefined);
      },
    });
    this.#registrations.defer(() => void serializer.dispose());
  }

  /** Brings the panel to the front with that request, or with the one that waits. */
  async show(requestId?: RequestId): Promise<void> {
    const { panel, session } = (this.#open ??= this.#adopt(this.#create()));
    panel.reveal();
    await session.show(requestId);
  }

  [Symbol.dispose](): void {
    this.#open?.panel.dispose();
    this.#registrations[Symbol.dispose]();
  }

  #create(): vscode.WebviewPanel {
    return vscode.window.createWebviewPanel(this.#viewType, 'Review', vscode.ViewColumn.Active, { retainContextWhenHidden: false });
  }

  #adopt(panel: vscode.WebviewPanel): Open {
    const { kernel, notes, clock, logger, user, extensionUri } = this.#ports;
    const { webview } = panel;
    panel.iconPath = new vscode.ThemeIcon('checklist');
    const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
    webview.options = { enableScripts: true, enableForms: false, enableCommandUris: false, localResourceRoots: [folder] };
    const session = new ApprovalSession({
      kernel,
      notes,
      clock,
      logger,
      user,
      editor: this.#editor,
      calendar: localCalendar(),
      post: (message) => void webview.postMessage(message),
      shown: (event) => {
        panel.title = titleOf(event);
      },
    });
    const open = { panel, session };
    this.#open = open;
    const messages = webview.onDidReceiveMessage((raw: unknown) => void session.receive(raw));
    panel.onDidDispose(() => {
      messages.dispose();
      session[Symbol.dispose]();
      if (this.#open === open) this.#open = undefined;
    });
    webview.html = approvalHtml({
      cspSource: webview.cspSource,
      nonce: newNonce(),
      styleNonce: newNonce(),
      script: webview.asWebviewUri(vscode.Uri.joinPath(folder, 'approval.js')).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(folder, 'approval.css')).toString(),
    });
    return open;
  }
}

function newNonce(): string {
  return randomBytes(18).toString('base64url');
}

function titleOf(event: ReviewEvent): string {
  return event.state === 'review' ? `Review: ${visibleText(cut(event.review.goal.trim(), 40))}` : 'Review';
}

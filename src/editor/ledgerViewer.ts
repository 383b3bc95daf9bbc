import * as vscode from 'vscode';
import type { KernelApi } from '../contracts/kernelApi.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { localCalendar } from './approvals/words.ts';
import { ledgerJson, ledgerRow } from './ledgerRows.ts';

const scheme = 'gonogo-ledger';
const PAGE = 500;

interface Row extends vscode.QuickPickItem {
  readonly entry?: LedgerEntry;
}

/** The ledger to search through, and one entry of it as a read-only document: `gonogo-ledger:/Entry 12.json`. */
export class LedgerViewer implements vscode.TextDocumentContentProvider, Disposable {
  readonly #kernel: Pick<KernelApi, 'ledger'>;
  readonly #registration: vscode.Disposable;

  constructor(kernel: Pick<KernelApi, 'ledger'>) {
    this.#kernel = kernel;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const seq = Number(/\d+/.exec(uri.path)?.[0]);
    const [entry] = Number.isSafeInteger(seq) ? await this.#kernel.ledger({ beforeSeq: seq + 1, limit: 1 }) : [];
    if (entry?.seq !== seq) throw vscode.FileSystemError.FileNotFound(uri);
    return ledgerJson(entry);
  }

  /** Lists the newest entries; choosing one shows all of it. `goals` are those of the missions in view, by id. */
  async pick(goals: ReadonlyMap<string, string>): Promise<void> {
    const entries = await this.#kernel.ledger({ limit: PAGE });
    const context = { goals, calendar: localCalendar(), now: Date.now() };
    const rows: readonly Row[] =
      entries.length > 0
        ? entries.map((entry) => ({ ...ledgerRow(entry, context), entry }))
        : [{ label: 'The ledger is empty', detail: 'Launch a mission, and every decision and effect is written here.' }];
    const picked = await vscode.window.showQuickPick(rows, {
      title: entries.length > 0 ? `GoNoGo Ledger: the newest ${entries.length} entries` : 'GoNoGo Ledger',
      placeHolder: 'Type to search; choose an entry to read all of it',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (!picked?.entry) return;
    await vscode.window.showTextDocument(vscode.Uri.from({ scheme, path: `/Entry ${picked.entry.seq}.json` }), { preview: true });
  }

  [Symbol.dispose](): void {
    this.#registration.dispose();
  }
}

import * as vscode from 'vscode';
import { formatUsd } from '../base/money.ts';
import type { KernelApi } from '../contracts/kernelApi.ts';
import type { LedgerEntry } from '../contracts/ledger.ts';
import { visibleText } from '../base/visibleText.ts';

const PAGE = 500;

interface Row extends vscode.QuickPickItem {
  readonly entry?: LedgerEntry;
}

/** The newest entries to search through; choosing one shows all of it. */
export async function pickLedgerEntry(kernel: KernelApi, goals: ReadonlyMap<string, string>): Promise<void> {
  const entries = await kernel.ledger({ limit: PAGE });
  const rows: readonly Row[] =
    entries.length > 0
      ? entries.map((entry) => rowOf(entry, goals))
      : [{ label: 'The ledger is empty', detail: 'Launch a mission, and every decision and effect is written here.' }];
  const picked = await vscode.window.showQuickPick(rows, {
    title: `GoNoGo Ledger: the newest ${entries.length} entries`,
    placeHolder: 'Type to search; choose an entry to read all of it',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!picked?.entry) return;
  const document = await vscode.workspace.openTextDocument({
    language: 'json',
    content: visibleText(JSON.stringify(readable(picked.entry), null, 2), { keep: '\n' }),
  });
  await vscode.window.showTextDocument(document, { preview: true });
}

const icons = { success: '$(pass)', failure: '$(error)', blocked: '$(circle-slash)' } as const;

function rowOf(entry: LedgerEntry, goals: ReadonlyMap<string, string>): Row {
  const time = new Date(entry.timestamp).toLocaleTimeString();
  return {
    label: `${icons[entry.result]} ${entry.action}`,
    description: `${outcomeWord(entry)} · #${entry.seq} · ${time} · ${whoOf(entry)}${entry.cost > 0 ? ` · ${formatUsd(entry.cost)}` : ''}`,
    detail: visibleText(oneLine(entry.reason ? `${goals.get(entry.resource) ?? entry.resource}: ${entry.reason}` : (goals.get(entry.resource) ?? entry.resource))),
    entry,
  };
}

function outcomeWord({ phase, result }: LedgerEntry): string {
  if (phase === 'decision') return result === 'success' ? 'GO' : 'NO-GO or HOLD';
  if (phase === 'effect') return result === 'success' ? 'carried out' : 'did not succeed';
  return result;
}

/** The mission acts under its own id; a person reads the word. */
function whoOf({ principal }: LedgerEntry): string {
  return principal.kind === 'mission' ? 'mission' : principal.id;
}

function readable(entry: LedgerEntry): object {
  return { ...entry, timestamp: new Date(entry.timestamp).toISOString(), cost: formatUsd(entry.cost) };
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 160).toWellFormed()} …` : line;
}

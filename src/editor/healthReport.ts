import * as vscode from 'vscode';
import { worst, type HealthItem } from '../contracts/health.ts';
import type { KernelSnapshot } from '../contracts/kernelApi.ts';
import { visibleText } from '../base/visibleText.ts';
import { meterWords } from './words.ts';

export const reportScheme = 'gonogo-health';
const uri = vscode.Uri.from({ scheme: reportScheme, path: '/GoNoGo Health.md' });

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

const marks = { healthy: '✓', degraded: '▲', unhealthy: '✕' } as const;

export function healthMarkdown(snapshot: KernelSnapshot, more: readonly HealthItem[]): string {
  const items = [...snapshot.health.items, ...more];
  const rows = items.map((item) => `| ${marks[item.level]} ${item.level} | ${cell(item.name)} | ${cell(item.message)} |`);
  return [
    `# GoNoGo is ${worst(items.map((item) => item.level))}`,
    '',
    '| | What | How it is |',
    '|---|---|---|',
    ...rows,
    '',
    '## Budget',
    '',
    ...snapshot.meters.map((meter) => `- ${meterWords(meter)}`),
    '',
    '## Waiting for you',
    '',
    snapshot.approvals.length === 0 ? 'Nothing.' : `${snapshot.approvals.length} in the Approvals view.`,
    '',
  ].join('\n');
}

/** Text from elsewhere must not become Markdown. */
function cell(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]<>()#+!|~]/g, '\\$&')
    .replace(/\s+/g, ' ');
}

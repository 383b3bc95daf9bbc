import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { launchChromium } from '../../../scripts/lib/chromium.ts';
import { startEditor } from '../../../scripts/lib/editor.ts';
import type { Editor } from '../../../scripts/lib/editor.ts';
import { MissionUi } from '../../../scripts/lib/missionUi.ts';
import { root } from '../../../scripts/lib/paths.ts';
import { Workbench } from '../../../scripts/lib/workbench.ts';
import { copySample } from '../../../scripts/lib/workspace.ts';

export interface EditorSetup {
  /** An existing folder; without one a fresh copy of the sample, committed once. */
  readonly workspace?: string;
  /** Install this package instead of running from the checkout. */
  readonly vsix?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Let VS Code ask whether the folder is trusted. */
  readonly askForTrust?: boolean;
  readonly width?: number;
  readonly height?: number;
}

export interface OpenEditor {
  readonly page: Page;
  readonly workbench: Workbench;
  readonly ui: MissionUi;
  readonly workspace: string;
  /** The store of this editor (GONOGO_HOME). */
  readonly home: string;
  readonly editor: Editor;
  /** What any window has written to its console as a warning or an error: VS Code's own log lines, too. */
  readonly complaints: readonly string[];
  /** A second window on the same server. */
  openWindow(): Promise<{ page: Page; workbench: Workbench; ui: MissionUi }>;
}

/** Starts a real VS Code with a fresh profile and store, hands it to `work`, and leaves neither process nor file behind. */
export async function withEditor(setup: EditorSetup, work: (open: OpenEditor) => Promise<void>): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'gonogo-'));
  const workspace = setup.workspace ?? path.join(scratch, 'invoices');
  const home = path.join(scratch, 'home');
  const undo: (() => Promise<void>)[] = [];
  try {
    if (setup.workspace === undefined) await copySample(workspace, true);
    const editor = await startEditor({
      workspace,
      profile: path.join(scratch, 'profile'),
      extension: setup.vsix === undefined ? { kind: 'source', folder: root } : { kind: 'vsix', file: setup.vsix },
      settings: setup.settings ?? {},
      env: { GONOGO_HOME: home, ...setup.env },
      askForTrust: setup.askForTrust ?? false,
    });
    undo.push(() => editor.stop());
    const browser = await launchChromium();
    undo.push(() => browser.close());
    const context = await browser.newContext({ viewport: { width: setup.width ?? 1440, height: setup.height ?? 900 } });
    const complaints: string[] = [];
    context.on('console', (message) => {
      if (['warning', 'error'].includes(message.type()))
        complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    const openWindow = async (): Promise<{ page: Page; workbench: Workbench; ui: MissionUi }> => {
      const page = await context.newPage();
      const workbench = await Workbench.open(page, editor.url);
      return { page, workbench, ui: new MissionUi(workbench) };
    };
    await work({ ...(await openWindow()), workspace, home, editor, complaints, openWindow });
  } finally {
    for (const end of undo.reverse()) await end();
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

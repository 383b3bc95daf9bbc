import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import type { KernelSnapshot } from '../../src/contracts/kernelApi.ts';
import { ApprovalPanel } from '../../src/editor/approvals/approvalPanel.ts';
import { WorkspaceNotes } from '../../src/editor/approvals/workspaceNotes.ts';
import { approvalViewType, commands } from '../../src/editor/ids.ts';
import { InMemoryKernel, InMemoryMemento, RecordingLogger } from '../unit/editor/approvals/fakes.ts';
import { detail, mission, requestId } from '../unit/editor/approvals/samples.ts';
import { eventually } from './support/eventually.ts';

/** The extension itself has the real type. */
const viewType = 'gonogo.approval.test';

function panels(type: string): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  // VS Code puts a prefix of its own before the type.
  return tabs.filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(type));
}

function titled(type: string, title: string): Promise<vscode.Tab> {
  return eventually(vscode.window.tabGroups.onDidChangeTabs, () => panels(type).find((tab) => tab.label === title));
}

describe('the approval panel', () => {
  const kernel = new InMemoryKernel([detail], Date.now);
  const logger = new RecordingLogger();
  const changes = new Emitter<KernelSnapshot>((error) => {
    throw error;
  });
  let panel: ApprovalPanel;

  before(() => {
    const extensionUri = vscode.extensions.getExtension('gonogo.gonogo')?.extensionUri;
    assert.ok(extensionUri);
    panel = new ApprovalPanel(
      {
        kernel,
        notes: new WorkspaceNotes(new InMemoryMemento()),
        extensionUri,
        user: 'ada',
        clock: systemClock,
        logger,
        onDidChangeSnapshot: (listener) => changes.on(listener),
      },
      viewType,
    );
  });
  after(() => {
    panel[Symbol.dispose]();
    changes[Symbol.dispose]();
  });

  it('opens with the request it is asked for, and is titled by its goal', async () => {
    await panel.show(requestId);
    const tab = await titled(viewType, `Review: ${mission.goal}`);
    assert.equal(tab.isActive, true);
    assert.ok(kernel.reviews > 0);
  });

  it('is one, however often it is asked for', async () => {
    await panel.show();
    await panel.show(requestId);
    assert.equal(panels(viewType).length, 1);
  });

  it('decides nothing by being shown, hidden or closed', async () => {
    const [tab] = panels(viewType);
    assert.ok(tab);
    const closed = eventually(vscode.window.tabGroups.onDidChangeTabs, () => (panels(viewType).length === 0 ? true : undefined));
    await vscode.window.tabGroups.close(tab);
    await closed;
    assert.deepEqual(kernel.decisions, []);
    assert.deepEqual(kernel.lifted, []);
  });

  it('opens again after it was closed, and says so when nothing waits', async () => {
    kernel.details.clear();
    kernel.state = { ...kernel.state, approvals: [], missions: [] };
    changes.fire(kernel.state);
    await panel.show();
    await titled(viewType, 'Review');
  });

  it('is closed with what owns it', async () => {
    const gone = eventually(vscode.window.tabGroups.onDidChangeTabs, () => (panels(viewType).length === 0 ? true : undefined));
    panel[Symbol.dispose]();
    await gone;
    assert.deepEqual(
      logger.lines.filter(({ level }) => level === 'error' || level === 'warn'),
      [],
    );
  });
});

describe('the approval panel of the extension', () => {
  it('comes back after a reload, because its type has a serializer', () => {
    const another: vscode.WebviewPanelSerializer = { deserializeWebviewPanel: async () => undefined };
    assert.throws(() => vscode.window.registerWebviewPanelSerializer(approvalViewType, another), /already registered/);
  });

  it('opens for any id a command is given, and shows what the kernel knows: nothing', async () => {
    for (const argument of [undefined, 'forged', 7, { id: 'forged' }, null])
      await vscode.commands.executeCommand(commands.showApprovals, argument);
    const tab = await titled(approvalViewType, 'Review');
    assert.equal(panels(approvalViewType).length, 1);
    await vscode.window.tabGroups.close(tab);
  });
});

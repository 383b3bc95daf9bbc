import './editor/zodWithoutEval.ts';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { systemClock } from './base/clock.ts';
import { DisposableStore } from './base/disposables.ts';
import { messageOf } from './base/errors.ts';
import { ConfigurationService } from './config/configurationService.ts';
import { ApprovalPanel } from './editor/approvals/approvalPanel.ts';
import { WorkspaceNotes } from './editor/approvals/workspaceNotes.ts';
import { ReviewDiagnostics } from './editor/diagnostics.ts';
import { DiffContent } from './editor/diffContent.ts';
import { healthMarkdown } from './editor/healthMarkdown.ts';
import { HealthReport } from './editor/healthReport.ts';
import { KernelLink } from './editor/kernelLink.ts';
import { kernelSettings } from './editor/kernelSettings.ts';
import { LedgerViewer } from './editor/ledgerViewer.ts';
import { settingsHealth } from './editor/settingsHealth.ts';
import { registerCommands } from './editor/missionCommands.ts';
import { dropInQueue, followQueuePause, registerQueueCommands } from './editor/queueCommands.ts';
import { registerModelCommands } from './editor/modelCommands.ts';
import { MergeDocuments } from './editor/mergeDocuments.ts';
import { ModelKeys } from './editor/modelKeys.ts';
import { ModelSetup } from './editor/modelSetup.ts';
import { vscodeModelUi } from './editor/modelUi.ts';
import { registerNoticeCommands, vscodeNoticeBoard } from './editor/noticeBoard.ts';
import { MementoNoticeMemory } from './editor/noticeMemory.ts';
import { Notifications } from './editor/notifications.ts';
import { OutputLogger } from './editor/outputLogger.ts';
import { registerPresetCommands } from './editor/presets/presetCommands.ts';
import { PresetDiagnostics } from './editor/presets/presetDiagnostics.ts';
import { PresetFiles } from './editor/presets/presetFiles.ts';
import { publicApi, type GonogoApi } from './editor/publicApi.ts';
import { StatusBar } from './editor/statusBar.ts';
import { statusBarView } from './editor/statusBarView.ts';
import { approvalsTree, healthTree, missionsTree } from './editor/trees.ts';
import { userAgent } from './editor/userAgent.ts';
import { VscodeSettingsSource } from './editor/vscodeSettingsSource.ts';
import { ensureHome, storeHome } from './store/home.ts';

let close: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): GonogoApi {
  const registrations = new DisposableStore();
  const logger = registrations.add(new OutputLogger());
  const source = registrations.add(new VscodeSettingsSource());
  const config = new ConfigurationService({ source, clock: systemClock, logger, instanceId: randomUUID() });
  const user = userInfo().username;
  const home = storeHome(process.env);
  const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  try {
    // A folder has to be there to be watched: a person's own presets are put into this one.
    ensureHome(join(home, 'missions'));
  } catch (error) {
    logger.log('warn', 'the folder for presets of your own could not be made', { error: messageOf(error) });
  }
  const kernel = new KernelLink(
    join(context.extensionPath, 'dist', 'kernel.js'),
    {
      home,
      folders,
      userId: user,
      userAgent: userAgent(context.extension),
      media: join(context.extensionPath, 'media'),
      agentScript: join(context.extensionPath, 'dist', 'agent.js'),
      demoScript: process.env['GONOGO_DEMO_SCRIPT'] ?? join(context.extensionPath, 'media', 'demo', 'round-half-even.json'),
    },
    logger,
  );

  const configHealth = () => settingsHealth(config.health().items);
  const surroundings = () => ({ more: configHealth(), alertAt: config.get('budget.alertAt'), demo: config.get('models.demo') });
  const panel = registrations.add(
    new ApprovalPanel({
      kernel: kernel.api,
      notes: new WorkspaceNotes(context.workspaceState),
      extensionUri: context.extensionUri,
      user,
      clock: systemClock,
      logger,
      onDidChangeSnapshot: (listener) => kernel.onDidChangeSnapshot(listener),
    }),
  );
  registrations.add(new DiffContent(kernel.api));
  const diagnostics = registrations.add(new ReviewDiagnostics(kernel.api, logger));
  const presetFiles = new PresetFiles(() => ({
    shipped: join(context.extensionPath, 'media', 'presets'),
    home,
    templatesPath: config.get('missions.templatesPath'),
  }));
  const presets = registrations.add(new PresetDiagnostics({ files: presetFiles, folders, onSaved: () => kernel.refresh(), logger }));
  registrations.add(registerPresetCommands({ home, files: presetFiles, ui: vscodeModelUi, logger }));
  const report = registrations.add(new HealthReport(() => healthMarkdown(kernel.snapshot, surroundings())));
  const ledger = registrations.add(new LedgerViewer(kernel.api));
  const statusBar = registrations.add(new StatusBar());
  const missions = registrations.add(missionsTree(kernel.snapshot, dropInQueue(kernel, logger, user)));
  const approvals = registrations.add(approvalsTree(kernel.snapshot));
  const health = registrations.add(healthTree(kernel.snapshot, configHealth));
  const merges = registrations.add(new MergeDocuments());
  const memory = new MementoNoticeMemory(context.globalState);
  const notifications = registrations.add(
    new Notifications({
      board: vscodeNoticeBoard((id) => void panel.show(id)),
      memory,
      clock: systemClock,
      demo: () => config.get('models.demo'),
    }),
  );
  registrations.add(kernel.onBudgetAlert((alerts) => notifications.budgets(alerts)));
  registrations.add(registerNoticeCommands(memory, logger));
  registrations.add(registerQueueCommands({ kernel, logger, user, selected: () => missions.view.selection[0] }));
  registrations.add(registerCommands({ kernel, panel, report, ledger, merges, logger, user }));
  const keys = new ModelKeys({ secrets: context.secrets, kernel: kernel.api, clock: systemClock, logger });
  registrations.add(registerModelCommands(new ModelSetup({ ui: vscodeModelUi, config, keys, kernel: kernel.api }), logger));

  registrations.add(
    kernel.onDidChangeSnapshot((snapshot) => {
      missions.update(snapshot);
      followQueuePause(missions.view, snapshot);
      approvals.update(snapshot);
      approvals.view.badge =
        snapshot.approvals.length === 0
          ? undefined
          : { value: snapshot.approvals.length, tooltip: `${snapshot.approvals.length} waiting for your review` };
      health.update(snapshot);
      statusBar.update(statusBarView(snapshot, surroundings()));
      report.update();
      notifications.update(snapshot);
      void diagnostics.update(snapshot);
    }),
  );

  const baseUrl = (): string | undefined => config.get('models.upstream')?.baseUrl;
  const handOverKey = async (): Promise<void> => {
    const server = baseUrl();
    if (server !== undefined) await keys.handOver(server);
  };
  const configure = (): void => {
    // The key first: a mission that goes on at once needs it.
    handOverKey()
      .then(() => kernel.api.configure(kernelSettings(config, vscode.workspace.isTrusted)))
      .then(() => kernel.refresh())
      .catch((error: unknown) => logger.log('error', 'the kernel could not take the settings', { error: messageOf(error) }));
  };
  registrations.add(config.onDidChange(configure));
  registrations.add(config.onDidChange(() => presets.follow()));
  registrations.add(
    config.onDidChangeBreaker((state) => {
      if (state === 'open')
        void vscode.window.showWarningMessage(
          'Settings cannot be saved right now. GoNoGo uses the last good values and tries again by itself.',
        );
      report.update();
    }),
  );
  const secrets = context.secrets.onDidChange(({ key }) => {
    const server = baseUrl();
    if (server !== undefined) void keys.follow(key, server);
  });
  registrations.defer(() => void secrets.dispose());
  const trust = vscode.workspace.onDidGrantWorkspaceTrust(configure);
  registrations.defer(() => void trust.dispose());
  configure();

  close = async () => {
    await config.shutdown();
    await kernel.close();
    registrations[Symbol.dispose]();
  };
  return publicApi(kernel, configHealth);
}

export async function deactivate(): Promise<void> {
  await close?.();
}

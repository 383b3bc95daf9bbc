import * as vscode from 'vscode';
import type { RequestId } from '../base/ids.ts';
import type { MissionView } from '../contracts/kernelApi.ts';
import type { MissionStatus } from '../contracts/mission.ts';
import type { Logger } from '../contracts/logger.ts';
import { visibleText } from '../base/visibleText.ts';
import type { ApprovalPanel } from './approvals/approvalPanel.ts';
import type { HealthReport } from './healthReport.ts';
import { commands } from './ids.ts';
import type { KernelLink } from './kernelLink.ts';
import type { LedgerViewer } from './ledgerViewer.ts';
import type { MergeDocuments } from './mergeDocuments.ts';
import { missionOf, withMission } from './missionPick.ts';
import { pickText } from './plainText.ts';
import { registerHandlers } from './registerHandlers.ts';
import { WayBack } from './wayBack.ts';
import { agentWords, preFlightWords } from './words.ts';

export interface CommandPorts {
  readonly kernel: KernelLink;
  readonly panel: ApprovalPanel;
  readonly report: HealthReport;
  readonly ledger: LedgerViewer;
  readonly merges: MergeDocuments;
  readonly logger: Logger;
  readonly user: string;
}

/** Registers what a person can do about missions. */
export function registerCommands(ports: CommandPorts): Disposable {
  const { kernel, panel, report, ledger, merges } = ports;
  const wayBack = new WayBack(kernel.api, merges);
  const handlers: Record<string, (argument: unknown) => Promise<void>> = {
    [commands.launch]: () => launch(ports),
    [commands.showApprovals]: (id) => panel.show(typeof id === 'string' ? (id as RequestId) : undefined),
    [commands.showLedger]: () => ledger.pick(new Map(kernel.snapshot.missions.map((mission) => [mission.id, mission.goal]))),
    [commands.showHealth]: () => report.show(),
    [commands.stopEverything]: () => stopEverything(ports),
    [commands.rollBack]: (row) =>
      withMission(kernel, row, 'Which mission should be rolled back?', ['done'], (mission) => wayBack.rollBack(mission)),
    [commands.applyAgain]: (row) =>
      withMission(kernel, row, 'Which mission should be applied again?', ['rolled-back'], (mission) => wayBack.applyAgain(mission)),
    [commands.compareMission]: (row) =>
      withMission(kernel, row, 'Which mission should be compared with your files?', comparable, (mission) => wayBack.compare(mission)),
    [commands.putMerge]: () => merges.put(vscode.window.activeTextEditor?.document),
    [commands.cancelMission]: (row) =>
      withMission(kernel, row, 'Which mission should be cancelled?', cancellable, (mission) => cancel(ports, mission)),
    [commands.reopenMission]: (row) =>
      withMission(kernel, row, 'Which mission should be opened again?', ['parked'], (mission) => kernel.api.reopen(mission.id)),
    [commands.reviewMission]: (row) => panel.show(missionOf(kernel, row)?.requestId),
  };
  return registerHandlers(handlers, ports.logger);
}

const cancellable: readonly MissionStatus[] = ['queued', 'running', 'verifying', 'awaiting-approval', 'parked', 'applying'];

const comparable: readonly MissionStatus[] = ['awaiting-approval', 'parked', 'done', 'rolled-back'];

async function launch({ kernel }: CommandPorts): Promise<void> {
  const folder = await chooseFolder();
  if (!folder) return;
  const presets = await kernel.api.presets(folder);
  const preset = await vscode.window.showQuickPick(
    presets.map((card) => ({ label: pickText(card.title), detail: pickText(card.description), id: card.id })),
    { title: 'Launch Mission (1 of 2)', placeHolder: 'What kind of mission?', ignoreFocusOut: true },
  );
  if (!preset) return;
  const goal = await vscode.window.showInputBox({
    title: 'Launch Mission (2 of 2)',
    prompt: 'What should be different afterwards?',
    placeHolder: 'Round invoice totals half-even',
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === '' ? 'Say in a sentence what should be different afterwards.' : undefined),
  });
  if (goal === undefined) return;
  const agent = await chooseAgent(kernel);
  if (agent === undefined) return;
  const card = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'GoNoGo: preparing the pre-flight card' },
    () => kernel.api.preFlight(preset.id, goal, folder, agent),
  );
  if (card.blockers.length > 0) {
    await vscode.window.showWarningMessage(`NO-GO: ${preset.label} cannot launch yet`, {
      modal: true,
      detail: card.blockers.map((blocker) => visibleText(blocker)).join('\n'),
    });
    return;
  }
  const answer = await vscode.window.showInformationMessage(
    `Pre-flight: ${preset.label}`,
    { modal: true, detail: preFlightWords(card) },
    'Launch',
  );
  // A card that is not launched stays a draft: the kernel shows it to nobody and forgets it after a day.
  if (answer === 'Launch') await kernel.api.launch(card.missionId);
}

/** The preferred agent, or the one the person picks when they want to be asked. */
async function chooseAgent(kernel: KernelLink): Promise<string | undefined> {
  const { agents, preferred } = await kernel.api.agents();
  if (!agents) return preferred;
  const rows = agents
    .toSorted((a, b) => Number(b.id === preferred) - Number(a.id === preferred))
    .map((card) => ({
      label: pickText(agentWords(card)),
      description: card.id === preferred ? 'default' : '',
      detail: pickText(card.problem === undefined ? (card.hint ?? '') : `NO-GO: ${card.problem}`),
      id: card.id,
    }));
  return (
    await vscode.window.showQuickPick(rows, { title: 'Launch Mission', placeHolder: 'Which agent should fly it?', ignoreFocusOut: true })
  )?.id;
}

/** A mission works in one folder. */
export async function chooseFolder(): Promise<string | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new Error('no folder is open; open the folder the mission should work in and try again');
  if (folders.length === 1) return folders[0]?.uri.fsPath;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: 'In which folder should the mission work?' }))?.uri.fsPath;
}

async function stopEverything({ kernel, user }: CommandPorts): Promise<void> {
  const reason = await vscode.window.showInputBox({
    title: 'Stop Everything',
    prompt: 'Why? Agents stop at once; Enter without a reason stops too.',
    ignoreFocusOut: true,
  });
  if (reason === undefined) return;
  await kernel.api.stopEverything(user, reason.trim() || 'no reason given');
  void vscode.window
    .showWarningMessage('Everything is stopped. Missions keep their state and go on when you resume.', 'Show Approvals')
    .then((choice) => {
      if (choice) void vscode.commands.executeCommand(commands.showApprovals);
    });
}

async function cancel({ kernel, user }: CommandPorts, mission: MissionView): Promise<void> {
  const end: vscode.MessageItem = { title: 'Cancel Mission' };
  const sure = await vscode.window.showWarningMessage(
    'Cancel this mission?',
    {
      modal: true,
      detail: `${visibleText(mission.goal, { keep: '\n', limit: 400 })}\n\nWhat its agents have done is thrown away. Your files stay as they are.`,
    },
    end,
    // The dialog's own button would be called Cancel too.
    { title: 'Keep It', isCloseAffordance: true },
  );
  if (sure === end) await kernel.api.cancel(mission.id, `Cancelled by ${user}`);
}

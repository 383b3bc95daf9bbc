import { join } from 'node:path';
import * as vscode from 'vscode';
import type { KernelApi, MissionStanding, MissionView } from '../contracts/kernelApi.ts';
import type { FileStanding } from '../contracts/worktrees.ts';
import { visibleText } from '../base/visibleText.ts';
import { counted } from './approvals/words.ts';
import { reviewUri } from './diffContent.ts';
import type { MergeDocuments } from './mergeDocuments.ts';
import { pickText } from './plainText.ts';
import { groupsOf, partialWords, standingTitle, threeWays } from './standingWords.ts';

type Kernel = Pick<KernelApi, 'standing' | 'merged' | 'rollBack' | 'applyAgain'>;

interface Row extends vscode.QuickPickItem {
  readonly act?: 'take back' | 'show all';
  readonly file?: FileStanding;
}

const fromBefore: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('history'), tooltip: 'Compare with Before the Mission' };
const fromMission: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('diff'), tooltip: 'Compare with What the Mission Left' };
const merge: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('git-merge'), tooltip: 'Merge' };

/** The way back of an applied mission, and the way there again, with what stands in it. */
export class WayBack {
  readonly #kernel: Kernel;
  readonly #merges: MergeDocuments;

  constructor(kernel: Kernel, merges: MergeDocuments) {
    this.#kernel = kernel;
    this.#merges = merges;
  }

  async rollBack(mission: MissionView): Promise<void> {
    const standing = await this.#kernel.standing(mission.id);
    if (groupsOf(standing).changed.length > 0) return this.#choose(mission, standing);
    const detail =
      'Every file it changed gets back exactly the content it had. If one was changed since, nothing is touched and you are told which.';
    if (!(await sure('Roll this mission back?', `${goalOf(mission)}\n\n${detail}`, 'Roll Back'))) return;
    await this.#kernel.rollBack(mission.id);
    void vscode.window.showInformationMessage('Rolled back. Your files are as they were before the mission.');
  }

  async applyAgain(mission: MissionView): Promise<void> {
    const standing = await this.#kernel.standing(mission.id);
    if (groupsOf(standing).changed.length > 0) return this.#choose(mission, standing);
    const detail = `${counted(standing.files.length, 'file')} will again be exactly as you approved them. If one was changed since, nothing is touched and you are told which.`;
    if (!(await sure('Apply this mission again?', `${goalOf(mission)}\n\n${detail}`, 'Apply Again'))) return;
    await this.#kernel.applyAgain(mission.id);
    void vscode.window.showInformationMessage('Applied again. Your files are as you approved them.');
  }

  /** How a mission's files stand: each of them three ways. */
  async compare(mission: MissionView): Promise<void> {
    const standing = await this.#kernel.standing(mission.id);
    if (groupsOf(standing).changed.length > 0) return this.#choose(mission, standing);
    void vscode.window.showInformationMessage('None of your files stands in the way of this mission.');
  }

  async #choose(mission: MissionView, standing: MissionStanding): Promise<void> {
    const pick = vscode.window.createQuickPick<Row>();
    pick.title = standingTitle(standing);
    pick.placeholder = 'Nothing has been written. Choose a file to merge it, or what to do.';
    pick.items = rowsOf(standing);
    pick.matchOnDescription = true;
    pick.ignoreFocusOut = true;
    const chosen = await new Promise<(() => Promise<void>) | undefined>((resolve) => {
      pick.onDidAccept(() => {
        const [row] = pick.selectedItems;
        if (row?.act === 'take back') resolve(() => this.#takeBack(mission, standing));
        else if (row?.act === 'show all') resolve(() => showAll(mission, standing));
        else if (row?.file) resolve(this.#opening(mission, standing, row.file));
      });
      pick.onDidTriggerItemButton(({ item: { file }, button }) => {
        if (!file) return;
        if (button === merge) resolve(this.#opening(mission, standing, file));
        else resolve(() => diff(mission, standing, file, button === fromBefore ? 'before' : 'after'));
      });
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
    pick.dispose();
    await chosen?.();
  }

  async #takeBack(mission: MissionView, standing: MissionStanding): Promise<void> {
    const { ready } = groupsOf(standing);
    if (!(await sure(`Roll back ${counted(ready.length, 'file')}?`, partialWords(standing), 'Roll Back What Can Go Back'))) return;
    const only = ready.map(({ change }) => change.path);
    await this.#kernel.rollBack(mission.id, only);
    void vscode.window.showInformationMessage(`Rolled back ${counted(only.length, 'file')}. What you changed since stays as it is.`);
  }

  /** A merge where there is something to merge, else the difference. */
  #opening(mission: MissionView, standing: MissionStanding, file: FileStanding): () => Promise<void> {
    return async () => {
      const merged = await this.#kernel.merged(mission.id, file.change.path);
      if (!merged) return diff(mission, standing, file, 'after');
      await this.#merges.open(vscode.Uri.file(join(standing.top, file.change.path)), merged);
      const taken =
        standing.direction === 'back' ? 'The mission’s change is taken out of your file' : 'The mission’s change is merged into your file';
      const left = merged.conflicts === 0 ? 'without a conflict' : `with ${counted(merged.conflicts, 'conflict')} to settle`;
      void vscode.window.showInformationMessage(
        `${taken} ${left}. Nothing is written before you choose Put Merge into File above the editor.`,
      );
    };
  }
}

function rowsOf(standing: MissionStanding): Row[] {
  const { changed, ready, there } = groupsOf(standing);
  const separator = (label: string): Row => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const row = (icon: string, file: FileStanding): Row => ({
    label: `$(${icon}) ${pickText(file.change.path)}`,
    description: threeWays(file),
    buttons: file.standing === 'changed' ? [fromBefore, fromMission, merge] : [fromBefore, fromMission],
    file,
  });
  const section = (label: string, icon: string, files: readonly FileStanding[]): Row[] =>
    files.length === 0 ? [] : [separator(label), ...files.map((file) => row(icon, file))];
  const back = standing.direction === 'back';
  const takeBack: Row = {
    label: '$(discard) Roll Back What Can Go Back…',
    description: `${counted(ready.length, 'file')}; what you changed stays`,
    act: 'take back',
  };
  return [
    ...(back && ready.length > 0 ? [takeBack] : []),
    { label: '$(diff-multiple) Show All Differences', description: 'what you changed since', act: 'show all' },
    ...section('Changed since', 'warning', changed),
    ...section(back ? 'Can go back as they are' : 'Can be applied as they are', 'pass', ready),
    ...section('Nothing to do', 'check', there),
  ];
}

function nowUri(mission: MissionView, { top }: MissionStanding, { change, now }: FileStanding): vscode.Uri {
  const absent = { ...change, beforeSha256: undefined };
  return now === 'file' ? vscode.Uri.file(join(top, change.path)) : reviewUri(mission.id, 'before', absent);
}

async function diff(mission: MissionView, standing: MissionStanding, file: FileStanding, side: 'before' | 'after'): Promise<void> {
  const { change } = file;
  const name = visibleText(change.path, { limit: 80 });
  const title = side === 'before' ? `${name} (before the mission ↔ now)` : `${name} (as the mission left it ↔ now)`;
  await vscode.commands.executeCommand('vscode.diff', reviewUri(mission.id, side, change), nowUri(mission, standing, file), title);
}

/** VS Code's own editor for changes in many files. */
async function showAll(mission: MissionView, standing: MissionStanding): Promise<void> {
  const files = groupsOf(standing).changed.map((file) => [
    vscode.Uri.file(join(standing.top, file.change.path)),
    reviewUri(mission.id, standing.direction === 'back' ? 'after' : 'before', file.change),
    nowUri(mission, standing, file),
  ]);
  await vscode.commands.executeCommand('vscode.changes', 'Changed Since the Mission', files);
}

function goalOf({ goal }: MissionView): string {
  return visibleText(goal, { keep: '\n', limit: 400 });
}

async function sure(question: string, detail: string, button: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button;
}

import * as vscode from 'vscode';
import type { ApprovalRequest } from '../contracts/approval.ts';
import type { HealthItem, HealthLevel } from '../contracts/health.ts';
import type { KernelSnapshot, MissionView } from '../contracts/kernelApi.ts';
import { isFinal } from '../contracts/mission.ts';
import { visibleText } from '../base/visibleText.ts';
import { localCalendar } from './approvals/words.ts';
import { commands, views } from './ids.ts';
import { missionLook } from './missionLook.ts';
import { oneLine } from './plainText.ts';
import { SnapshotTree } from './snapshotTree.ts';
import { inTreeOrder } from './queueWords.ts';
import { missionFacts, statusWord } from './words.ts';

const calendar = localCalendar();
const timeOf = (at: number): string => calendar.when(at, Date.now());

/** A mission, or one fact of it. The `id` is what commands find the mission by. */
type MissionRow =
  { readonly id: string; readonly mission: MissionView } | { readonly id: string; readonly icon: string; readonly text: string };

const dragType = `application/vnd.code.tree.${views.missions}`;

/** @param drop the mission that was dropped on the row `target` of another one */
export function missionsTree(snapshot: KernelSnapshot, drop: (id: string, target: string) => void): SnapshotTree<MissionRow> {
  const rows = (now: KernelSnapshot, parent: MissionRow | undefined): readonly MissionRow[] => {
    if (!parent) return inTreeOrder(now.missions).map((mission) => ({ id: mission.id, mission }));
    if (!('mission' in parent)) return [];
    return missionFacts(parent.mission, timeOf).map((fact) => ({ id: `${parent.id}/${fact.icon}`, ...fact }));
  };
  return new SnapshotTree(views.missions, snapshot, rows, (row) => ('mission' in row ? missionItem(row.mission) : factItem(row)), {
    dragMimeTypes: [dragType],
    dropMimeTypes: [dragType],
    handleDrag: ([row], data) => {
      if (row && 'mission' in row && row.mission.queue) data.set(dragType, new vscode.DataTransferItem(row.id));
    },
    handleDrop: async (target, data) => {
      const id = await data.get(dragType)?.asString();
      // A fact belongs to the mission in front of its slash.
      const [mission = ''] = target?.id.split('/') ?? [];
      if (id !== undefined) drop(id, mission);
    },
  });
}

function missionItem(mission: MissionView): vscode.TreeItem {
  const look = missionLook(mission);
  const goal = oneLine(mission.goal, 80);
  const state = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(goal, isFinal(mission.status) ? state.Collapsed : state.Expanded);
  item.id = mission.id;
  item.iconPath = new vscode.ThemeIcon(look.icon, look.color ? new vscode.ThemeColor(look.color) : undefined);
  item.description = `${statusWord(mission.status)}${queueNote(mission)}${mission.demo ? ' · DEMO' : ''}`;
  item.tooltip = `${visibleText(mission.goal, { keep: '\n', limit: 1_000 })}\n\n${missionFacts(mission, timeOf)
    .map((fact) => visibleText(fact.text))
    .join('\n')}`;
  item.accessibilityInformation = { label: `${goal}, ${item.description}` };
  item.contextValue = look.context;
  if (mission.requestId) item.command = { command: commands.showApprovals, title: 'Review', arguments: [mission.requestId] };
  return item;
}

/** What matters of its place before the row is opened. */
function queueNote({ queue }: MissionView): string {
  if (!queue) return '';
  const note = queue.paused ? 'paused' : `place ${queue.position}`;
  return ` · ${note}${queue.priority === 'normal' ? '' : ` · ${queue.priority}`}`;
}

function factItem({ id, icon, text }: { readonly id: string; readonly icon: string; readonly text: string }): vscode.TreeItem {
  const item = new vscode.TreeItem('');
  item.id = id;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.description = visibleText(text, { limit: 300 });
  item.tooltip = visibleText(text);
  item.accessibilityInformation = { label: item.description };
  return item;
}

export function approvalsTree(snapshot: KernelSnapshot): SnapshotTree<ApprovalRequest> {
  const goals = new Map<string, string>();
  return new SnapshotTree(
    views.approvals,
    snapshot,
    (now, parent) => {
      if (parent) return [];
      for (const mission of now.missions) goals.set(mission.id, mission.goal);
      return now.approvals;
    },
    (request) => {
      const goal = request.missionId === undefined ? undefined : goals.get(request.missionId);
      const item = new vscode.TreeItem(oneLine(request.kind === 'code.apply' && goal ? goal : request.title, 80));
      item.id = request.id;
      item.iconPath = new vscode.ThemeIcon('bell-dot', new vscode.ThemeColor('notificationsWarningIcon.foreground'));
      item.description = `risk ${request.risk} · asked ${timeOf(request.askedAt)}`;
      item.tooltip = `${visibleText(request.title)}\n${item.description}\nExpires ${timeOf(request.expiresAt)}`;
      item.command = { command: commands.showApprovals, title: 'Review', arguments: [request.id] };
      return item;
    },
  );
}

const healthIcons: Readonly<Record<HealthLevel, [string, string]>> = {
  healthy: ['pass', 'testing.iconPassed'],
  degraded: ['warning', 'notificationsWarningIcon.foreground'],
  unhealthy: ['error', 'notificationsErrorIcon.foreground'],
};

export function healthTree(snapshot: KernelSnapshot, more: () => readonly HealthItem[]): SnapshotTree<HealthItem> {
  return new SnapshotTree(
    views.health,
    snapshot,
    (now, parent) => (parent ? [] : [...now.health.items, ...more()]),
    (health) => {
      const [icon, color] = healthIcons[health.level];
      const item = new vscode.TreeItem(health.name);
      item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
      item.description = visibleText(health.message);
      item.tooltip = `${health.name}: ${health.level}\n${visibleText(health.message)}`;
      item.command = { command: commands.showHealth, title: 'Show Health' };
      return item;
    },
  );
}

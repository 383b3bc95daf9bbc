import * as vscode from 'vscode';
import type { ApprovalRequest } from '../contracts/approval.ts';
import type { HealthItem, HealthLevel } from '../contracts/health.ts';
import type { KernelSnapshot, MissionView } from '../contracts/kernelApi.ts';
import { isFinal, type MissionStatus } from '../contracts/mission.ts';
import { visibleText } from '../base/visibleText.ts';
import { commands, missionContexts, views } from './ids.ts';
import { SnapshotTree } from './snapshotTree.ts';
import { missionFacts, statusWord } from './words.ts';

interface Look {
  readonly icon: string;
  readonly color?: string;
  readonly context: string;
}

const looks: Readonly<Record<MissionStatus, Look>> = {
  drafted: { icon: 'circle-outline', context: missionContexts.waiting },
  queued: { icon: 'clock', context: missionContexts.waiting },
  running: { icon: 'sync~spin', context: missionContexts.working },
  verifying: { icon: 'beaker', context: missionContexts.working },
  'awaiting-approval': { icon: 'bell-dot', color: 'notificationsWarningIcon.foreground', context: missionContexts.reviewable },
  parked: { icon: 'debug-pause', color: 'notificationsWarningIcon.foreground', context: missionContexts.parked },
  applying: { icon: 'sync~spin', context: missionContexts.working },
  done: { icon: 'pass', color: 'testing.iconPassed', context: missionContexts.applied },
  'rolling-back': { icon: 'sync~spin', context: missionContexts.working },
  'rolled-back': { icon: 'discard', context: missionContexts.ended },
  rejected: { icon: 'circle-slash', context: missionContexts.ended },
  failed: { icon: 'error', color: 'notificationsErrorIcon.foreground', context: missionContexts.ended },
  cancelled: { icon: 'close', context: missionContexts.ended },
};

/** A mission, or one fact of it. The `id` is what commands find the mission by. */
type MissionRow =
  { readonly id: string; readonly mission: MissionView } | { readonly id: string; readonly icon: string; readonly text: string };

export function missionsTree(snapshot: KernelSnapshot): SnapshotTree<MissionRow> {
  const rows = (now: KernelSnapshot, parent: MissionRow | undefined): readonly MissionRow[] => {
    if (!parent) return now.missions.map((mission) => ({ id: mission.id, mission }));
    if (!('mission' in parent)) return [];
    return missionFacts(parent.mission).map((fact) => ({ id: `${parent.id}/${fact.icon}`, ...fact }));
  };
  return new SnapshotTree(views.missions, snapshot, rows, (row) => ('mission' in row ? missionItem(row.mission) : factItem(row)));
}

function missionItem(mission: MissionView): vscode.TreeItem {
  const look = looks[mission.status];
  const goal = visibleText(oneLine(mission.goal));
  const state = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(goal, isFinal(mission.status) ? state.Collapsed : state.Expanded);
  item.id = mission.id;
  item.iconPath = new vscode.ThemeIcon(look.icon, look.color ? new vscode.ThemeColor(look.color) : undefined);
  item.description = `${statusWord(mission.status)}${mission.demo ? ' · DEMO' : ''}`;
  item.tooltip = `${visibleText(mission.goal, { keep: '\n', limit: 1_000 })}\n\n${missionFacts(mission)
    .map((fact) => visibleText(fact.text))
    .join('\n')}`;
  item.accessibilityInformation = { label: `${goal}, ${item.description}` };
  item.contextValue = mission.elsewhere ? missionContexts.ended : look.context;
  if (mission.requestId) item.command = { command: commands.showApprovals, title: 'Review', arguments: [mission.requestId] };
  return item;
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
      const item = new vscode.TreeItem(visibleText(oneLine(request.kind === 'code.apply' && goal ? goal : request.title)));
      item.id = request.id;
      item.iconPath = new vscode.ThemeIcon('bell-dot', new vscode.ThemeColor('notificationsWarningIcon.foreground'));
      item.description = `${request.title} · risk ${request.risk} · asked ${timeOf(request.askedAt)}`;
      item.tooltip = `${visibleText(item.description)}\nExpires ${timeOf(request.expiresAt)}`;
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

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 80).toWellFormed()} …` : line;
}

function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

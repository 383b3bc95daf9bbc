import * as vscode from 'vscode';
import { formatUsd } from '../base/money.ts';
import type { ApprovalRequest } from '../contracts/approval.ts';
import type { HealthItem, HealthLevel } from '../contracts/health.ts';
import type { KernelSnapshot, MissionView } from '../contracts/kernelApi.ts';
import type { MissionStatus } from '../contracts/mission.ts';
import { visibleText } from '../protocol/visibleText.ts';
import { commands, missionContexts, views } from './ids.ts';
import { SnapshotTree } from './snapshotTree.ts';
import { missionTooltip, statusWord, waitWords } from './words.ts';

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

export function missionsTree(snapshot: KernelSnapshot): SnapshotTree<MissionView> {
  return new SnapshotTree(
    views.missions,
    snapshot,
    (now) => now.missions,
    (mission) => {
      const look = looks[mission.status];
      const item = new vscode.TreeItem(visibleText(oneLine(mission.goal)));
      item.id = mission.id;
      item.iconPath = new vscode.ThemeIcon(look.icon, look.color ? new vscode.ThemeColor(look.color) : undefined);
      const place = mission.queue ? ` · place ${mission.queue.position}, ${waitWords(mission.queue.estimatedWaitMs)}` : '';
      item.description = `${statusWord(mission.status)}${place} · ${formatUsd(mission.spent)}${mission.demo ? ' DEMO' : ''}${mission.elsewhere ? ' · in another window' : ''}`;
      item.tooltip = visibleText(missionTooltip(mission));
      item.contextValue = mission.elsewhere ? missionContexts.ended : look.context;
      if (mission.requestId) item.command = { command: commands.showApprovals, title: 'Review', arguments: [mission.requestId] };
      return item;
    },
  );
}

export function approvalsTree(snapshot: KernelSnapshot): SnapshotTree<ApprovalRequest> {
  const goals = new Map<string, string>();
  return new SnapshotTree(
    views.approvals,
    snapshot,
    (now) => {
      for (const mission of now.missions) goals.set(mission.id, mission.goal);
      return now.approvals;
    },
    (request) => {
      const goal = request.missionId === undefined ? undefined : goals.get(request.missionId);
      const item = new vscode.TreeItem(visibleText(oneLine(request.kind === 'code.apply' && goal ? goal : request.title)));
      item.id = request.id;
      item.iconPath = new vscode.ThemeIcon('bell-dot', new vscode.ThemeColor('notificationsWarningIcon.foreground'));
      item.description = `${request.title} · risk ${request.risk} · asked ${timeOf(request.askedAt)}`;
      item.tooltip = visibleText(`${item.description}\nExpires ${timeOf(request.expiresAt)}`);
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
    (now) => [...now.health.items, ...more()],
    (health) => {
      const [icon, color] = healthIcons[health.level];
      const item = new vscode.TreeItem(health.name);
      item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
      item.description = visibleText(health.message);
      item.tooltip = visibleText(`${health.name}: ${health.level}\n${health.message}`);
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

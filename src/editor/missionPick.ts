import * as vscode from 'vscode';
import type { MissionId } from '../base/ids.ts';
import type { MissionView } from '../contracts/kernelApi.ts';
import type { MissionStatus } from '../contracts/mission.ts';
import { localCalendar } from './approvals/words.ts';
import type { KernelLink } from './kernelLink.ts';
import { oneLine, pickText } from './plainText.ts';
import { statusWord } from './words.ts';

/** Acts on the mission of a tree row, or on one the person picks. */
export async function withMission(
  kernel: KernelLink,
  row: unknown,
  title: string,
  statuses: readonly MissionStatus[],
  act: (mission: MissionView) => Promise<void>,
): Promise<void> {
  const mission = missionOf(kernel, row) ?? (await pickMission(kernel, title, statuses));
  if (mission) await act(mission);
}

export async function pickMission(kernel: KernelLink, title: string, statuses: readonly MissionStatus[]): Promise<MissionView | undefined> {
  const missions = kernel.snapshot.missions.filter((mission) => statuses.includes(mission.status));
  if (missions.length === 0) {
    void vscode.window.showInformationMessage(`No mission is ${statuses.map(statusWord).join(' or ')} now.`);
    return undefined;
  }
  const calendar = localCalendar();
  const rows = missions.map((mission) => ({
    label: pickText(oneLine(mission.goal, 100)),
    description: statusWord(mission.status),
    detail: `Launched ${calendar.when(mission.createdAt, Date.now())}`,
    mission,
  }));
  return (await vscode.window.showQuickPick(rows, { title, matchOnDescription: true, ignoreFocusOut: true }))?.mission;
}

/** The mission of a tree row, by its id, as the kernel knows it now. */
export function missionOf(kernel: KernelLink, row: unknown): MissionView | undefined {
  const id: unknown = typeof row === 'object' && row !== null && 'id' in row ? row.id : undefined;
  return kernel.snapshot.missions.find((mission) => mission.id === (id as MissionId));
}

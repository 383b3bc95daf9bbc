import * as vscode from 'vscode';
import { messageOf } from '../base/errors.ts';
import type { KernelSnapshot, MissionView } from '../contracts/kernelApi.ts';
import type { Logger } from '../contracts/logger.ts';
import { priorities } from '../contracts/queue.ts';
import { localCalendar, sentence } from './approvals/words.ts';
import { commands, contexts } from './ids.ts';
import type { KernelLink } from './kernelLink.ts';
import { withMission } from './missionPick.ts';
import { notificationText, oneLine } from './plainText.ts';
import { lineOf, mayWait, neighbour, takePlace, waitReasonWords, type WaitStep } from './queueWords.ts';
import { registerHandlers } from './registerHandlers.ts';

/** What the keys of package.json pass. */
const SELECTED = 'selected';

export interface QueuePorts {
  readonly kernel: KernelLink;
  readonly logger: Logger;
  readonly user: string;
  /** The row the keyboard is on, which keys do not hand over. */
  readonly selected: () => unknown;
}

/** Registers what a person can do about missions that wait. None of it decides what a mission may do. */
export function registerQueueCommands({ kernel, logger, user, selected }: QueuePorts): Disposable {
  const queued = (row: unknown, title: string, act: (mission: MissionView) => Promise<void>): Promise<void> =>
    withMission(kernel, row === SELECTED ? selected() : row, title, ['queued'], act);
  const move = (row: unknown, way: 'up' | 'down'): Promise<void> =>
    queued(row, `Which mission should move ${way}?`, async ({ id }) => {
      const place = neighbour(lineOf(kernel.snapshot.missions), id, way);
      if (place) await kernel.api.changeQueue({ kind: 'move', id, ...place }, user);
    });
  return registerHandlers(
    {
      [commands.moveUp]: (row) => move(row, 'up'),
      [commands.moveDown]: (row) => move(row, 'down'),
      [commands.setPriority]: (row) => queued(row, 'Which mission should have another priority?', (mission) => prioritize(mission)),
      [commands.pauseMission]: (row) =>
        queued(row, 'Which mission should not start yet?', ({ id }) => kernel.api.changeQueue({ kind: 'pause', id }, user)),
      [commands.continueMission]: (row) =>
        queued(row, 'Which mission should have its turn again?', ({ id }) => kernel.api.changeQueue({ kind: 'continue', id }, user)),
      [commands.pauseQueue]: () => kernel.api.changeQueue({ kind: 'pause' }, user),
      [commands.continueQueue]: () => kernel.api.changeQueue({ kind: 'continue' }, user),
      [commands.whyWaiting]: (row) => withMission(kernel, row, 'Which mission?', mayWait, explain),
    },
    logger,
  );

  async function prioritize({ id, goal, queue }: MissionView): Promise<void> {
    const rows = priorities.toReversed().map((priority) => ({
      label: priority.charAt(0).toUpperCase() + priority.slice(1),
      description: queue?.priority === priority ? 'now' : '',
      priority,
    }));
    const choice = await vscode.window.showQuickPick(rows, {
      title: `Priority of “${oneLine(goal, 60)}”`,
      placeHolder: 'One that waits rises by one step for every 30 min',
    });
    if (choice) await kernel.api.changeQueue({ kind: 'priority', id, priority: choice.priority }, user);
  }
}

/** Lets a waiting mission take the place of the one it was dropped on. */
export function dropInQueue(kernel: KernelLink, logger: Logger, user: string): (id: string, target: string) => void {
  return (id, target) => {
    const line = lineOf(kernel.snapshot.missions);
    const [mission, other] = [id, target].map((each) => line.find((waiting) => waiting.id === each));
    const place = mission && other && takePlace(line, mission.id, other.id);
    if (!place) return;
    kernel.api.changeQueue({ kind: 'move', id: mission.id, ...place }, user).catch((error: unknown) => {
      logger.log('warn', 'a mission could not be moved', { error: messageOf(error) });
      void vscode.window.showErrorMessage(notificationText(sentence(messageOf(error)), { limit: 600 }));
    });
  };
}

/** The Missions view says that the queue is paused, and its menu offers to go on. */
export function followQueuePause(view: vscode.TreeView<unknown>, { queuePause }: KernelSnapshot): void {
  const description = queuePause ? 'queue paused' : undefined;
  if (view.description === description) return;
  if (description === undefined) delete view.description;
  else view.description = description;
  void vscode.commands.executeCommand('setContext', contexts.queuePaused, queuePause !== undefined);
}

const stepTitles: Readonly<Record<WaitStep, string>> = {
  review: 'Review',
  continue: 'Continue Mission',
  'continue-queue': 'Continue Queue',
  'budget-day': 'Open Setting',
  'budget-month': 'Open Setting',
  places: 'Open Setting',
  reopen: 'Open Again',
  approvals: 'Show Approvals',
  trust: 'Manage Trust',
};

/** Says why a mission does not go on, and offers the first thing that helps. */
async function explain(mission: MissionView): Promise<void> {
  const calendar = localCalendar();
  const words = mission.waiting.map((reason) => waitReasonWords(reason, (at) => calendar.when(at, Date.now())));
  const goal = `“${oneLine(mission.goal, 60)}”`;
  const text = words.length === 0 ? `${goal} does not wait: ${mission.detail}` : `${goal}: ${words.map((each) => each.text).join(' ')}`;
  const step = words.find((each) => each.step !== undefined)?.step;
  const shown = vscode.window.showInformationMessage(
    notificationText(text, { limit: 900 }),
    ...(step === undefined ? [] : [stepTitles[step]]),
  );
  // The command has done its work once the words are on the screen.
  void shown.then((choice) => {
    if (choice !== undefined && step !== undefined) return take(step, mission);
    return undefined;
  });
  await Promise.resolve();
}

function take(step: WaitStep, mission: MissionView): Thenable<unknown> {
  const run = (command: string, ...rest: unknown[]): Thenable<unknown> => vscode.commands.executeCommand(command, ...rest);
  const openSetting = (id: string): Thenable<unknown> => run('workbench.action.openSettings', `@id:${id}`);
  const steps: Readonly<Record<WaitStep, () => Thenable<unknown>>> = {
    review: () => run(commands.showApprovals, reviewOf(mission)),
    continue: () => run(commands.continueMission, mission),
    'continue-queue': () => run(commands.continueQueue),
    'budget-day': () => openSetting('gonogo.budget.daily'),
    'budget-month': () => openSetting('gonogo.budget.monthly'),
    places: () => openSetting('gonogo.agents.max'),
    reopen: () => run(commands.reopenMission, mission),
    approvals: () => run(commands.showApprovals),
    trust: () => run('workbench.trust.manage'),
  };
  return steps[step]();
}

function reviewOf({ waiting }: MissionView): string | undefined {
  return waiting.flatMap((reason) => (reason.kind === 'your-decision' ? [reason.requestId] : []))[0];
}

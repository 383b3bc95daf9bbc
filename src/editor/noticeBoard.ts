import * as vscode from 'vscode';
import type { RequestId } from '../base/ids.ts';
import type { Logger } from '../contracts/logger.ts';
import { commands, views } from './ids.ts';
import type { NoticeBoard } from './notifications.ts';
import type { MementoNoticeMemory } from './noticeMemory.ts';
import { registerHandlers } from './registerHandlers.ts';

/** The editor's own notifications, none of them modal. */
export function vscodeNoticeBoard(review: (id: RequestId) => void): NoticeBoard {
  return {
    show: (severity, text, buttons) =>
      severity === 'warning' ? vscode.window.showWarningMessage(text, ...buttons) : vscode.window.showInformationMessage(text, ...buttons),
    take: (step) => {
      if (step.kind === 'review') review(step.requestId);
      else if (step.kind === 'missions') void vscode.commands.executeCommand(`${views.missions}.focus`);
      else void vscode.commands.executeCommand('workbench.action.openSettings', `@id:${step.setting}`);
    },
  };
}

/** Registers the way back from Do Not Show Again. */
export function registerNoticeCommands(memory: MementoNoticeMemory, logger: Logger): Disposable {
  return registerHandlers(
    {
      [commands.resetNotifications]: async () => {
        const count = await memory.reset();
        const kinds = count === 1 ? '1 kind of notification is' : `${count} kinds of notifications are`;
        void vscode.window.showInformationMessage(count === 0 ? 'No notifications were turned off.' : `${kinds} shown again.`);
      },
    },
    logger,
  );
}

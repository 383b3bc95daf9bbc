import * as vscode from 'vscode';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../contracts/logger.ts';
import { sentence } from './approvals/words.ts';
import { notificationText } from './plainText.ts';

/** Registers commands by id. Each ends in one sentence when it cannot do what it was asked. */
export function registerHandlers(handlers: Readonly<Record<string, (argument: unknown) => Promise<void>>>, logger: Logger): Disposable {
  const registrations = Object.entries(handlers).map(([id, run]) =>
    vscode.commands.registerCommand(id, async (argument: unknown) => {
      try {
        await run(argument);
      } catch (error) {
        logger.log('warn', 'a command did not succeed', { command: id, error: messageOf(error) });
        void vscode.window.showErrorMessage(notificationText(sentence(messageOf(error)), { limit: 600 }));
      }
    }),
  );
  return { [Symbol.dispose]: () => registrations.forEach((registration) => void registration.dispose()) };
}

import * as vscode from 'vscode';
import type { LogLevel, Logger } from '../contracts/logger.ts';

/** The log of this window: View → Output → GoNoGo. */
export class OutputLogger implements Logger, Disposable {
  readonly #channel = vscode.window.createOutputChannel('GoNoGo', { log: true });

  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const text = Object.keys(fields).length === 0 ? message : `${message} ${JSON.stringify(fields)}`;
    this.#channel[level](text);
  }

  [Symbol.dispose](): void {
    this.#channel.dispose();
  }
}

import type * as vscode from 'vscode';

/** Resolves when `probe` holds, looking now and after each `event`; the test's own time limit ends it. */
export function eventually<T>(event: vscode.Event<unknown>, probe: () => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        const found = probe();
        if (found === undefined) return;
        subscription.dispose();
        resolve(found);
      } catch (error) {
        subscription.dispose();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const subscription = event(look);
    look();
  });
}

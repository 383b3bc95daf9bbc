import * as vscode from 'vscode';
import type { ModelUi } from './modelSetup.ts';
import { notificationText, pickText } from './plainText.ts';

/** VS Code's own quick picks, input boxes and notifications. */
export const vscodeModelUi: ModelUi = {
  async pick(title, placeHolder, rows) {
    const items = Promise.resolve(rows).then((all) =>
      all.map(({ label, description, detail, value }) => ({
        label: pickText(label),
        ...(description === undefined ? {} : { description: pickText(description) }),
        ...(detail === undefined ? {} : { detail: pickText(detail) }),
        value,
      })),
    );
    return (await vscode.window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true, matchOnDescription: true }))?.value;
  },

  async ask({ title, prompt, value, placeHolder, password, problem }) {
    return vscode.window.showInputBox({
      title,
      prompt,
      ignoreFocusOut: true,
      password: password ?? false,
      ...(value === undefined ? {} : { value }),
      ...(placeHolder === undefined ? {} : { placeHolder }),
      validateInput: (text) => problem(text),
    });
  },

  async busy(title, work) {
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `GoNoGo: ${title}` }, () => work);
  },

  async tell(level, text, ...buttons) {
    const words = notificationText(text, { limit: 800 });
    if (level === 'error') return vscode.window.showErrorMessage(words, ...buttons);
    if (level === 'warning') return vscode.window.showWarningMessage(words, ...buttons);
    return vscode.window.showInformationMessage(words, ...buttons);
  },
};

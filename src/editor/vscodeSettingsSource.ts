import * as vscode from 'vscode';
import { messageOf } from '../base/errors.ts';
import { settingKeys } from '../config/settings.ts';
import { SettingsSourceError, type InspectedSetting, type SettingScope, type SettingsSource } from '../config/settingsSource.ts';

const SECTION = 'gonogo';

const TARGETS: Readonly<Record<SettingScope, vscode.ConfigurationTarget>> = {
  user: vscode.ConfigurationTarget.Global,
  workspace: vscode.ConfigurationTarget.Workspace,
  folder: vscode.ConfigurationTarget.WorkspaceFolder,
};

/**
 * VS Code's answers that stay the same until a person acts. It gives extensions the message only, in the language of the editor: one that is
 * not recognised is taken for a failure that may pass, which costs two more attempts.
 */
const REFUSAL =
  /system policy|not a registered configuration|can be written only|can be applied|no workspace is opened|no resource is provided|not support|correct errors|unsaved changes/i;

/** The settings of this VS Code. */
export class VscodeSettingsSource implements SettingsSource {
  inspect(key: string): InspectedSetting {
    const found = vscode.workspace.getConfiguration(SECTION).inspect<unknown>(key);
    if (found === undefined) {
      throw new SettingsSourceError('source-unavailable', `VS Code does not know the setting \`${SECTION}.${key}\`; reload the window`);
    }
    return { user: found.globalValue, workspace: found.workspaceValue, folder: found.workspaceFolderValue };
  }

  async update(key: string, value: unknown, scope: SettingScope): Promise<void> {
    try {
      await vscode.workspace.getConfiguration(SECTION).update(key, value, TARGETS[scope]);
    } catch (error) {
      const message = messageOf(error);
      throw new SettingsSourceError(REFUSAL.test(message) ? 'source-refused' : 'source-unavailable', message, { cause: error });
    }
  }

  onDidChange(listener: (keys: readonly string[]) => void): Disposable {
    const subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      const keys = settingKeys.filter((key) => event.affectsConfiguration(`${SECTION}.${key}`));
      if (keys.length > 0) listener(keys);
    });
    return { [Symbol.dispose]: () => void subscription.dispose() };
  }
}

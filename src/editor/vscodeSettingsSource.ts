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

type Section = { readonly [S in SettingScope]: unknown };

/** The settings of this VS Code. */
export class VscodeSettingsSource implements SettingsSource, Disposable {
  readonly #invalidation: vscode.Disposable;
  /** All of ours at once, until one changes: VS Code puts its layers together anew for each question. */
  #section: Section | undefined;

  constructor() {
    this.#invalidation = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(SECTION)) this.#section = undefined;
    });
  }

  inspect(key: string): InspectedSetting {
    this.#section ??= readSection();
    const { user, workspace, folder } = this.#section;
    return { user: memberOf(user, key), workspace: memberOf(workspace, key), folder: memberOf(folder, key) };
  }

  async update(key: string, value: unknown, scope: SettingScope): Promise<void> {
    try {
      await vscode.workspace.getConfiguration(SECTION).update(key, value, TARGETS[scope]);
    } catch (error) {
      const message = messageOf(error);
      throw new SettingsSourceError(REFUSAL.test(message) ? 'source-refused' : 'source-unavailable', message, { cause: error });
    } finally {
      this.#section = undefined;
    }
  }

  onDidChange(listener: (keys: readonly string[]) => void): Disposable {
    const subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      const keys = settingKeys.filter((key) => event.affectsConfiguration(`${SECTION}.${key}`));
      if (keys.length > 0) listener(keys);
    });
    return { [Symbol.dispose]: () => void subscription.dispose() };
  }

  [Symbol.dispose](): void {
    this.#invalidation.dispose();
  }
}

function readSection(): Section {
  const found = vscode.workspace.getConfiguration().inspect<unknown>(SECTION);
  if (found === undefined)
    throw new SettingsSourceError('source-unavailable', `VS Code does not know the settings of GoNoGo; reload the window`);
  return { user: found.globalValue, workspace: found.workspaceValue, folder: found.workspaceFolderValue };
}

/** A copy of what was written for `a.b` in the settings below a section. */
function memberOf(section: unknown, key: string): unknown {
  const step = (value: unknown, name: string): unknown => (isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  return structuredClone(key.split('.').reduce(step, section));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

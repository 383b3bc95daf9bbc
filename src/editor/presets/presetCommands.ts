import * as vscode from 'vscode';
import type { Logger } from '../../contracts/logger.ts';
import { commands } from '../ids.ts';
import { chooseFolder } from '../missionCommands.ts';
import type { ModelUi } from '../modelSetup.ts';
import { registerHandlers } from '../registerHandlers.ts';
import { duplicatePreset } from './duplicatePreset.ts';
import type { PresetFiles } from './presetFiles.ts';

export interface PresetCommandPorts {
  readonly home: string;
  readonly files: PresetFiles;
  readonly ui: ModelUi;
  readonly logger: Logger;
}

/** Registers what a person can do about presets. */
export function registerPresetCommands({ home, files, ui, logger }: PresetCommandPorts): Disposable {
  const open = async (path: string): Promise<void> => {
    await vscode.window.showTextDocument(vscode.Uri.file(path));
  };
  const deps = { ui, home, list: (folder: string) => files.list(folder), create: createPresetFile, open };
  return registerHandlers(
    {
      [commands.duplicatePreset]: async () => {
        const folder = await chooseFolder();
        if (folder !== undefined) await duplicatePreset(deps, folder);
      },
    },
    logger,
  );
}

/** Makes the file and its folders; false, and nothing is written, when there is one already. */
export async function createPresetFile(path: string, text: string): Promise<boolean> {
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(vscode.Uri.file(path), { overwrite: false, ignoreIfExists: false, contents: Buffer.from(text) });
  return vscode.workspace.applyEdit(edit);
}

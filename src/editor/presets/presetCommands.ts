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
  const deps = { ui, home, list: (folder: string) => files.list(folder), open };
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

import * as vscode from 'vscode';
import { readJsonFolder, type JsonFile } from '../../base/jsonFolder.ts';
import { listPresets, presetPlaces, type PresetFolders, type PresetList } from '../../contracts/presetList.ts';

/** The presets of each workspace folder, as they stand in the editor: what is typed and not saved yet counts. */
export class PresetFiles {
  readonly #folders: () => PresetFolders;

  constructor(folders: () => PresetFolders) {
    this.#folders = folders;
  }

  /** Why it cannot be read is said in Health, by the kernel. */
  list(folder: string): PresetList {
    const files = presetPlaces(this.#folders(), folder).flatMap(({ layer, folder: place }) =>
      readJsonFolder(place).files.map((file) => ({ ...asTyped(file), layer })),
    );
    return listPresets(files);
  }

  /** Where a saved preset changes the list, and the pattern of its files there. */
  patterns(folder: string): readonly vscode.RelativePattern[] {
    return presetPlaces(this.#folders(), folder)
      .filter(({ layer }) => layer !== 'shipped')
      .map(({ folder: place }) => new vscode.RelativePattern(vscode.Uri.file(place), '*.json'));
  }
}

function asTyped(file: JsonFile): JsonFile {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === file.path);
  return document ? { name: file.name, path: file.path, text: document.getText() } : file;
}

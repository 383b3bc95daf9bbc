import { readJsonFolder } from '../base/jsonFolder.ts';
import { listPresets, presetPlaces, type LeftOut, type PresetFile, type PresetFolders } from '../contracts/presetList.ts';
import type { Preset } from '../contracts/preset.ts';
import { lineOf } from '../contracts/presetProblems.ts';

/** The presets of a workspace folder, read anew each time: there are few, and a saved one counts at once. */
export class PresetCatalog {
  readonly #folders: () => PresetFolders;

  constructor(folders: () => PresetFolders) {
    this.#folders = folders;
  }

  of(folder: string): readonly Preset[] {
    return listPresets(this.#read(folder).files).presets.map(({ preset }) => preset);
  }

  /** One sentence for each file that is left out, and for each folder that cannot be read. */
  problems(folders: readonly string[]): readonly string[] {
    const all = folders.flatMap((folder) => {
      const { files, problems } = this.#read(folder);
      return [...problems, ...listPresets(files).leftOut.map(sentenceOf)];
    });
    return [...new Set(all)];
  }

  #read(folder: string): { readonly files: readonly PresetFile[]; readonly problems: readonly string[] } {
    const read = presetPlaces(this.#folders(), folder).map(({ layer, folder: place }) => ({ layer, ...readJsonFolder(place) }));
    return {
      files: read.flatMap(({ layer, files }) => files.map((file) => ({ ...file, layer }))),
      problems: read.flatMap(({ problem }) => problem ?? []),
    };
  }
}

function sentenceOf({ file, problems }: LeftOut): string {
  const { name, text } = file;
  const why = problems.map(({ message, offset }) => (text === undefined ? message : `line ${lineOf(text, offset)}: ${message}`));
  return `the preset \`${name}\` is left out: ${why.join('; ')}`;
}

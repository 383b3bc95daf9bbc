import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Preset } from '../contracts/preset.ts';
import { loadPresets, type LoadedPresets } from './presets.ts';

/** The presets that ship, and those of a workspace, which add to them and never take their place. */
export class PresetCatalog {
  readonly #shipped: LoadedPresets;
  readonly #templatesPath: () => string;

  /** @param templatesPath where a workspace keeps its own, relative to its folder */
  constructor(shippedFolder: string, templatesPath: () => string) {
    this.#shipped = loadPresets(shippedFolder);
    this.#templatesPath = templatesPath;
  }

  of(folder: string): readonly Preset[] {
    const known = new Set(this.#shipped.presets.map((preset) => preset.id));
    return [
      ...this.#shipped.presets,
      ...this.#own(folder)
        .presets.filter((preset) => !known.has(preset.id))
        .map(guarded),
    ];
  }

  problems(folders: readonly string[]): readonly string[] {
    return [...this.#shipped.problems, ...folders.flatMap((folder) => this.#own(folder).problems)];
  }

  #own(folder: string): LoadedPresets {
    const own = join(folder, this.#templatesPath());
    return existsSync(own) ? loadPresets(own) : { presets: [], problems: [] };
  }
}

/** What a repository brings along can only tighten: none of its presets goes without a guardrail. */
function guarded(preset: Preset): Preset {
  return { ...preset, guardrails: ['tests_required', 'security_scan'], critics: ['code'] };
}

import { join } from 'node:path';
import { assertNever } from '../base/assertNever.ts';
import type { JsonFile } from '../base/jsonFolder.ts';
import type { Preset } from './preset.ts';
import { idTaken, readPreset, type PresetProblem } from './presetProblems.ts';

/** Where a preset comes from. */
export type PresetLayer = 'shipped' | 'user' | 'workspace';

/** Folder of a workspace that holds its presets, beside the one of `gonogo.missions.templatesPath`. */
export const WORKSPACE_MISSIONS = '.gonogo/missions';
/** Folder of the store that holds a person's own presets. */
export const USER_MISSIONS = 'missions';

export type PresetFile = JsonFile & { readonly layer: PresetLayer };

export interface PresetFolders {
  readonly shipped: string;
  /** The store. */
  readonly home: string;
  /** Of `gonogo.missions.templatesPath`: relative to the workspace folder. */
  readonly templatesPath: string;
}

/** Where the presets for a workspace folder lie. */
export function presetPlaces(
  { shipped, home, templatesPath }: PresetFolders,
  folder: string,
): readonly { readonly layer: PresetLayer; readonly folder: string }[] {
  const own = new Set([WORKSPACE_MISSIONS, templatesPath].map((path) => join(folder, path)));
  return [
    { layer: 'shipped', folder: shipped },
    { layer: 'user', folder: join(home, USER_MISSIONS) },
    ...[...own].map((each) => ({ layer: 'workspace', folder: each }) as const),
  ];
}

export interface ListedPreset {
  readonly preset: Preset;
  readonly file: PresetFile;
}

export interface LeftOut {
  readonly file: PresetFile;
  readonly problems: readonly PresetProblem[];
}

export interface PresetList {
  readonly presets: readonly ListedPreset[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The one list of presets. Shipped ones come first, then the person's own, then the workspace's, each in the order given; of two with
 * one id the first stands and the other is left out, so that nothing ever changes what a name means. A file that is bad is left out,
 * the others load. What a repository brings along can only tighten: none of its presets goes without a guardrail or a critic.
 */
export function listPresets(files: readonly PresetFile[]): PresetList {
  const order: readonly PresetLayer[] = ['shipped', 'user', 'workspace'];
  const sorted = files.toSorted((a, b) => order.indexOf(a.layer) - order.indexOf(b.layer));
  const read = sorted.map((file) => ({ file, read: readFile(file) }));
  const taken = new Set(read.flatMap((each) => (each.read.ok ? [each.read.preset.id] : [])));
  const presets: ListedPreset[] = [];
  const leftOut: LeftOut[] = [];
  for (const { file, read: result } of read) {
    if (!result.ok) {
      leftOut.push({ file, problems: result.problems });
      continue;
    }
    const { preset } = result;
    const holder = presets.find((each) => each.preset.id === preset.id);
    if (holder) leftOut.push({ file, problems: [idTaken(file.text ?? '', preset.id, layerWords(holder.file), taken)] });
    else presets.push({ preset: file.layer === 'workspace' ? guarded(preset) : preset, file });
  }
  return { presets, leftOut };
}

function readFile(file: PresetFile): ReturnType<typeof readPreset> {
  if (file.text !== undefined) return readPreset(file.text);
  return { ok: false, problems: [{ code: 'not-json', message: file.unreadable, offset: 0, length: 0, fixes: [] }] };
}

function layerWords({ layer, name }: PresetFile): string {
  switch (layer) {
    case 'shipped':
      return 'a preset that ships with GoNoGo';
    case 'user':
      return `your own preset \`${name}\``;
    case 'workspace':
      return `the workspace's preset \`${name}\``;
    default:
      return assertNever(layer);
  }
}

function guarded(preset: Preset): Preset {
  return { ...preset, guardrails: ['tests_required', 'security_scan'], critics: ['code'] };
}

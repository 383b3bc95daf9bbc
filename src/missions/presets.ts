import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { presetSchema, type Preset } from '../contracts/preset.ts';

const MAX_BYTES = 256 * 1024;

export interface LoadedPresets {
  readonly presets: readonly Preset[];
  /** One sentence for each file that was left out. */
  readonly problems: readonly string[];
}

/** Reads every `*.json` of a folder. A bad file is named and left out, the good ones load; a bad folder is a problem and no error. */
export function loadPresets(folder: string): LoadedPresets {
  const presets: Preset[] = [];
  const problems: string[] = [];
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((each) => each.endsWith('.json'));
  } catch (error) {
    return { presets, problems: [`the presets in \`${folder}\` cannot be read: ${messageOf(error)}`] };
  }
  for (const name of [...names].sort()) {
    try {
      const preset = presetSchema.safeParse(JSON.parse(textOf(join(folder, name))));
      if (!preset.success) {
        const why = preset.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
        problems.push(`the preset \`${name}\` is left out: ${why}`);
      } else if (presets.some(({ id }) => id === preset.data.id))
        problems.push(`the preset \`${name}\` is left out: another file has the id \`${preset.data.id}\``);
      else presets.push(preset.data);
    } catch (error) {
      problems.push(`the preset \`${name}\` is left out: ${messageOf(error)}`);
    }
  }
  return { presets, problems };
}

/** A pipe would be waited for, and a huge file would be read whole. */
function textOf(file: string): string {
  const stat = statSync(file);
  if (!stat.isFile()) throw new Error('it is not a file');
  if (stat.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES / 1024} KB`);
  return readFileSync(file, 'utf8');
}

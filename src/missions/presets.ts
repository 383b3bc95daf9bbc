import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/errors.ts';
import { presetSchema, type Preset } from '../contracts/preset.ts';

export interface LoadedPresets {
  readonly presets: readonly Preset[];
  /** One sentence for each file that was left out. */
  readonly problems: readonly string[];
}

/** Reads every `*.json` of a folder; a bad file is named and left out, the good ones load. */
export function loadPresets(folder: string): LoadedPresets {
  const presets: Preset[] = [];
  const problems: string[] = [];
  for (const name of readdirSync(folder)
    .filter((each) => each.endsWith('.json'))
    .sort()) {
    try {
      const parsed = presetSchema.safeParse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
      if (parsed.success) presets.push(parsed.data);
      else
        problems.push(
          `the preset \`${name}\` is left out: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
        );
    } catch (error) {
      problems.push(`the preset \`${name}\` is left out: ${messageOf(error)}`);
    }
  }
  return { presets, problems };
}

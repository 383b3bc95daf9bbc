import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode } from './errors.ts';

const MAX_BYTES = 256 * 1024;
const MAX_FILES = 200;

export type JsonFile = { readonly name: string; readonly path: string } & (
  { readonly text: string; readonly unreadable?: undefined } | { readonly text?: undefined; readonly unreadable: string }
);

export interface JsonFolder {
  readonly files: readonly JsonFile[];
  /** Why the folder itself could not be read whole. */
  readonly problem?: string;
}

/** Every `*.json` of a folder, sorted by name; at most 200, each at most 256 KB. A folder that is not there is empty. Never throws. */
export function readJsonFolder(folder: string): JsonFolder {
  let names: readonly string[];
  try {
    names = readdirSync(folder)
      .filter((each) => each.endsWith('.json'))
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { files: [] };
    return { files: [], problem: `the presets in \`${folder}\` cannot be read: ${messageOf(error)}` };
  }
  const files = names.slice(0, MAX_FILES).map((name) => readJsonFile(join(folder, name), name));
  if (names.length <= MAX_FILES) return { files };
  return { files, problem: `the folder \`${folder}\` holds more than ${MAX_FILES} presets; the rest is left out` };
}

function readJsonFile(path: string, name: string): JsonFile {
  try {
    const stat = statSync(path);
    // A pipe would be waited for, and a huge file would be read whole.
    if (!stat.isFile()) return { name, path, unreadable: 'it is not a file' };
    if (stat.size > MAX_BYTES) return { name, path, unreadable: `it is larger than ${MAX_BYTES / 1024} KB` };
    return { name, path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { name, path, unreadable: messageOf(error) };
  }
}
